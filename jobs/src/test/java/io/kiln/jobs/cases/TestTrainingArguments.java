package io.kiln.jobs.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sentences and formulas of oracles that nobody here has seen, in other words than the shown ones. */
class TestTrainingArguments {
    private static final JsonMapper JSON = new JsonMapper();

    private static ObjectNode oracle() {
        ObjectNode oracle = JSON.createObjectNode();
        oracle.putArray("features").add("a").add("b").add("kind=x").add("kind=y");
        return oracle.put("label", "y").put("rows_used", 50);
    }

    private static List<String> rows(String preprocessing) {
        StatedRows rows = StatedRows.of(oracle().put("preprocessing", preprocessing));
        assertThat(rows.unsupported()).isNull();
        return rows.arguments();
    }

    @ParameterizedTest
    @CsvSource({
        "multinomial logistic regression,multinomial",
        "softmax regression,multinomial",
        "'binary logistic regression, L1',logistic-regression",
        "logistic regression,logistic-regression",
        "'Poisson regression, L2, log link',poisson",
        "ordinary least squares,linear-regression",
        "k-means,kmeans",
        "KMeans clustering,kmeans",
        "PCA,pca",
        "principal component analysis,pca",
        "lasso,linear-regression",
        "elastic net,linear-regression",
        "Linear regression with L1,linear-regression"
    })
    void aTaskIsAnAlgorithm(String task, String algorithm) {
        assertThat(TrainingArguments.algorithmOf(oracle().put("task", task)))
                .isNotNull()
                .satisfies(found -> assertThat(found.id()).isEqualTo(algorithm));
    }

    @Test
    void severalClassesAreMultinomialWhateverItIsCalled() {
        assertThat(TrainingArguments.algorithmOf(
                        oracle().put("task", "logistic regression").put("classes", 3)))
                .isNotNull()
                .satisfies(found -> assertThat(found.id()).isEqualTo("multinomial"));
    }

    @Test
    void sentencesThatNeedNothingAskForNothing() {
        assertThat(rows("none")).containsExactly("--features", "a,b,kind", "--categorical", "kind", "--label", "y");
        assertThat(rows("none: raw values; kind one-hot, the first dropped"))
                .containsExactly("--features", "a,b,kind", "--categorical", "kind", "--label", "y");
    }

    @Test
    void someColumnsAreStandardisedWhereTheyAreNamed() {
        assertThat(rows("a standardised: (x - mean) / std, population")).containsSequence("--standardize", "a");
        assertThat(rows("a and b are standardized")).containsSequence("--standardize", "all");
        assertThat(rows("features standardised, ddof=0")).containsSequence("--standardize", "all");
        assertThat(StatedRows.of(oracle().put("preprocessing", "features standardised with the sample std, ddof=1"))
                        .unsupported())
                .contains("ddof=1");
        assertThat(StatedRows.of(oracle().put("preprocessing", "c standardised"))
                        .unsupported())
                .contains("c standardised");
    }

    @Test
    void arithmeticIsSql() {
        assertThat(rows("a divided by 16")).contains("SELECT * EXCEPT (a), CAST(a AS DOUBLE) / 16D AS a FROM input");
        assertThat(rows("b multiplied by 1e-3; rows with any null in a or b dropped"))
                .contains("SELECT * EXCEPT (b), CAST(b AS DOUBLE) * 1e-3D AS b FROM input"
                        + " WHERE a IS NOT NULL AND b IS NOT NULL");
        assertThat(rows("a mean-centred")).contains("SELECT * EXCEPT (a), a - avg(a) OVER () AS a FROM input");
        assertThat(rows("rows with y in (0, 1) are kept")).contains("SELECT * FROM input WHERE (y in (0, 1))");
    }

    @Test
    void everyCategoryKeptIsAColumnEach() {
        assertThat(rows("kind one-hot, all categories kept"))
                .contains("SELECT * EXCEPT (`kind=x`, `kind=y`),"
                        + " CAST(CAST(kind AS STRING) = 'x' AS DOUBLE) AS `kind=x`,"
                        + " CAST(CAST(kind AS STRING) = 'y' AS DOUBLE) AS `kind=y` FROM input");
    }

    @Test
    void missingValuesAreImputedWhereTheyAreReplaced() {
        assertThat(rows("nulls replaced by the column mean; features standardised"))
                .containsSequence("--impute", "mean", "--standardize", "all");
        assertThat(rows("missing values are filled with 0")).containsSequence("--impute", "0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "J = (1/(2n)) * sum_i r_i^2 + (l2/2) * sum_j w_j^2; true; 1; 0.1",
                "J = 1/(2n) * sum_i r_i^2 + (l2/2) * sum_j w_j^2; true; 1; 0.1",
                "J = (1/n) * sum_i r_i^2 + l2 * sum_j w_j^2; true; 2; 0.1",
                "J = (1/n) * sum_i r_i^2 + (l2/2) * sum_j w_j^2; true; 2; 0.05",
                "J = (1/2) * sum_i r_i^2 + (l2/2) * sum_j w_j^2; true; 50; 0.002",
                "J = 0.5 * sum_i r_i^2 + 0.5 * l2 * sum_j w_j^2; true; 50; 0.002",
                "J = sum_i r_i^2 + l2 * sum_j w_j^2; true; 100; 0.002",
                "J = (1/n) * sum_i log(1 + exp(-m)) + (l2/2) * sum_j w_j^2; false; 1; 0.1",
                "J = sum_i log(1 + exp(-m)) + (l2/2) * sum_j w_j^2; false; 50; 0.002"
            })
    void aFormulaIsAScaleAndAPenalty(String formula, boolean squared, double scale, double l2) {
        StatedObjective stated =
                StatedObjective.of(oracle().put("objective", formula).put("l2", 0.1), squared);
        assertThat(stated.scale()).isCloseTo(scale, within(1e-12));
        assertThat(stated.l2()).isCloseTo(l2, within(1e-12));
        assertThat(stated.l1()).isZero();
    }

    @Test
    void penaltiesAreReadByTheirNames() {
        String lasso = "J = (1/(2n)) * sum_i r_i^2 + alpha * sum_j |w_j|";
        StatedObjective stated =
                StatedObjective.of(oracle().put("objective", lasso).put("alpha", 0.3), true);
        assertThat(List.of(stated.l1(), stated.l2())).containsExactly(0.3, 0.0);
        String net =
                "J = (1/(2n)) * sum_i r_i^2 + alpha * l1_ratio * sum_j |w_j| + (alpha * (1 - l1_ratio) / 2) * sum_j"
                        + " w_j^2";
        stated = StatedObjective.of(
                oracle().put("objective", net).put("alpha", 0.4).put("l1_ratio", 0.25), true);
        assertThat(stated.l1()).isCloseTo(0.1, within(1e-12));
        assertThat(stated.l2()).isCloseTo(0.3, within(1e-12));
        String both = "J = (1/n) * sum_i log(1 + exp(-m)) + l1 * sum_j |w_j| + (l2/2) * sum_j w_j^2";
        stated = StatedObjective.of(
                oracle().put("objective", both).put("l1", 0.01).put("l2", 0.02), false);
        assertThat(List.of(stated.l1(), stated.l2())).containsExactly(0.01, 0.02);
    }

    @Test
    void anotherInterceptIsNotGuessed() {
        assertThat(StatedObjective.of(oracle().put("objective", "J = (1/n) sum_i x; no intercept"), false)
                        .unsupported())
                .contains("no intercept");
        assertThat(StatedObjective.of(oracle().put("objective", "J = sum_i x; the intercept is not regularised"), false)
                        .unsupported())
                .isNull();
    }

    @Test
    void classesAreComparedUpToWhatTheyShare() throws IOException {
        ObjectNode oracle = (ObjectNode) JSON.readTree("""
            {"features": ["a"], "optimum": 1.0, "coefficients": [[1.0], [-1.0]], "intercept": [0.5, -0.5]}\
            """);
        ObjectNode found = (ObjectNode) JSON.readTree("""
            {"objective": 1.0, "coefficients": {"0": {"a": 2.0}, "1": {"a": 0.0}}, "intercept": {"0": 3.5, "1": 2.5}}\
            """);
        assertThat(RegressionOracle.differences(oracle, found, 1)).isEmpty();
        assertThat(RegressionOracle.differences(oracle.put("l2", 0.1), found, 1))
                .hasSize(2)
                .first()
                .asString()
                .startsWith("a of class 0 2.0, want 1.0");
    }
}
