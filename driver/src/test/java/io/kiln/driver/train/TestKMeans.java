package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.driver.Kiln;
import io.kiln.driver.LocalSpark;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** k-means beside Lloyd's iteration in plain Java. */
@Timeout(180)
class TestKMeans {
    private static final int ROWS = 611;

    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** Five heaps that overlap a little. */
    private Dataset<Row> heaps() {
        return spark.range(0, ROWS, 1, 4)
                .selectExpr(
                        "id",
                        "10 * cos(id % 5) + 2 * sin(id * 12.7) as a",
                        "10 * sin(id % 5) + 2 * cos(id * 7.3) as b",
                        "cast(1 + id % 3 as double) as weight");
    }

    private static double[] point(int id) {
        return new double[] {
            10 * Math.cos(id % 5) + 2 * Math.sin(id * 12.7), 10 * Math.sin(id % 5) + 2 * Math.cos(id * 7.3)
        };
    }

    private static double weight(int id, boolean weighted) {
        return weighted ? 1 + id % 3 : 1;
    }

    /** Lloyd's iteration until nothing moves: the oracle. */
    private static double lloyd(double[][] centers, boolean weighted) {
        while (true) {
            double[][] sums = new double[centers.length][3];
            double inertia = 0;
            for (int id = 0; id < ROWS; id++) {
                double[] x = point(id);
                int best = 0;
                for (int j = 1; j < centers.length; j++) {
                    best = distance(x, centers[j]) < distance(x, centers[best]) ? j : best;
                }
                double w = weight(id, weighted);
                inertia += w * distance(x, centers[best]);
                sums[best][0] += w * x[0];
                sums[best][1] += w * x[1];
                sums[best][2] += w;
            }
            double moved = 0;
            for (int j = 0; j < centers.length; j++) {
                double[] next = {sums[j][0] / sums[j][2], sums[j][1] / sums[j][2]};
                moved += distance(next, centers[j]);
                centers[j] = next;
            }
            if (moved < 1e-20) {
                return inertia;
            }
        }
    }

    private static double distance(double[] a, double[] b) {
        return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
    }

    private Training kmeans() {
        return kiln.train(Algorithm.KMEANS).features(List.of("a", "b")).k(5).tolerance(0);
    }

    @Test
    void lloydFromGivenRowsEndsWherePlainJavaDoes() {
        List<Long> rows = List.of(3L, 600L, 12L, 77L, 410L);
        for (boolean weighted : new boolean[] {false, true}) {
            TrainedModel trained =
                    kmeans().initRows(rows).weight(weighted ? "weight" : null).fit(heaps());
            double[][] centers = rows.stream().map(row -> point(row.intValue())).toArray(double[][]::new);
            assertThat(trained.objective()).isCloseTo(lloyd(centers, weighted), within(1e-8));
            assertThat(trained.stopped()).isEqualTo("unchanged");
            List<?> found = (List<?>) trained.details().get("centers");
            for (int j = 0; j < 5; j++) {
                assertThat((List<?>) found.get(j)).satisfiesExactly(near(centers[j][0]), near(centers[j][1]));
            }
            for (int i = 1; i < trained.objectives().size(); i++) {
                assertThat(trained.objectives().get(i))
                        .isLessThanOrEqualTo(trained.objectives().get(i - 1));
            }
        }
    }

    private static org.assertj.core.api.ThrowingConsumer<Object> near(double want) {
        return got -> assertThat((Double) got).isCloseTo(want, within(1e-9));
    }

    @Test
    void everySeedFindsTheHeapsAndTheSameSeedTheSameBits() {
        double best = lloyd(new double[][] {{10, 0}, {5.4, 8.4}, {-4.1, 9}, {-9.9, 1.4}, {-6.5, -7.5}}, false);
        for (int seed = 0; seed < 5; seed++) {
            TrainedModel trained = kmeans().seed(seed).fit(heaps());
            assertThat(trained.objective()).isBetween(best - 1e-6, 1.0001 * best);
        }
        assertThat(kmeans().seed(3).fit(heaps()).details())
                .isEqualTo(kmeans().seed(3).fit(heaps()).details());
    }

    @Test
    void rowsAreNumberedInFileOrderOverAllFiles() {
        String path = folder.resolve("files").toString();
        heaps().coalesce(4).write().parquet(path);
        List<Row> inOrder = new ArrayList<>();
        try (var files = java.nio.file.Files.list(Path.of(path))) {
            files.filter(file -> file.toString().endsWith(".parquet"))
                    .sorted()
                    .forEach(file ->
                            inOrder.addAll(spark.read().parquet(file.toString()).collectAsList()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        assertThat(inOrder).hasSize(ROWS);
        List<Long> rows = List.of(0L, 200L, 399L, 500L, 610L);
        TrainedModel trained =
                kmeans().initRows(rows).maxIterations(0).fit(spark.read().parquet(path));
        List<List<Double>> expected = rows.stream()
                .map(row -> inOrder.get(row.intValue()))
                .map(row -> List.of(row.getDouble(1), row.getDouble(2)))
                .toList();
        assertThat(trained.details().get("centers")).isEqualTo(expected);
    }

    @Test
    void aSavedModelGivesTheClusterAndTheDistances() {
        TrainedModel trained = kmeans().standardizeAll().fit(heaps());
        String path = folder.resolve("model").toString();
        trained.model().save(path);
        List<Row> rows =
                heaps().transform(kiln.score(Model.load(path)).keep("id")).collectAsList();
        assertThat(rows).hasSize(ROWS);
        double inertia = 0;
        int[] sizes = new int[5];
        for (Row row : rows) {
            List<Double> distances = row.getList(row.fieldIndex("distances"));
            int cluster = row.<Integer>getAs("cluster");
            double least =
                    distances.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
            assertThat(distances.get(cluster)).isEqualTo(least);
            inertia += least * least;
            sizes[cluster]++;
        }
        assertThat(inertia).isCloseTo(trained.objective(), within(1e-6 * trained.objective()));
        assertThat(trained.details().get("sizes"))
                .isEqualTo(Arrays.stream(sizes).mapToObj(size -> (double) size).toList());
    }

    @Test
    void moreCentresThanDifferentRowsIsTheUsersError() {
        Dataset<Row> three = spark.range(0, 60, 1, 2).selectExpr("cast(id % 3 as double) as a");
        assertThatThrownBy(() ->
                        kiln.train(Algorithm.KMEANS).features(List.of("a")).k(4).fit(three))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("at least 4 different rows")
                .hasMessageContaining("got 3");
        assertThat(kiln.train(Algorithm.KMEANS)
                        .features(List.of("a"))
                        .k(3)
                        .fit(three)
                        .objective())
                .isZero();
        assertThatThrownBy(() ->
                        kmeans().initRows(List.of(0L, 1L, 2L, 3L, (long) ROWS)).fit(heaps()))
                .hasMessageContaining("rows from 0 to 610, got 611");
        assertThatThrownBy(() -> kmeans().initRows(List.of(0L, 0L, 2L, 3L, 4L)).fit(heaps()))
                .hasMessageContaining("5 different init rows");
        assertThatThrownBy(() ->
                        kiln.train(Algorithm.KMEANS).features(List.of("a")).fit(heaps()))
                .hasMessageContaining("--k");
    }

    @Test
    void fewWeightedPointsAreClusteredAsTheirCopiesWouldBe() {
        List<double[]> points = List.of(new double[] {0}, new double[] {1}, new double[] {10}, new double[] {99});
        List<double[]> centers =
                new WeightedPoints(points, new double[] {3, 1, 2, 0}).centers(2, new SplittableRandom(1));
        assertThat(centers.stream().mapToDouble(center -> center[0]).sorted().toArray())
                .containsExactly(new double[] {0.25, 10}, within(1e-12));
        assertThat(new WeightedPoints(points, new double[] {1, 0, 0, 0}).centers(2, new SplittableRandom(1)))
                .hasSize(1);
    }
}
