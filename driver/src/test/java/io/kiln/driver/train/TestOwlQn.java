package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.driver.Kiln;
import io.kiln.driver.LocalSpark;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** L1: what OWL-QN finds meets the optimality conditions, which no other point does. */
@Timeout(180)
class TestOwlQn {
    private static final Optimizer.Limits TIGHT = new Optimizer.Limits(1000, 1e-13);
    private static final int ROWS = 211;
    private static final int FEATURES = 6;

    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    @Test
    void aBowlUnderADiamondHasItsMinimumWhereSoftThresholdingPutsIt() {
        double[] centre = {3, -0.4, 0.5, -2, 7};
        Objective bowl = x -> {
            double value = 0;
            double[] gradient = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                gradient[i] = (i + 1) * (x[i] - centre[i]);
                value += (i + 1) * (x[i] - centre[i]) * (x[i] - centre[i]) / 2;
            }
            return new Objective.Evaluation(value, gradient);
        };
        boolean[] regularised = {true, true, true, true, false};
        var minimum = new OwlQn(10, 1.0, regularised).minimize(bowl, new double[5], TIGHT, step -> {});
        // Each element is sign(c) max(0, |c| - l1 / curvature).
        assertThat(minimum.point()[0]).isCloseTo(2, within(1e-6));
        assertThat(minimum.point()[1]).isZero();
        assertThat(minimum.point()[2]).isCloseTo(0.5 - 1.0 / 3, within(1e-6));
        assertThat(minimum.point()[3]).isCloseTo(-1.75, within(1e-6));
        assertThat(minimum.point()[4]).isCloseTo(7, within(1e-6));
    }

    /** Correlated columns, half of which say nothing. */
    private Dataset<Row> table() {
        List<String> columns = new ArrayList<>();
        for (int j = 0; j < FEATURES; j++) {
            columns.add("%s as f%d".formatted(feature(j), j));
        }
        columns.add("2 * %s - 1.5 * %s + 3 + 0.5 * sin(id * 71) as y".formatted(feature(0), feature(3)));
        columns.add("if(2 * %s - %s + sin(id * 71) > 0, 1, 0) as label".formatted(feature(0), feature(3)));
        return spark.range(0, ROWS, 1, 3).selectExpr(columns.toArray(String[]::new));
    }

    private static String feature(int j) {
        return "(sin(id * %d) + 0.5 * cos(id * %d) + 0.3 * sin(id))".formatted(j * 7 + 3, j * 3 + 5);
    }

    private static double[] x(int id) {
        double[] x = new double[FEATURES];
        for (int j = 0; j < FEATURES; j++) {
            x[j] = Math.sin(id * (j * 7 + 3)) + 0.5 * Math.cos(id * (j * 3 + 5)) + 0.3 * Math.sin(id);
        }
        return x;
    }

    /** The smooth part's gradient in plain Java: the oracle. The last element is the intercept's. */
    private static double[] gradient(double[] w, double b, double l2, boolean logistic) {
        double[] gradient = new double[FEATURES + 1];
        for (int id = 0; id < ROWS; id++) {
            double[] x = x(id);
            double sum = b;
            for (int j = 0; j < FEATURES; j++) {
                sum += w[j] * x[j];
            }
            double signal = 2 * x[0] - (logistic ? 1 : 1.5) * x[3];
            double residual = logistic
                    ? 1 / (1 + Math.exp(-sum)) - (signal + Math.sin(id * 71) > 0 ? 1 : 0)
                    : sum - (signal + 3 + 0.5 * Math.sin(id * 71));
            for (int j = 0; j < FEATURES; j++) {
                gradient[j] += residual * x[j] / ROWS;
            }
            gradient[FEATURES] += residual / ROWS;
        }
        for (int j = 0; j < FEATURES; j++) {
            gradient[j] += l2 * w[j];
        }
        return gradient;
    }

    @Test
    void lassoElasticNetAndSparseLogisticMeetTheOptimalityConditions() {
        List<String> features = new ArrayList<>();
        for (int j = 0; j < FEATURES; j++) {
            features.add("f" + j);
        }
        for (boolean logistic : new boolean[] {false, true}) {
            for (double l2 : new double[] {0, 0.05}) {
                double l1 = logistic ? 0.03 : 0.2;
                TrainedModel trained = kiln.train(
                                logistic ? Algorithm.LOGISTIC_REGRESSION : Algorithm.LINEAR_REGRESSION)
                        .features(features)
                        .label(logistic ? "label" : "y")
                        .l1(l1)
                        .l2(l2)
                        .tolerance(1e-13)
                        .fit(table());
                double[] w = trained.coefficients().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray();
                double[] gradient = gradient(w, trained.intercept(), l2, logistic);
                for (int j = 0; j < FEATURES; j++) {
                    if (w[j] == 0) {
                        assertThat(Math.abs(gradient[j])).isLessThanOrEqualTo(l1 + 1e-6);
                    } else {
                        assertThat(gradient[j]).isCloseTo(-Math.copySign(l1, w[j]), within(1e-5));
                    }
                }
                assertThat(gradient[FEATURES]).isCloseTo(0, within(1e-5));
                assertThat(Arrays.stream(w).filter(value -> value == 0).count())
                        .as("what says nothing is left out: %s", Arrays.toString(w))
                        .isBetween(2L, 4L);
            }
        }
    }

    @Test
    void anotherOptimizerIsRefused() {
        assertThatThrownBy(() -> kiln.train(Algorithm.LINEAR_REGRESSION)
                        .features(List.of("f0"))
                        .label("y")
                        .l1(0.1)
                        .optimizer(Optimizers.lbfgs())
                        .fit(table()))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("l1");
    }
}
