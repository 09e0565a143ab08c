package io.kiln.jobs.bench;

import io.kiln.core.HostArray;
import io.kiln.core.Tensor;
import io.kiln.driver.Kiln;
import io.kiln.driver.Score;
import io.kiln.model.Safetensors;
import io.kiln.model.Weight;
import io.kiln.nn.Nn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Kiln as one of the compared systems of the peers' benchmark ({@code PEERS_EXTRA}): the same files, weights, sinks and cores.
 * Arguments: TASK (score_mlp, score_logistic) and FILES (how many of the files, 0: all).
 */
public final class Peers {
    private static final int FEATURES = 32;
    private static final int WARM_RUNS = 3;

    private Peers() {}

    /** Runs one task, each sink once first and then warm, and appends a line for each to PEERS_RESULTS. */
    public static void main(String[] args) throws IOException {
        String task = args[0];
        if (!task.equals("score_mlp") && !task.equals("score_logistic")) {
            System.err.println("kiln: no benchmark for task " + task + " in this version; skipped");
            return;
        }
        Path data = Path.of(System.getenv().getOrDefault("PEERS_DATA", ".data")).toAbsolutePath();
        Path results = Path.of(System.getenv().getOrDefault("PEERS_RESULTS", "results.jsonl"));
        String[] files = parquetFiles(data.resolve("score"), Integer.parseInt(args[1]));
        long start = System.nanoTime();
        try (SparkSession spark = session()) {
            double startSeconds = (System.nanoTime() - start) / 1e9;
            Dataset<Row> rows = spark.read().parquet(files);
            long count = rows.count();
            Dataset<Row> scored = rows.transform(score(spark, task, data)).select("y");
            String state = "cold";
            for (int run = 0; run <= WARM_RUNS; run++) {
                Row[] sums = new Row[1];
                RunRecord record = RunRecord.time(
                        task + ".agg",
                        run,
                        count,
                        state,
                        () -> sums[0] = scored.agg(functions.sum("y"), functions.count("y"))
                                .head());
                Map<String, Object> extra = new LinkedHashMap<>();
                extra.put("sum", sums[0].getDouble(0));
                extra.put("count", sums[0].getLong(1));
                if (run == 0) {
                    extra.put("start_seconds", startSeconds);
                }
                record.append(results, extra);
                state = "warm";
            }
            state = "first";
            String out = data.resolve("out").resolve("kiln-" + task).toString();
            for (int run = 0; run < WARM_RUNS; run++) {
                RunRecord record = RunRecord.time(
                        task + ".parquet",
                        run,
                        count,
                        state,
                        () -> scored.write().mode(SaveMode.Overwrite).parquet(out));
                record.append(results, run == 0 ? written(spark, out) : Map.of());
                state = "warm";
            }
        }
    }

    private static SparkSession session() {
        String cores = System.getenv().getOrDefault("PEERS_CORES", "2");
        return SparkSession.builder()
                .master("local[" + cores + "]")
                .appName("peers-kiln")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", cores)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.plugins", "io.kiln.driver.KilnPlugin")
                .config("spark.sql.columnVector.offheap.enabled", true)
                .getOrCreate();
    }

    private static Score score(SparkSession spark, String task, Path data) throws IOException {
        String[] columns = IntStream.range(0, FEATURES).mapToObj(j -> "f" + j).toArray(String[]::new);
        Kiln kiln = Kiln.on(spark);
        Score score;
        if (task.equals("score_mlp")) {
            Map<String, HostArray> w = weights(data.resolve("models/weights.safetensors"));
            Tensor w0 = tensor(w, "w0"), b0 = tensor(w, "b0");
            Tensor w1 = tensor(w, "w1"), b1 = tensor(w, "b1");
            Tensor w2 = tensor(w, "w2"), b2 = tensor(w, "b2");
            score = kiln.score((Tensor x) -> {
                Tensor h1 = Nn.relu(x.dot(w0).plus(b0));
                Tensor h2 = Nn.relu(h1.dot(w1).plus(b1));
                return Nn.sigmoid(h2.dot(w2).plus(b2)).reshape();
            });
        } else {
            Map<String, HostArray> w = weights(data.resolve("score_small/weights.safetensors"));
            Tensor weights = tensor(w, "w"), bias = tensor(w, "b");
            score = kiln.score(
                    (Tensor x) -> Nn.sigmoid(x.dot(weights).plus(bias)).reshape());
        }
        return score.bind("0", columns).as("y").keepNone();
    }

    private static Map<String, HostArray> weights(Path file) throws IOException {
        return Safetensors.read(file.toString(), Files.readAllBytes(file)).stream()
                .collect(Collectors.toMap(Weight::name, Weight::value));
    }

    private static Tensor tensor(Map<String, HostArray> weights, String name) {
        return Tensor.of(Objects.requireNonNull(weights.get(name), name));
    }

    private static Map<String, Object> written(SparkSession spark, String out) {
        Row row = spark.read()
                .parquet(out)
                .agg(functions.count("y"), functions.sum("y"), functions.expr("sum(double(y) * double(y))"))
                .head();
        return Map.of("count", row.getLong(0), "sum", row.getDouble(1), "sumsq", row.getDouble(2));
    }

    private static String[] parquetFiles(Path folder, int limit) {
        try (Stream<Path> list = Files.list(folder)) {
            List<Path> files =
                    new ArrayList<>(list.filter(file -> file.toString().endsWith(".parquet"))
                            .sorted(Comparator.naturalOrder())
                            .toList());
            List<Path> used = limit > 0 ? files.subList(0, limit) : files;
            return used.stream().map(Path::toString).toArray(String[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
