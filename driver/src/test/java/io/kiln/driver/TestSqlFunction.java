package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Tensor;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelColumn;
import io.kiln.model.Weight;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kiln_score} in SQL: on a session that was running before Kiln came. */
@Timeout(180)
class TestSqlFunction {
    private static final int ROWS = 1003;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    private static final SparkSession SPARK = LocalSpark.session();
    private static final Kiln KILN = LocalSpark.kiln();

    @SuppressWarnings("NullAway.Init")
    private static String dot;

    @BeforeAll
    static void writeTableAndModels() {
        SPARK.range(0, ROWS, 1, 3)
                .selectExpr(
                        "id",
                        "cast(id as float) as a",
                        "cast(id % 7 as double) as b",
                        "cast(id % 3 as int) as k",
                        "array(cast(id as float), 1f) as pair",
                        "if(id % 2 = 0, 'even', 'odd') as parity",
                        "if(id % 5 = 0, null, cast(id as float)) as holes")
                .write()
                .parquet(folder.resolve("t").toString());
        SPARK.read().parquet(folder.resolve("t").toString()).createOrReplaceTempView("t");
        dot = folder.resolve("dot").toString();
        Models.dot().save(dot);
        KILN.register("twice", KILN.score((Tensor x) -> x.times(2)));
        KILN.register(
                "both",
                KILN.score((Tensor x, Tensor y) -> Map.of("sum", x.plus(y), "product", x.times(y)))
                        .read(DType.F64));
    }

    private static List<Row> sql(String text) {
        return SPARK.sql(text.replace("$dot", dot)).collectAsList();
    }

    private static int nodes(String text) {
        String plan = SPARK.sql(text.replace("$dot", dot))
                .queryExecution()
                .executedPlan()
                .toString();
        return plan.split("KilnScore", -1).length - 1;
    }

    private static double dotOf(long id) {
        return id + 10.0 * (id % 7);
    }

    @Test
    void aModelFolderScoresInASelectListAndInsideExpressions() {
        List<Row> rows = sql("SELECT id, kiln_score('$dot', a, b) AS s, kiln_score('$dot', a, b) * 2 + id AS d FROM t");
        assertThat(rows).hasSize(ROWS).allSatisfy(row -> {
            assertThat(row.getFloat(1)).isEqualTo((float) dotOf(row.getLong(0)));
            assertThat(row.getDouble(2)).isEqualTo(2 * dotOf(row.getLong(0)) + row.getLong(0));
        });
    }

    @Test
    void theTypeIsKnownAtAnalysis() {
        var schema = SPARK.sql(
                        "SELECT kiln_score('both', a, b) AS r, kiln_score('%s', pair) AS y FROM t".formatted(dot))
                .schema();
        assertThat(schema.apply("y").dataType()).isEqualTo(DataTypes.FloatType);
        assertThat(schema.apply("r").dataType().simpleString()).contains("sum:double", "product:double");
    }

    @Test
    void severalResultsAreAStructAndItsFields() {
        List<Row> rows = sql("SELECT id, r.sum, r.product, r FROM (SELECT *, kiln_score('both', a, b) AS r FROM t)");
        assertThat(rows).hasSize(ROWS).allSatisfy(row -> {
            double a = row.getLong(0);
            double b = row.getLong(0) % 7;
            assertThat(row.getDouble(1)).isEqualTo(a + b);
            assertThat(row.getDouble(2)).isEqualTo(a * b);
            assertThat(row.getStruct(3).<Double>getAs("sum")).isEqualTo(a + b);
        });
    }

    @Test
    void aWhereFiltersByScoreAndLeavesNoColumnBehind() {
        List<Row> rows = sql("SELECT * FROM t WHERE kiln_score('$dot', a, b) > 900 AND k = 1 ORDER BY id");
        long[] expected = IntStream.range(0, ROWS)
                .filter(id -> dotOf(id) > 900 && id % 3 == 1)
                .asLongStream()
                .toArray();
        assertThat(rows.stream().mapToLong(row -> row.getLong(0)).toArray()).isEqualTo(expected);
        assertThat(rows.getFirst().size()).isEqualTo(7);
    }

    @Test
    void anArgumentIsAnyExpressionAndCallsNest() {
        List<Row> rows = sql("SELECT id, kiln_score('twice', kiln_score('$dot', a + 1, cast(k AS float))) FROM t");
        assertThat(rows)
                .hasSize(ROWS)
                .allSatisfy(row ->
                        assertThat(row.getFloat(1)).isEqualTo(2f * (row.getLong(0) + 1 + 10 * (row.getLong(0) % 3))));
    }

    @Test
    void scoresAreAggregatedGroupedAndSorted() {
        double sum =
                IntStream.range(0, ROWS).mapToDouble(TestSqlFunction::dotOf).sum();
        assertThat(sql("SELECT sum(kiln_score('$dot', a, b)) FROM t").getFirst().getDouble(0))
                .isEqualTo(sum);
        List<Row> groups =
                sql("SELECT kiln_score('twice', k) AS g, count(*) FROM t GROUP BY kiln_score('twice', k) ORDER BY g");
        assertThat(groups.stream().map(row -> row.getInt(0)).toList()).containsExactly(0, 2, 4);
        List<Row> best = sql("SELECT id FROM t ORDER BY kiln_score('$dot', a, b) DESC LIMIT 3");
        Long[] expected = IntStream.range(0, ROWS)
                .boxed()
                .sorted((x, y) -> Double.compare(dotOf(y), dotOf(x)))
                .limit(3)
                .map(Integer::longValue)
                .toArray(Long[]::new);
        assertThat(best.stream().map(row -> row.getLong(0)).toList()).containsExactly(expected);
        assertThat(sql("SELECT id, max(kiln_score('$dot', a, b)) OVER (PARTITION BY k) FROM t"))
                .hasSize(ROWS);
    }

    @Test
    void equalCallsAreOneOperatorAndAFilterOnAScoreComputesItOnce() {
        assertThat(nodes("SELECT kiln_score('$dot', a, b), kiln_score('$dot', a, b) + 1 FROM t"))
                .isEqualTo(1);
        assertThat(nodes("SELECT * FROM (SELECT *, kiln_score('$dot', a, b) AS s FROM t) WHERE s > 900"))
                .isEqualTo(1);
        assertThat(nodes("SELECT kiln_score('$dot', a, b), kiln_score('twice', a) FROM t"))
                .isEqualTo(2);
    }

    @Test
    void columnsThatNobodyReadsAreNotScannedAndConditionsGoToTheScan() {
        String plan = SPARK.sql("SELECT kiln_score('%s', a, b) FROM t WHERE k = 1 AND kiln_score('twice', a) > 3"
                        .formatted(dot))
                .queryExecution()
                .executedPlan()
                .toString();
        assertThat(plan).contains("ReadSchema: struct<a:float,b:double,k:int>").contains("EqualTo(k,1)");
    }

    @Test
    void textsNullsAndRepeatedArgumentsAreRead() {
        Models.dot(ModelColumn.number("a"), new ModelColumn("parity", List.of("even", "odd")))
                .save(folder.resolve("texts").toString());
        assertThat(sql("SELECT id, kiln_score('%s', a, parity) FROM t".formatted(folder.resolve("texts"))))
                .hasSize(ROWS)
                .allSatisfy(row -> assertThat(row.getFloat(1)).isEqualTo(row.getLong(0) + 10f * (row.getLong(0) % 2)));
        KILN.register("careful", KILN.score((Tensor x, Tensor y) -> x.plus(y)).nulls("propagate"));
        assertThat(sql("SELECT id, kiln_score('careful', holes, holes) FROM t"))
                .hasSize(ROWS)
                .allSatisfy(row -> assertThat(row.get(1))
                        .isEqualTo(row.getLong(0) % 5 == 0 ? null : (Object) (2f * row.getLong(0))));
    }

    @Test
    void theDataFrameApiCallsIt() {
        var t = SPARK.table("t");
        List<Row> rows = t.select(
                        functions.col("id"),
                        functions.call_function(
                                "kiln_score", functions.lit(dot), functions.col("a"), functions.col("b")))
                .collectAsList();
        assertThat(rows)
                .hasSize(ROWS)
                .allSatisfy(row -> assertThat(row.getFloat(1)).isEqualTo((float) dotOf(row.getLong(0))));
        assertThat(t.selectExpr("kiln_score('twice', k) AS y")
                        .agg(functions.sum("y"))
                        .first()
                        .getLong(0))
                .isEqualTo(IntStream.range(0, ROWS).map(id -> 2 * (id % 3)).sum());
    }

    @Test
    void viewsJoinsSubqueriesAndUnionsScore() {
        SPARK.sql("CREATE OR REPLACE TEMPORARY VIEW scored AS SELECT id, kiln_score('%s', a, b) AS s FROM t"
                .formatted(dot));
        assertThat(sql("SELECT x.id, x.s, y.s FROM scored x JOIN scored y ON x.id = y.id WHERE x.s = y.s"))
                .hasSize(ROWS);
        assertThat(sql("SELECT id FROM t WHERE id IN (SELECT id FROM scored WHERE s > 900)"))
                .hasSize((int)
                        IntStream.range(0, ROWS).filter(id -> dotOf(id) > 900).count());
        assertThat(sql("SELECT s FROM scored UNION ALL SELECT kiln_score('twice', a) FROM t"))
                .hasSize(2 * ROWS);
        assertThat(sql("SELECT x.id FROM t x JOIN t y ON x.id = y.id WHERE kiln_score('both', x.a, y.b).sum > 900"))
                .hasSize((int)
                        IntStream.range(0, ROWS).filter(id -> id + id % 7 > 900).count());
    }

    @Test
    void limitsGoBelowScoring() {
        assertThat(SPARK.sql("SELECT kiln_score('%s', a, b) FROM t LIMIT 10".formatted(dot))
                        .queryExecution()
                        .optimizedPlan()
                        .toString())
                .containsSubsequence("KilnScore", "LocalLimit 10");
    }

    @Test
    void whatIsWrongIsSaidAtAnalysis() {
        wrong("SELECT kiln_score('nowhere', a) FROM t", "kiln_score('nowhere'", "no such folder");
        wrong("SELECT kiln_score('$dot', a) FROM t", "takes 2 feature columns, got 1: a");
        wrong("SELECT kiln_score('$dot', a, parity) FROM t", "parity", "string");
        wrong("SELECT kiln_score('both', a) FROM t", "got 1: a");
        wrong("SELECT kiln_score('$dot') FROM t", "a model and at least one column");
        wrong("SELECT kiln_score(parity, a) FROM t", "model as a constant text, got parity");
        KILN.register("skipping", KILN.score((Tensor x) -> x).nulls("skip"));
        wrong("SELECT kiln_score('skipping', a) FROM t", "keeps every row, got skip");
    }

    private static void wrong(String text, String... named) {
        assertThatThrownBy(() -> SPARK.sql(text.replace("$dot", dot)))
                .isInstanceOfSatisfying(KilnException.class, e -> {
                    assertThat(e.category()).isEqualTo(ErrorCategory.USER);
                    assertThat(String.valueOf(e.getMessage())).contains(named).contains("fix: ");
                });
    }

    @Test
    void otherPositionsAreRefusedBeforeATaskStarts() {
        List<String> refused = new ArrayList<>(Arrays.asList(
                "SELECT count(*) FROM t x LEFT JOIN t y ON kiln_score('both', x.a, y.b).sum > 3",
                "SELECT kiln_score('twice', max(a)) FROM t",
                "SELECT explode(array(kiln_score('twice', a))) FROM t"));
        for (String text : refused) {
            assertThatThrownBy(() -> SPARK.sql(text).collectAsList())
                    .as(text)
                    .isInstanceOfSatisfying(
                            KilnException.class,
                            e -> assertThat(String.valueOf(e.getMessage()))
                                    .contains("SELECT, WHERE")
                                    .contains("fix: "));
        }
    }

    @Test
    void aSessionWithTheExtensionKnowsItFromItsStartAndChecksPositionsAtAnalysis() {
        SparkSession.clearActiveSession();
        SparkSession.clearDefaultSession();
        try {
            SparkSession extended =
                    SparkSession.builder().withExtensions(new KilnExtensions()).getOrCreate();
            assertThat(extended).isNotSameAs(SPARK);
            extended.read().parquet(folder.resolve("t").toString()).createOrReplaceTempView("t");
            List<Row> rows = extended.sql("SELECT id, kiln_score('%s', a, b) FROM t WHERE kiln_score('%s', a, b) > 900"
                            .formatted(dot, dot))
                    .collectAsList();
            assertThat(rows)
                    .isNotEmpty()
                    .allSatisfy(row -> assertThat(row.getFloat(1)).isEqualTo((float) dotOf(row.getLong(0))));
            assertThatThrownBy(
                            () -> extended.sql("SELECT explode(array(kiln_score('%s', a, b))) FROM t".formatted(dot)))
                    .isInstanceOf(KilnException.class)
                    .hasMessageContaining("inside a generator");
        } finally {
            SparkSession.setDefaultSession(SPARK);
            SparkSession.setActiveSession(SPARK);
        }
    }

    @Test
    void aModelThatIsWrittenAnewIsReadAnew() {
        String path = folder.resolve("anew").toString();
        Models.dot().save(path);
        assertThat(sql("SELECT kiln_score('%s', 1f, 1f)".formatted(path))
                        .getFirst()
                        .getFloat(0))
                .isEqualTo(11);
        Model other = Models.dot();
        new Model(
                        "other",
                        other.inputs(),
                        other.outputs(),
                        other.program(),
                        List.of(new Weight("w", HostArray.of(2f, 20f))),
                        "error",
                        Map.of(),
                        null)
                .save(path, new org.apache.hadoop.conf.Configuration(), true);
        assertThat(sql("SELECT kiln_score('%s', 1f, 1f)".formatted(path))
                        .getFirst()
                        .getFloat(0))
                .isEqualTo(22);
    }
}
