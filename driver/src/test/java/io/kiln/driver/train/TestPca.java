package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.driver.Kiln;
import io.kiln.driver.LocalSpark;
import io.kiln.error.KilnException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Components are orthonormal eigenvectors of the covariance that plain Java takes, and the model projects onto them. */
@Timeout(180)
class TestPca {
    private static final int ROWS = 307;
    private static final List<String> FEATURES = List.of("a", "b", "c", "d");

    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    /** Means that are large beside the deviations, and one column that is constant. */
    private Dataset<Row> table() {
        return spark.range(0, ROWS, 1, 3)
                .selectExpr(
                        "1000 + 3 * sin(id) as a",
                        "-500 + 2 * sin(id) + cos(id * 2.1) as b",
                        "7.0d as c",
                        "0.5 * cos(id * 5.3) as d");
    }

    private static double[] x(int id) {
        return new double[] {
            1000 + 3 * Math.sin(id), -500 + 2 * Math.sin(id) + Math.cos(id * 2.1), 7, 0.5 * Math.cos(id * 5.3)
        };
    }

    private static double[][] covariance() {
        double[] mean = new double[4];
        double[][] covariance = new double[4][4];
        for (int id = 0; id < ROWS; id++) {
            for (int i = 0; i < 4; i++) {
                mean[i] += x(id)[i] / ROWS;
            }
        }
        for (int id = 0; id < ROWS; id++) {
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++) {
                    covariance[i][j] += (x(id)[i] - mean[i]) * (x(id)[j] - mean[j]) / (ROWS - 1);
                }
            }
        }
        return covariance;
    }

    @SuppressWarnings("unchecked") // what the algorithm puts there
    private static List<List<Double>> components(TrainedModel trained) {
        return (List<List<Double>>) trained.details().get("components");
    }

    @SuppressWarnings("unchecked") // what the algorithm puts there
    private static List<Double> numbers(TrainedModel trained, String name) {
        return (List<Double>) trained.details().get(name);
    }

    @Test
    void componentsAreOrthonormalEigenvectorsFromTheLargestDown() {
        TrainedModel trained = kiln.train(Algorithm.PCA).features(FEATURES).k(4).fit(table());
        double[][] covariance = covariance();
        List<Double> variances = numbers(trained, "explained_variance");
        double trace = 0;
        for (int c = 0; c < 4; c++) {
            trace += covariance[c][c];
            List<Double> v = components(trained).get(c);
            for (int i = 0; i < 4; i++) {
                double product = 0;
                for (int j = 0; j < 4; j++) {
                    product += covariance[i][j] * v.get(j);
                }
                assertThat(product).isCloseTo(variances.get(c) * v.get(i), within(1e-9));
            }
            for (int other = 0; other < 4; other++) {
                double dot = 0;
                for (int i = 0; i < 4; i++) {
                    dot += v.get(i) * components(trained).get(other).get(i);
                }
                assertThat(dot).isCloseTo(c == other ? 1 : 0, within(1e-12));
            }
            double largest = v.stream()
                    .max((p, q) -> Double.compare(Math.abs(p), Math.abs(q)))
                    .orElseThrow();
            assertThat(largest).isPositive();
        }
        assertThat(variances).isSortedAccordingTo((p, q) -> Double.compare(q, p));
        assertThat(variances.stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(trace, within(1e-9));
        assertThat(numbers(trained, "explained_variance_ratio").stream()
                        .mapToDouble(Double::doubleValue)
                        .sum())
                .isCloseTo(1, within(1e-12));
        assertThat(trained.objective()).isCloseTo(0, within(1e-9));
    }

    @Test
    void theModelProjectsAndWhatIsLostIsTheReconstructionError() {
        TrainedModel trained = kiln.train(Algorithm.PCA).features(FEATURES).k(2).fit(table());
        List<Double> mean = numbers(trained, "mean");
        double lost = 0;
        for (Row row : table().transform(kiln.score(trained.model())).collectAsList()) {
            List<Double> projected = row.getList(row.fieldIndex("components"));
            for (int i = 0; i < 4; i++) {
                double back = mean.get(i)
                        + projected.get(0) * components(trained).get(0).get(i)
                        + projected.get(1) * components(trained).get(1).get(i);
                lost += (row.getDouble(i) - back) * (row.getDouble(i) - back) / ROWS;
            }
        }
        assertThat(trained.objective()).isCloseTo(lost, within(1e-9));
        assertThat(lost).isPositive();
    }

    @Test
    void moreComponentsThanFeaturesIsTheUsersError() {
        assertThatThrownBy(
                        () -> kiln.train(Algorithm.PCA).features(FEATURES).k(5).fit(table()))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("k = 5 and 4 features");
    }
}
