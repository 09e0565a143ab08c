package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.model.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kiln train}: models with known answers, the options, and what is refused. */
@Timeout(180)
class TestTrainCommand {
    @TempDir
    static Path shared;

    @TempDir
    Path work;

    private static Path lines;

    /** y = 3 a - 2 b + 5, exactly; yes where a > b; groups with means of their own. */
    @BeforeAll
    static void writeTable() {
        lines = SharedSpark.table(
                shared.resolve("lines"),
                "SELECT id, a, b, 3 * a - 2 * b + 5 AS y, CAST(a > b AS INT) AS yes, CAST(a > b AS INT) - 1 AS minus,"
                        + " IF(a > b, 'yes', 'no') AS text, IF(id = 11, NULL, a) AS holed, element_at(array('x', 'y',"
                        + " 'z'), CAST(id % 3 AS INT) + 1) AS place, CAST(id % 3 * 10 AS DOUBLE) AS ofplace FROM (SELECT"
                        + " id, CAST(id % 17 AS DOUBLE) AS a, CAST(id * 7 % 23 AS DOUBLE) AS b FROM range(1001))");
    }

    private KilnRun train(String algorithm, String... more) {
        return KilnRun.of(Stream.concat(
                        Stream.of(
                                "train",
                                "--algorithm",
                                algorithm,
                                "--input",
                                lines.toString(),
                                "--output",
                                work.resolve("model").toString(),
                                "--metrics",
                                work.resolve("metrics.json").toString(),
                                "--progress",
                                "none"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private JsonNode metrics() throws IOException {
        return new JsonMapper().readTree(work.resolve("metrics.json").toFile());
    }

    @Test
    void aLineIsFoundAndItsModelScores() throws IOException {
        train("linear-regression", "--label", "y", "--features", "a,b").isDone();
        JsonNode metrics = metrics();
        assertThat(metrics.path("coefficients").path("a").asDouble()).isCloseTo(3, within(1e-5));
        assertThat(metrics.path("coefficients").path("b").asDouble()).isCloseTo(-2, within(1e-5));
        assertThat(metrics.path("intercept").asDouble()).isCloseTo(5, within(1e-4));
        assertThat(metrics.path("r2").asDouble()).isCloseTo(1, within(1e-9));
        assertThat(metrics.path("rows").asLong()).isEqualTo(1001);
        assertThat(metrics.path("live_handles").asLong()).isZero();
        KilnRun.of(
                        "score",
                        "--model",
                        work.resolve("model").toString(),
                        "--input",
                        lines.toString(),
                        "--output",
                        work.resolve("out").toString(),
                        "--keep",
                        "y")
                .isDone();
        List<Row> rows = SharedSpark.session()
                .read()
                .parquet(work.resolve("out").toString())
                .collectAsList();
        assertThat(rows)
                .hasSize(1001)
                .allSatisfy(row -> assertThat(row.<Number>getAs("prediction").doubleValue())
                        .isCloseTo(row.<Double>getAs("y"), within(1e-3)));
    }

    @Test
    void rowsAndLabelsComeFromSql() throws IOException {
        train(
                        "logistic-regression",
                        "--sql",
                        "SELECT *, CAST(a > 8 AS INT) AS big FROM input WHERE b < 20",
                        "--label",
                        "big",
                        "--features",
                        "a",
                        "--standardize",
                        "all",
                        "--l2",
                        "0.001")
                .isDone();
        assertThat(metrics().path("rows").asLong())
                .isEqualTo(SharedSpark.session()
                        .read()
                        .parquet(lines.toString())
                        .where("b < 20")
                        .count());
        assertThat(metrics().path("accuracy").asDouble()).isEqualTo(1);
    }

    @Test
    void categoriesBecomeFeaturesAndAreKeptInTheModel() throws IOException {
        train("linear-regression", "--label", "ofplace", "--features", "a,place", "--categorical", "place")
                .isDone();
        assertThat(metrics().path("r2").asDouble()).isCloseTo(1, within(1e-9));
        JsonNode coefficients = metrics().path("coefficients");
        assertThat(coefficients.has("place=x")).isFalse(); // the first category is the intercept's
        assertThat(coefficients.path("place=y").asDouble()).isCloseTo(10, within(1e-4));
        assertThat(coefficients.path("place=z").asDouble()).isCloseTo(20, within(1e-4));
        assertThat(Model.load(work.resolve("model").toString())
                        .inputs()
                        .getFirst()
                        .columns()
                        .getLast()
                        .categories())
                .containsExactly("x", "y", "z");
    }

    @Test
    void anMlpLearnsWhatIsNotALine() throws IOException {
        train(
                        "mlp",
                        "--sql",
                        "SELECT *, CAST((a > 8) = (b > 11) AS INT) AS same FROM input",
                        "--label",
                        "same",
                        "--features",
                        "a,b",
                        "--standardize",
                        "all",
                        "--hidden",
                        "16,16",
                        "--activation",
                        "tanh",
                        "--seed",
                        "3")
                .isDone();
        assertThat(metrics().path("accuracy").asDouble()).isGreaterThan(0.97);
    }

    @Test
    void missingNumbersAreAnErrorUnlessImputed() {
        train("linear-regression", "--label", "y", "--features", "holed,b").isRefused(3, "holed", "null");
        assertThat(work.resolve("model")).doesNotExist();
        train("linear-regression", "--label", "y", "--features", "holed,b", "--impute", "mean")
                .isDone();
    }

    @Test
    void labelsThatAreNoClassesAreRefused() {
        train("logistic-regression", "--label", "minus", "--features", "a,b").isRefused(3, "minus", "-1");
        train("logistic-regression", "--label", "text", "--features", "a,b").isRefused(3, "text");
        train("logistic-regression", "--label", "nowhere", "--features", "a,b").isRefused(3, "nowhere");
        train("logistic-regression", "--label", "yes", "--features", "a,text").isRefused(3, "text", "--categorical");
        assertThat(work.resolve("model")).doesNotExist();
    }

    @Test
    void noRowsAreRefused() {
        train("logistic-regression", "--sql", "SELECT * FROM input WHERE a < 0", "--label", "yes", "--features", "a,b")
                .isRefused(3, "rows");
    }

    @Test
    void badSqlIsTheUsers() {
        train("logistic-regression", "--sql", "SELEC * FROM input", "--label", "yes")
                .isRefused(3, "SELEC");
        train("logistic-regression", "--sql", "SELECT missing_one FROM input", "--label", "yes")
                .isRefused(3, "missing_one");
    }

    @Test
    void anOptionOfAnotherAlgorithmIsUsage() {
        train("linear-regression", "--label", "y", "--hidden", "8").isRefused(2, "--hidden", "mlp");
    }

    @Test
    void theSameSeedGivesTheSameModel() throws IOException {
        String[] options = {
            "--label", "yes", "--features", "a,b", "--hidden", "8", "--max-iter", "20", "--seed", "5", "--overwrite"
        };
        train("mlp", options).isDone();
        Model first = Model.load(work.resolve("model").toString());
        train("mlp", options).isDone();
        assertThat(Model.load(work.resolve("model").toString()).weights()).isEqualTo(first.weights());
    }

    @Test
    void centresAndComponentsAreFoundWithoutALabel() throws IOException {
        train("kmeans", "--features", "a,b", "--k", "3", "--init-rows", "0,500,1000")
                .isDone();
        assertThat(metrics().path("centers")).hasSize(3);
        assertThat(metrics().path("sizes")).hasSize(3);
        assertThat(metrics().path("objective").asDouble()).isPositive();
        train("pca", "--features", "a,b", "--k", "1", "--overwrite").isDone();
        assertThat(metrics().path("components").path(0)).hasSize(2);
        assertThat(metrics().path("explained_variance").path(0).asDouble()).isPositive();
        KilnRun.of(
                        "score",
                        "--model",
                        work.resolve("model").toString(),
                        "--input",
                        lines.toString(),
                        "--output",
                        work.resolve("projected").toString())
                .isDone();
    }

    @Test
    void classesAreFoundByMultinomialAndCountsByPoisson() throws IOException {
        train(
                        "multinomial",
                        "--sql",
                        "SELECT *, CAST(a > 5 AS INT) + CAST(a > 11 AS INT) AS class FROM input",
                        "--label",
                        "class",
                        "--features",
                        "a",
                        "--standardize",
                        "all",
                        "--l2",
                        "1e-4")
                .isDone();
        assertThat(metrics().path("accuracy").asDouble()).isGreaterThan(0.9);
        assertThat(metrics().path("coefficients").path("2").path("a").asDouble())
                .isGreaterThan(
                        metrics().path("coefficients").path("0").path("a").asDouble());
        train("multinomial", "--label", "minus", "--features", "a,b", "--overwrite")
                .isRefused(3, "minus", "-1");
        train(
                        "poisson",
                        "--sql",
                        "SELECT *, floor(exp(0.1 * a)) AS n FROM input",
                        "--label",
                        "n",
                        "--features",
                        "a",
                        "--overwrite")
                .isDone();
        assertThat(metrics().path("coefficients").path("a").asDouble()).isCloseTo(0.1, within(0.05));
        train("poisson", "--label", "minus", "--features", "a", "--overwrite").isRefused(3, "minus", "-1");
    }

    @Test
    void lassoLeavesOutWhatSaysNothing() throws IOException {
        train("linear-regression", "--label", "ofplace", "--features", "a,b", "--l1", "100")
                .isDone();
        assertThat(metrics().path("coefficients").path("a").asDouble()).isZero();
        assertThat(metrics().path("coefficients").path("b").asDouble()).isZero();
    }

    @Test
    void kIsAnOptionOfSomeAlgorithms() {
        train("linear-regression", "--label", "y", "--k", "8").isRefused(2, "--k", "kmeans");
        train("pca", "--features", "a,b", "--k", "1", "--init-rows", "1").isRefused(2, "--init-rows");
        train("kmeans", "--features", "a,b").isRefused(2, "--k");
        train("kmeans", "--features", "a,b", "--k", "0").isRefused(2, "from 1");
    }
}
