package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import io.kiln.driver.LocalSpark;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.nn.Nn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training in local mode through the real plugin. The rows are no multiple of any batch. */
@Timeout(180)
class TestTraining {
    private static final int ROWS = 1013;

    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static double a(double id) {
        return Math.sin(id) * 3 + 10;
    }

    private static double b(double id) {
        return Math.cos(id * 0.7) * 0.1;
    }

    private Dataset<Row> points() {
        return spark.range(0, ROWS, 1, 3)
                .selectExpr(
                        "id",
                        "sin(id) * 3 + 10 as a",
                        "cos(id * 0.7) * 0.1 as b",
                        "2 * (sin(id) * 3 + 10) - 30 * (cos(id * 0.7) * 0.1) + 5 + 0.01 * sin(id * 37) as y",
                        "if(sin(id) * 3 + 40 * cos(id * 0.7) * 0.1 + sin(id * 91) > 0, 1, 0) as label",
                        "cast(id % 3 as string) as kind",
                        "cast(1 + id % 2 as double) as weight");
    }

    /** Least squares by the normal equations in plain Java: the oracle. Columns a, b, 1; weights w. */
    private static double[] leastSquares(boolean weighted) {
        double[][] m = new double[3][4];
        for (int id = 0; id < ROWS; id++) {
            double[] x = {a((double) id), b((double) id), 1};
            double y = 2 * x[0] - 30 * x[1] + 5 + 0.01 * Math.sin(id * 37);
            double w = weighted ? 1 + id % 2 : 1;
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    m[i][j] += w * x[i] * x[j];
                }
                m[i][3] += w * x[i] * y;
            }
        }
        for (int i = 0; i < 3; i++) {
            for (int r = 0; r < 3; r++) {
                double factor = m[r][i] / m[i][i];
                for (int c = i; c < 4 && r != i; c++) {
                    m[r][c] -= factor * m[i][c];
                }
            }
        }
        return new double[] {m[0][3] / m[0][0], m[1][3] / m[1][1], m[2][3] / m[2][2]};
    }

    @Test
    void linearRegressionFindsTheLeastSquares() {
        for (boolean weighted : new boolean[] {false, true}) {
            TrainedModel trained = kiln.train(Algorithm.LINEAR_REGRESSION)
                    .features(List.of("a", "b"))
                    .label("y")
                    .weight(weighted ? "weight" : null)
                    .tolerance(1e-14)
                    .fit(points());
            double[] expected = leastSquares(weighted);
            assertThat(trained.coefficients()).containsOnlyKeys("a", "b");
            assertThat(trained.coefficients().get("a")).isCloseTo(expected[0], within(1e-5));
            assertThat(trained.coefficients().get("b")).isCloseTo(expected[1], within(1e-4));
            assertThat(trained.intercept()).isCloseTo(expected[2], within(1e-4));
            assertThat(trained.rows()).isEqualTo(ROWS);
        }
    }

    @Test
    void theBatchDoesNotChangeTheObjectiveOrTheGradient() {
        List<Optimizer.Step> whole = steps(ROWS);
        for (int rows : new int[] {1, 64, 100, 1000, 2048}) {
            List<Optimizer.Step> some = steps(rows);
            for (int i = 0; i < whole.size(); i++) {
                assertThat(some.get(i).objective()).isCloseTo(whole.get(i).objective(), within(1e-12));
                assertThat(some.get(i).gradientMaxAbs()).isCloseTo(whole.get(i).gradientMaxAbs(), within(1e-12));
            }
        }
    }

    private List<Optimizer.Step> steps(int batchRows) {
        List<Optimizer.Step> steps = new ArrayList<>();
        kiln.train(Algorithm.LOGISTIC_REGRESSION)
                .features(List.of("a", "b"))
                .standardizeAll()
                .l2(0.01)
                .batchRows(batchRows)
                .maxIterations(3)
                .onStep(steps::add)
                .fit(points());
        assertThat(steps).hasSize(3);
        return steps;
    }

    @Test
    void theSamePartitionsGiveTheSameBits() {
        Training training = kiln.train(Algorithm.MLP)
                .features(List.of("a", "b"))
                .standardizeAll()
                .hidden(List.of(5))
                .maxIterations(10);
        assertThat(training.fit(points()).model().weights())
                .isEqualTo(training.fit(points()).model().weights());
    }

    @Test
    void aTrainingTracesAndCompilesOnceAndLeavesNothingPacked() {
        KilnMetrics before = kiln.metrics();
        kiln.train(Algorithm.LOGISTIC_REGRESSION)
                .features(List.of("a", "b"))
                .maxIterations(20)
                .l2(0.123)
                .fit(points());
        KilnMetrics done = kiln.metrics().since(before);
        assertThat(done.work().compiles() + done.work().hits().getOrDefault("disk", 0L))
                .isLessThanOrEqualTo(2);
        assertThat(done.traces()).isLessThanOrEqualTo(2);
        assertThat(done.work().packedBytes()).isZero();
    }

    @Test
    void aTrainedModelIsSavedLoadedAndScores() {
        TrainedModel trained = kiln.train(Algorithm.LOGISTIC_REGRESSION)
                .features(List.of("a", "b", "kind"))
                .categorical(List.of("kind"))
                .standardize(List.of("a"))
                .name("clicks")
                .fit(points());
        String path = folder.resolve("clicks").toString();
        trained.model().save(path);
        Model loaded = Model.load(path);
        List<Row> rows =
                points().transform(kiln.score(loaded).keep("id", "label")).collectAsList();
        assertThat(rows).hasSize(ROWS);
        double[] mean = {0, 0};
        for (int id = 0; id < ROWS; id++) {
            mean[0] += a((double) id) / ROWS;
        }
        for (int id = 0; id < ROWS; id++) {
            mean[1] += (a((double) id) - mean[0]) * (a((double) id) - mean[0]) / ROWS;
        }
        double std = Math.sqrt(mean[1]);
        for (Row row : rows) {
            long id = row.getLong(0);
            double z = trained.intercept()
                    + trained.coefficients().get("a") * (a((double) id) - mean[0]) / std
                    + trained.coefficients().get("b") * b((double) id)
                    + trained.coefficients().getOrDefault("kind=" + id % 3, 0.0); // of the first category
            assertThat(row.<Double>getAs("probability")).isCloseTo(1 / (1 + Math.exp(-z)), within(1e-9));
            assertThat(row.<Integer>getAs("prediction")).isEqualTo(z > 0 ? 1 : 0);
        }
    }

    @Test
    void missingNumbersAreImputedInTrainingAndScoring() {
        Dataset<Row> holes = spark.range(0, 100, 1, 2)
                .selectExpr("if(id % 4 = 0, null, cast(id as double)) as x", "cast(id as double) as y");
        TrainedModel trained = kiln.train(Algorithm.LINEAR_REGRESSION)
                .features(List.of("x"))
                .label("y")
                .impute("mean")
                .fit(holes);
        double mean = 0;
        for (int id = 0; id < 100; id++) {
            mean += id % 4 == 0 ? 0 : id / 75.0;
        }
        double atMean = trained.intercept() + trained.coefficients().get("x") * mean;
        assertThat(holes.transform(kiln.score(trained.model()))
                        .filter("x is null")
                        .collectAsList())
                .hasSize(25)
                .allSatisfy(row -> assertThat(row.<Double>getAs("prediction")).isCloseTo(atMean, within(1e-9)));
        assertUserError(
                () -> kiln.train(Algorithm.LINEAR_REGRESSION)
                        .features(List.of("x"))
                        .label("y")
                        .fit(holes),
                "column x",
                "25 of 100",
                "--impute mean");
    }

    @Test
    void anMlpLearnsWhatALineCannot() {
        Dataset<Row> xor = spark.range(0, 400, 1, 2)
                .selectExpr(
                        "cast((id % 20 - 9.5) / 10 as float) as p", "cast((floor(id / 20) - 9.5) / 10 as float) as q")
                .selectExpr("p", "q", "if(p * q > 0, 1, 0) as label", "if(p * q > 0, if(p > 0, 2, 1), 0) as three");
        for (String label : List.of("label", "three")) {
            TrainedModel trained = kiln.train(Algorithm.MLP)
                    .features(List.of("p", "q"))
                    .label(label)
                    .hidden(List.of(16))
                    .activation(Activation.TANH)
                    .maxIterations(150)
                    .seed(7)
                    .fit(xor);
            assertThat(trained.objectives().getLast())
                    .isLessThan(0.2 * trained.objectives().getFirst());
            long right = xor.transform(kiln.score(trained.model()))
                    .filter("prediction = " + label)
                    .count();
            assertThat(right).isGreaterThanOrEqualTo(385);
        }
    }

    record Params(Tensor w, Tensor b) {}

    @Test
    void aLossOfOnesOwnIsTrained() {
        Tensor ten = Tensor.of(10.0, 0.0);
        var result = kiln.trainer(
                        (Params p, Tensor x, Tensor y) ->
                                Nn.squaredError(x.minus(ten).dot(p.w()).plus(p.b()), y),
                        new Params(Tensor.zeros(DType.F64, 2), Tensor.scalar(0.0)))
                .tolerance(1e-14)
                .fit(points(), List.of("a", "b"), "y");
        double[] expected = leastSquares(false);
        assertThat(result.params().w().toDoubles()[0]).isCloseTo(expected[0], within(1e-5));
        assertThat(result.params().b().item()).isCloseTo(expected[2] + 10 * expected[0], within(1e-4));
        var adam = kiln.trainer(
                        (Params p, Tensor x, Tensor y) ->
                                Nn.squaredError(x.minus(ten).dot(p.w()).plus(p.b()), y),
                        new Params(Tensor.zeros(DType.F64, 2), Tensor.scalar(0.0)))
                .optimizer(Optimizers.adam(0.5))
                .iterations(40)
                .fit(points(), List.of("a", "b"), "y");
        assertThat(adam.objective()).isLessThan(0.2 * adam.objectives().getFirst());
    }

    @Test
    void whatIsWrongIsSaidBeforeTraining() {
        Training logistic = kiln.train(Algorithm.LOGISTIC_REGRESSION).features(List.of("a", "b"));
        assertUserError(() -> logistic.label("lable").fit(points()), "lable", "nearest: label");
        assertUserError(() -> logistic.label("kind").fit(points()), "column kind", "string");
        assertUserError(() -> logistic.label("id").fit(points()), "labels 0 and 1", "0 to 1012");
        assertUserError(
                () -> logistic.label("label").fit(points().selectExpr("a", "b", "label - 1 as label")),
                "column label",
                "-1");
        assertUserError(() -> logistic.label("label").fit(points().filter("id < 0")), "0 rows");
        assertUserError(
                () -> logistic.features(List.of("a", "kind")).label("label").fit(points()),
                "column kind",
                "--categorical kind");
        assertUserError(
                () -> logistic.features(List.of("a"))
                        .label("l")
                        .fit(points().selectExpr("a", "if(id = 5, null, 1) as l")),
                "column l",
                "1 nulls");
        assertUserError(
                () -> kiln.trainer((Tensor p, Tensor x, Tensor y) -> x.times(p), Tensor.scalar(1.0))
                        .fit(points(), List.of("a", "b"), "y"),
                "one float number");
    }

    private static void assertUserError(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... named) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.USER);
            assertThat(String.valueOf(e.getMessage())).contains(named);
        });
    }
}
