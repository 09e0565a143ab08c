package io.kiln.jobs.cases;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner's own judgement: a case passes only when all of it is as the oracle says. */
class TestCaseKinds {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ORACLE = """
        {"task": "ridge regression", "data": "data/d.parquet", "rows_used": 10, "features": ["a", "c=x", "c=y"],
         "preprocessing": "rows with a null in a or y are dropped; numeric columns: each feature column standardised: (x - mean) / std, mean and std (population, ddof=0) over the rows used; c one-hot, 0/1, not standardised, categories sorted, the first (w) dropped",
         "label": "y > 15", "l2": 0.1, "objective": "J(w, b) = (1/(2n)) * sum_i (w . x_i + b - y_i)^2 + (l2/2) * sum_j w_j^2", "optimum": 2.0, "coefficients": {"a": 1.0}, "intercept": 0.5, "r2": 0.9,
         "tolerances": {"optimum_relative": 1e-6, "coefficient_abs": 0.001, "r2_abs": 0.01}}\
        """;

    @TempDir
    Path work;

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text);
    }

    @Test
    void anOracleBecomesAnOptionASentence() throws IOException {
        Files.createDirectories(work.resolve("data"));
        Files.writeString(work.resolve("data/d.parquet"), "");
        Path file = work.resolve("oracles/d.json");
        assertThat(TrainingArguments.of(json(ORACLE), file).arguments())
                .containsExactly(
                        "--algorithm",
                        "linear-regression",
                        "--input",
                        work.resolve("data/d.parquet").toString(),
                        "--standardize",
                        "all",
                        "--features",
                        "a,c",
                        "--categorical",
                        "c",
                        "--sql",
                        "SELECT *, CAST(y > 15 AS INT) AS label FROM input WHERE a IS NOT NULL AND y IS NOT NULL",
                        "--label",
                        "label",
                        "--l2",
                        "0.1",
                        "--max-iter",
                        "2000",
                        "--tolerance",
                        "1e-12");
    }

    @Test
    void whatIsNotUnderstoodIsNotGuessed() throws IOException {
        Files.createDirectories(work.resolve("data"));
        Files.writeString(work.resolve("data/d.parquet"), "");
        String other = ORACLE.replace("c one-hot", "c hashed");
        assertThat(TrainingArguments.of(json(other), work.resolve("oracles/d.json"))
                        .unsupported())
                .contains("c hashed");
        assertThat(TrainingArguments.of(json(ORACLE.replace("ridge regression", "t-SNE")), work)
                        .unsupported())
                .contains("t-SNE");
    }

    @Test
    void metricsWithinTheTolerancesPass() throws IOException {
        assertThat(RegressionOracle.differences(json(ORACLE), json("""
            {"rows": 10, "objective": 2.000001, "coefficients": {"a": 1.0009}, "intercept": 0.4995, "r2": 0.905}\
            """), 1)).isEmpty();
    }

    @Test
    void everyMetricOutsideItsToleranceIsNamed() throws IOException {
        assertThat(RegressionOracle.differences(json(ORACLE), json("""
            {"rows": 9, "objective": 1.99999, "coefficients": {"a": 1.002, "b": 0}, "r2": 0.88}\
            """), 1))
                .satisfiesExactly(
                        rows -> assertThat(rows).startsWith("rows 9, want 10"),
                        objective -> assertThat(objective).startsWith("objective 1.99999"),
                        a -> assertThat(a).startsWith("a 1.002, want 1.0, off by 0.002"),
                        count -> assertThat(count).startsWith("2 coefficients, want 1"),
                        intercept -> assertThat(intercept).startsWith("intercept is missing"),
                        r2 -> assertThat(r2).startsWith("r2 0.88"));
    }

    @Test
    void aNumberThatIsNaNIsOutsideEveryTolerance() throws IOException {
        assertThat(RegressionOracle.differences(
                        json(ORACLE),
                        JSON.createObjectNode()
                                .put("rows", 10)
                                .put("objective", Double.NaN)
                                .put("intercept", 0.5)
                                .put("r2", 0.9)
                                .set("coefficients", json("{\"a\": 1.0}")),
                        1))
                .hasSize(1);
    }

    private static final String BAD = """
        {"name": "b", "outcome": "error", "message_should_name": ["target", "0 rows|no rows"], "why": "none"}\
        """;

    private static List<String> judged(String manifest, int code, String err, List<String> after) throws IOException {
        return BadCases.differences(json(manifest), new KilnProcess(code, err), List.of("", "in"), after);
    }

    @Test
    void aClearRefusalPasses() throws IOException {
        assertThat(judged(BAD, 3, "kiln: Target has no rows\nfix: add some\n", List.of("", "in")))
                .isEmpty();
    }

    @Test
    void everythingAWrongRefusalDoesIsNamed() throws IOException {
        assertThat(judged(BAD, 0, "", List.of("", "in"))).hasSize(1);
        assertThat(judged(BAD, KilnProcess.HANGING, "", List.of("", "in"))).hasSize(1);
        assertThat(judged(BAD, 134, "kiln: target no rows\n", List.of("", "in")))
                .hasSize(1);
        assertThat(judged(BAD, 3, "kiln: target no rows\n\tat a.B.c(B.java:1)\n", List.of("", "in")))
                .hasSize(1);
        assertThat(judged(BAD, 3, "kiln: target no rows\n", List.of("", "in", "out")))
                .hasSize(1);
        assertThat(judged(BAD, 3, "kiln: target no rows\n", List.of(""))).hasSize(1);
        assertThat(judged(BAD, 3, "kiln: something\n", List.of("", "in"))).hasSize(2);
        assertThat(judged(BAD, 3, "target no rows\n", List.of("", "in"))).hasSize(1);
    }

    @Test
    void successPassesWhereItIsAccepted() throws IOException {
        assertThat(judged(BAD.replace("\"why\"", "\"accept_ok\": true, \"why\""), 0, "", List.of("", "in")))
                .isEmpty();
        assertThat(judged(BAD.replace("\"error\"", "\"ok\""), 3, "kiln: target no rows", List.of("", "in")))
                .hasSize(1);
    }

    @Test
    void whatCannotBeRunIsSkippedByNameAndCounted() throws IOException {
        Files.createDirectories(work.resolve("onnx/cnn"));
        Files.writeString(work.resolve("onnx/cnn/meta.json"), "{}");
        Files.writeString(work.resolve("onnx/cnn/model.onnx"), "");
        StringWriter out = new StringWriter();
        assertThat(new CaseFolder(new PrintWriter(out), null).run(work)).isTrue();
        assertThat(out.toString().lines())
                .contains("onnx: 0 passed, 0 failed, 1 skipped")
                .anyMatch(line -> line.startsWith("skipped onnx/cnn: "))
                .endsWith("0 passed, 0 failed, 1 skipped");
    }
}
