package io.kiln.jobs;

import io.kiln.core.ClosedProgram;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.model.Model;
import io.kiln.model.ModelInput;
import io.kiln.model.ModelOutput;
import io.kiln.model.Weight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** The session that the tests of this module share, and small inputs made with it. Commands join a session that runs. */
public final class SharedSpark {
    private static final SparkSession SESSION = SparkSession.builder()
            .master("local[2]")
            .appName("kiln-jobs-tests")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "localhost")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.extensions", "io.kiln.driver.KilnExtensions")
            .config("spark.plugins", "io.kiln.driver.KilnPlugin")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.kiln.cache.dir", temporaryFolder())
            .getOrCreate();

    private SharedSpark() {}

    /** A cache that no other run has filled. */
    private static String temporaryFolder() {
        try {
            Path folder = Files.createTempDirectory("kiln-jobs-tests-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            // What is left lies in the machine's temporary folder.
        }
    }

    /** The session. */
    public static SparkSession session() {
        return SESSION;
    }

    /** Writes what {@code sql} selects as one Parquet file in a new folder. */
    static Path table(Path folder, String sql) {
        SESSION.sql(sql).coalesce(1).write().parquet(folder.toString());
        return folder;
    }

    /** Saves a model of {@code features f32[3] -> score f32[]}: the product with 1, 10, 100. */
    static Path digitsSum(Path folder) {
        ShapedArray features = ShapedArray.of(DType.F32, 3);
        HostArray weights = HostArray.of(1f, 10f, 100f);
        ClosedProgram traced =
                Trace.trace(in -> List.<Tensor>of(in.get(0).dot(in.get(1))), List.of(weights.aval(), features));
        new Model(
                        "sum",
                        List.of(new ModelInput("features", features, List.of())),
                        List.of(new ModelOutput("score", ShapedArray.of(DType.F32))),
                        traced.program(),
                        List.of(new Weight("w", weights)),
                        "error",
                        Map.of(),
                        null)
                .save(folder.toString());
        return folder;
    }
}
