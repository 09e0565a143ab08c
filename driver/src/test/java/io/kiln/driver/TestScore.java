package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.nn.Nn;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scoring a table in local mode through the real plugin; the expected values are plain Java. */
@Timeout(180)
class TestScore {
    private static final int ROWS = 10_007;

    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Dataset<Row> people;

    @BeforeEach
    void writePeople() {
        String path = folder.resolve("people").toString();
        spark.range(0, ROWS, 1, 3)
                .selectExpr(
                        "id",
                        "cast(id % 90 as float) as age",
                        "cast(1 + id * 0.5 as float) as income",
                        "cast(id as string) as name",
                        "array(cast(id as float), cast(id % 7 as float), 2f) as pixels")
                .write()
                .parquet(path);
        people = spark.read().parquet(path);
    }

    static float risk(long id) {
        double z = (id % 90) * 0.03 + Math.log(1 + id * 0.5) - 5;
        return (float) (1 / (1 + Math.exp(-z)));
    }

    private Score riskOfLambda() {
        return kiln.score((Tensor age, Tensor income) ->
                        Nn.sigmoid(age.times(0.03).plus(income.log()).minus(5)))
                .as("risk");
    }

    private static void assertRisks(List<Row> rows) {
        for (Row row : rows) {
            assertThat(row.getFloat(row.fieldIndex("risk")))
                    .isCloseTo(risk(row.getLong(row.fieldIndex("id"))), within(2e-6f));
        }
    }

    @Test
    void aLambdaScoresEveryRowAndKeepsTheColumns() {
        Dataset<Row> scored = people.transform(riskOfLambda());
        assertThat(scored.columns()).containsExactly("id", "age", "income", "name", "pixels", "risk");
        List<Row> rows = scored.collectAsList();
        assertThat(rows).hasSize(ROWS);
        assertRisks(rows);
        assertThat(rows).allSatisfy(row -> assertThat(row.getString(3)).isEqualTo(Long.toString(row.getLong(0))));
    }

    static Tensor named(Tensor income, Tensor age) {
        return income.minus(age);
    }

    @Test
    void aMethodReferenceIsBoundByItsParametersNames() {
        List<Row> rows = people.transform(kiln.score(TestScore::named).as("d").keep("id"))
                .collectAsList();
        assertThat(rows).hasSize(ROWS).allSatisfy(row -> {
            long id = row.getLong(0);
            assertThat(row.getFloat(1)).isEqualTo((float) (1 + id * 0.5) - id % 90);
        });
    }

    @Test
    void aStaticMethodByReflectionScores() throws NoSuchMethodException {
        var method = TestScore.class.getDeclaredMethod("named", Tensor.class, Tensor.class);
        Row row = people.filter("id = 93")
                .transform(kiln.score(method).as("d").keepNone())
                .first();
        assertThat(row.getFloat(0)).isEqualTo(47.5f - 3);
    }

    record Stats(Tensor total, Tensor doubled) {}

    @Test
    void aRecordOfTensorsBecomesColumnsAndAnArrayColumnIsAVector() {
        List<Row> rows = people.transform(kiln.score((Tensor pixels) -> new Stats(pixels.sum(), pixels.times(2)))
                        .keep("id"))
                .collectAsList();
        assertThat(rows).hasSize(ROWS).allSatisfy(row -> {
            float id = row.getLong(0);
            assertThat(row.getFloat(1)).isEqualTo(id + row.getLong(0) % 7 + 2);
            assertThat(row.<Float>getList(2)).containsExactly(2 * id, 2f * (row.getLong(0) % 7), 4f);
        });
    }

    @Test
    void severalColumnsAreOneVectorOfTheirWidestType() {
        Dataset<Row> scored = people.transform(kiln.score((Tensor x) -> Map.of("s", x.sum()))
                .columns("a*", "id")
                .keep("id"));
        assertThat(scored.schema().apply("s").dataType()).isEqualTo(DataTypes.DoubleType);
        assertThat(scored.filter("id = 91").first().getDouble(1)).isEqualTo(92);
        Dataset<Row> narrow = people.transform(kiln.score((Tensor x) -> Map.of("s", x.sum()))
                .columns("age", "id")
                .read(DType.F32)
                .keep("id"));
        assertThat(narrow.schema().apply("s").dataType()).isEqualTo(DataTypes.FloatType);
    }

    @Test
    void resultsDoNotDependOnTheBatch() {
        List<Row> one = people.transform(riskOfLambda().keep("id").batchRows(4096))
                .sort("id")
                .collectAsList();
        for (int rows : new int[] {1, 64, 999, 1024}) {
            Dataset<Row> some = rows == 1 ? people.filter("id < 20") : people;
            assertThat(some.transform(riskOfLambda().keep("id").batchRows(rows))
                            .sort("id")
                            .collectAsList())
                    .isEqualTo(rows == 1 ? one.subList(0, 20) : one);
        }
    }

    @Test
    void aBatchHasFewerRowsWhereTheProgramHoldsMore() {
        Score wide = kiln.score((Tensor age) -> {
                    Tensor h = age.times(Tensor.full(ShapedArray.of(DType.F32, 5000), 0.5));
                    return Map.of("s", h.dot(h.tanh()));
                })
                .columns("age");
        assertThat(rowsOfABatch(riskOfLambda())).isEqualTo(4096);
        // Two operands of 5,000 floats a row.
        assertThat(rowsOfABatch(wide)).isEqualTo(256);
    }

    private int rowsOfABatch(Score score) {
        String plan = people.transform(score).queryExecution().executedPlan().toString();
        Matcher rows = Pattern.compile("(\\d+) rows a batch").matcher(plan);
        assertThat(rows.find()).isTrue();
        return Integer.parseInt(rows.group(1));
    }

    @Test
    void onlyColumnsThatAreReadOrAskedForAreScanned() {
        Dataset<Row> scored = people.transform(riskOfLambda()).select("risk");
        String plan = scored.queryExecution().executedPlan().toString();
        assertThat(plan).contains("KilnScore risk(age f32[], income f32[]) -> ").contains("rows a batch");
        assertThat(plan).contains("ReadSchema: struct<age:float,income:float>");
        assertThat(scored.count()).isEqualTo(ROWS);
        String kept = people.transform(riskOfLambda())
                .select("name", "risk")
                .queryExecution()
                .executedPlan()
                .toString();
        assertThat(kept).contains("ReadSchema: struct<age:float,income:float,name:string>");
    }

    @Test
    void aLimitScoresNoMoreThanItsRows() {
        KilnMetrics before = kiln.metrics();
        List<Row> rows = people.transform(riskOfLambda()).limit(10).collectAsList();
        assertThat(rows).hasSize(10);
        assertRisks(rows);
        assertThat(kiln.metrics().since(before).work().rows()).isLessThanOrEqualTo(30);
        before = kiln.metrics();
        assertThat(people.transform(riskOfLambda()).select("risk").limit(7).collectAsList())
                .hasSize(7);
        assertThat(kiln.metrics().since(before).work().rows()).isLessThanOrEqualTo(21);
    }

    @Test
    void aFilterOnColumnsThatPassThroughRunsBeforeScoring() {
        KilnMetrics before = kiln.metrics();
        List<Row> rows = people.transform(riskOfLambda()).filter("id < 100").collectAsList();
        assertThat(rows).hasSize(100);
        assertRisks(rows);
        assertThat(kiln.metrics().since(before).work().rows()).isEqualTo(100);
        assertThat(people.transform(riskOfLambda()).filter("risk > 2 or id = 1").count())
                .isEqualTo(1);
    }

    @Test
    void unionsCachesAggregatesAndExchangesStandAboveAndBelow() {
        Dataset<Row> scored = people.transform(riskOfLambda()).select("id", "risk");
        assertThat(scored.union(scored).count()).isEqualTo(2L * ROWS);
        double sum = 0;
        for (int id = 0; id < ROWS; id++) {
            sum += risk(id);
        }
        Row total = scored.agg(functions.sum("risk"), functions.count("risk")).first();
        assertThat(total.getDouble(0)).isCloseTo(sum, within(1e-2));
        assertThat(total.getLong(1)).isEqualTo(ROWS);
        Dataset<Row> cached = scored.cache();
        assertThat(cached.count()).isEqualTo(ROWS);
        assertRisks(cached.collectAsList());
        cached.unpersist(true);
        Dataset<Row> shuffled =
                people.repartition(5).sort("id").transform(riskOfLambda()).select("id", "risk");
        List<Row> rows = shuffled.collectAsList();
        assertRisks(rows);
        assertThat(rows).extracting(row -> row.getLong(0)).isSorted();
        assertThat(scored.groupBy(functions.col("id").mod(10))
                        .agg(functions.max("risk"))
                        .count())
                .isEqualTo(10);
        assertThat(scored.as("a")
                        .join(scored.as("b"), functions.expr("a.id = b.id"))
                        .count())
                .isEqualTo(ROWS);
    }

    @Test
    void scoresCanBeScored() {
        Dataset<Row> twice = people.transform(riskOfLambda())
                .transform(
                        kiln.score((Tensor risk) -> risk.times(2)).as("twice").keep("id", "risk"));
        assertThat(twice.filter("id < 50").collectAsList())
                .hasSize(50)
                .allSatisfy(row -> assertThat(row.getFloat(2)).isEqualTo(2 * row.getFloat(1)));
    }

    @Test
    void aChildOfRowsWorks() {
        Dataset<Row> rows = spark.range(0, 1000, 1, 2)
                .selectExpr("id", "cast(id % 90 as float) as age", "cast(1 + id * 0.5 as float) as income");
        assertThat(rows.transform(riskOfLambda()).collectAsList()).hasSize(1000);
        assertRisks(rows.transform(riskOfLambda()).collectAsList());
        assertThat(rows.filter("id < 0").transform(riskOfLambda()).collectAsList())
                .isEmpty();
    }

    @Test
    void thirtyPartitionsAreOneTraceAndOneCompile() {
        Score unique = kiln.score((Tensor age, Tensor income) ->
                        age.times(0.123456).plus(income.times(System.nanoTime() % 1000 + 0.5)))
                .as("y");
        KilnMetrics before = kiln.metrics();
        assertThat(people.repartition(30)
                        .transform(unique)
                        .agg(functions.count("y"))
                        .first()
                        .getLong(0))
                .isEqualTo(ROWS);
        assertThat(people.repartition(30)
                        .transform(unique)
                        .filter("y is not null")
                        .count())
                .isEqualTo(ROWS);
        KilnMetrics done = kiln.metrics().since(before);
        assertThat(done.traces()).isEqualTo(1);
        assertThat(done.work().compiles() + done.work().hits().getOrDefault("disk", 0L))
                .isEqualTo(1);
    }

    @Test
    void nullsFollowThePolicy() {
        Dataset<Row> holes =
                spark.range(0, 100, 1, 2).selectExpr("id", "if(id % 10 = 3, null, cast(id as float)) as x");
        Score twice = kiln.score((Tensor x) -> x.times(2)).as("y");
        assertThat(holes.transform(twice.nulls("skip")).count()).isEqualTo(90);
        assertThat(holes.transform(twice.nulls("nan")).filter("isnan(y)").count())
                .isEqualTo(10);
        assertThat(holes.transform(twice.nulls("propagate")).filter("y is null").count())
                .isEqualTo(10);
        assertThat(holes.transform(twice.nulls("21"))
                        .filter("y = 42 and x is null")
                        .count())
                .isEqualTo(10);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> holes.transform(twice).collectAsList()))
                .hasStackTraceContaining("column x");
    }

    @Test
    void aTableOfMoreThanAHundredColumnsStaysColumnar() {
        String path = folder.resolve("wide").toString();
        String[] columns = new String[130];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = "cast(id + " + i + " as float) as c" + i;
        }
        spark.range(0, 50, 1, 1).selectExpr(columns).write().parquet(path);
        Dataset<Row> scored = spark.read()
                .parquet(path)
                .transform(kiln.score((Tensor x) -> x.sum())
                        .columns("c*")
                        .as("sum")
                        .keep("c0"));
        assertThat(scored.queryExecution().executedPlan().toString()).doesNotContain("RowToColumnar");
        assertThat(scored.collectAsList())
                .hasSize(50)
                .allSatisfy(row -> assertThat(row.getFloat(1)).isEqualTo(130 * row.getFloat(0) + 129 * 130 / 2));
        assertThat(kiln.notes()).anySatisfy(note -> assertThat(note).contains("spark.sql.codegen.maxFields"));
    }

    @Test
    void weightsThatAFunctionCapturesAreNotInItsProgram() {
        Tensor w = Tensor.of(0.5f, -2f, 3f);
        Score score = kiln.score((Tensor pixels) -> pixels.dot(w)).as("y").length("pixels", 3);
        assertThat(score.explain(people.schema())).contains("f32[3]").doesNotContain("-2.0");
        Row row = Objects.requireNonNull(
                people.filter("id = 9").transform(score.keep("id")).first());
        assertThat(row.getFloat(1)).isEqualTo(9 * 0.5f - 2 * 2 + 6);
    }
}
