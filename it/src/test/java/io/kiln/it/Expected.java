package io.kiln.it;

import io.kiln.core.Tensor;
import io.kiln.driver.Kiln;
import io.kiln.driver.train.Algorithm;
import io.kiln.driver.train.TrainedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** A table of eight files, functions of its rows, and what they give in local mode: what a cluster must give to the bit. */
final class Expected {
    static final int ROWS = 40_007; // no multiple of anything
    static final int FILES = 8;

    private static Expected once;

    final Path table;
    final List<String> risk;
    final List<String> others;
    final TrainedModel trained;

    private Expected(SparkSession spark) {
        table = OnCluster.FOLDER.resolve("table");
        spark.range(0, ROWS, 1, FILES)
                .selectExpr(
                        "id",
                        "cast(sin(id * 0.37) as float) as a",
                        "cast(cos(id * 0.11) * 3 as float) as b",
                        "cast(array(sin(id), cos(id), id % 7, 0.5) as array<float>) as v",
                        "cast(if(sin(id * 0.37) + 0.3 * sin(id * 1.7) > 0, 1 , 0) as int) as label")
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(table.toString());
        Kiln kiln = Kiln.on(spark);
        Dataset<Row> rows = spark.read().parquet(table.toString());
        risk = bits(risk(kiln, rows));
        others = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            others.add(String.join("\n", bits(other(kiln, rows, i))));
        }
        trained = train(kiln, rows);
        kiln.closeWorkers();
    }

    /** The local run's results, made once, before the cluster's first application. */
    static synchronized Expected results() {
        if (once == null) {
            OnCluster.cluster();
            try (SparkSession spark = OnCluster.local("expected")) {
                once = new Expected(spark);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // closing a session says that it may throw
            }
        }
        return once;
    }

    /** The table as an application reads it. */
    Dataset<Row> rows(SparkSession spark) {
        return spark.read().parquet(table.toString());
    }

    /** Two scalars and a vector in, a scalar out. */
    static Dataset<Row> risk(Kiln kiln, Dataset<Row> rows) {
        return rows.transform(kiln.score((Tensor a, Tensor b, Tensor v) ->
                        a.times(0.7).plus(b).tanh().plus(v.dot(v).log()).exp())
                .as("risk")
                .keep("id"));
    }

    /** One of some functions, each a program of its own. */
    static Dataset<Row> other(Kiln kiln, Dataset<Row> rows, int which) {
        return rows.transform(
                kiln.score((Tensor a, Tensor b) -> a.times(0.25 + which).exp().plus(b))
                        .as("y")
                        .keep("id"));
    }

    /** Full batch, f64. */
    static TrainedModel train(Kiln kiln, Dataset<Row> rows) {
        return kiln.train(Algorithm.LOGISTIC_REGRESSION)
                .features(List.of("a", "b"))
                .label("label")
                .l2(0.01)
                .maxIterations(15)
                .fit(rows);
    }

    /** Rows in the order of their ids, floats as the bits that they are. */
    static List<String> bits(Dataset<Row> scored) {
        return scored.collectAsList().stream()
                .sorted(Comparator.comparingLong(row -> row.getLong(0))) // here: Spark's sort would run the job twice
                .map(row -> row.getLong(0) + " " + Integer.toHexString(Float.floatToRawIntBits(row.getFloat(1))))
                .toList();
    }
}
