package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Columns of every type that a program reads, and results of every type that becomes a column; the expected values are plain Java. */
@Timeout(180)
class TestScoreTypes {
    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** The same rows as a file is read and as Spark makes them. */
    private List<Dataset<Row>> tables(String... columns) {
        String path = folder.resolve("table").toString();
        Dataset<Row> rows = spark.range(0, 1000, 1, 2).selectExpr(columns);
        rows.write().mode("overwrite").parquet(path);
        return List.of(rows, spark.read().parquet(path));
    }

    record Times(Tensor days, Tensor micros) {}

    @Test
    void datesAreDaysAndTimestampsMicroseconds() {
        for (Dataset<Row> table : tables(
                "id",
                "date_add(date'1969-12-01', cast(id as int)) as day",
                "timestamp_micros(id * 1000001 - 5000) as moment",
                "cast(timestamp_micros(id * 1000001 - 5000) as timestamp_ntz) as local")) {
            List<Row> rows = table.transform(
                            kiln.score((Tensor day, Tensor moment) -> new Times(day.plus(0), moment.plus(0)))
                                    .timesAsIntegers()
                                    .keep("id", "day"))
                    .collectAsList();
            assertThat(rows).hasSize(1000).allSatisfy(row -> {
                LocalDate day = row.getDate(1).toLocalDate();
                assertThat(row.getInt(row.fieldIndex("days")))
                        .isEqualTo((int) ChronoUnit.DAYS.between(LocalDate.EPOCH, day));
                assertThat(row.getLong(row.fieldIndex("micros"))).isEqualTo(row.getLong(0) * 1000001 - 5000);
            });
            Dataset<Row> scored = table.transform(kiln.score((Tensor day) -> day.times(0.5))
                    .timesAsIntegers()
                    .read(DType.F64)
                    .as("half"));
            assertThat(scored.filter("half * 2 = unix_date(day)").count()).isEqualTo(1000);
        }
    }

    @Test
    void decimalsAreTheNearestDouble() {
        for (Dataset<Row> table :
                tables("id", "cast(id / 1000.0 as decimal(9,3)) as a", "cast(id as decimal(38,18)) / 7 as b")) {
            List<Row> rows = table.transform(
                            kiln.score((Tensor a, Tensor b) -> a.plus(b)).as("sum"))
                    .collectAsList();
            assertThat(rows).hasSize(1000).allSatisfy(row -> {
                BigDecimal a = row.getDecimal(1);
                assertThat(row.getDouble(3))
                        .isEqualTo(a.doubleValue() + row.getDecimal(2).doubleValue());
            });
        }
    }

    @Test
    void resultsOfEveryDtypeBecomeColumns() {
        for (Dataset<Row> table : tables("id", "cast(id % 200 as int) as x")) {
            for (DType dtype : DType.values()) {
                if (dtype == DType.BOOL || dtype.isComplex()) {
                    continue;
                }
                Dataset<Row> scored = table.transform(
                        kiln.score((Tensor x) -> x.convert(dtype)).as("y").keep("x"));
                long narrowed = dtype == DType.I8 ? table.filter("x > 127").count() : 0;
                assertThat(scored.filter("y = x").count()).as(dtype.toString()).isEqualTo(1000 - narrowed);
            }
        }
    }

    @Test
    void nestedArraysBinariesAndVectorsAreTensors() {
        for (Dataset<Row> table : tables(
                "id",
                "array(array(cast(id as float), 1f), array(2f, 3f), array(4f, 5f)) as image",
                "unhex(lpad(hex(id % 256), 6, '0')) as bytes",
                "if(id % 2 = 0, named_struct('type', 1Y, 'size', cast(null as int), 'indices', cast(null as"
                        + " array<int>), 'values', array(cast(id as double), 1d, 0d)), named_struct('type', 0Y, 'size', 3,"
                        + " 'indices', array(0, 2), 'values', array(cast(id as double), 7d))) as features")) {
            List<Row> rows = table.transform(kiln.score((Tensor image, Tensor bytes, Tensor features) -> new Sums(
                                    image.sum(0), bytes.convert(DType.I32).sum(), features.sum()))
                            .keep("id"))
                    .collectAsList();
            assertThat(rows).hasSize(1000).allSatisfy(row -> {
                long id = row.getLong(0);
                assertThat(row.<Float>getList(1)).containsExactly(id + 6f, 9f);
                assertThat(row.getInt(2)).isEqualTo((int) (id % 256));
                assertThat(row.getDouble(3)).isEqualTo((double) (id + (id % 2 == 0 ? 1 : 7)));
            });
        }
    }

    record Sums(Tensor image, Tensor bytes, Tensor features) {}

    @Test
    void paddedArraysComeWithTheirValidity() {
        for (Dataset<Row> table :
                tables("id", "slice(array(1f, cast(null as float), 3f), 1, cast(id % 4 as int)) as tokens")) {
            Score score = kiln.score((Tensor tokens, Tensor real) ->
                            new Padded(tokens.sum(), real.convert(DType.I32).sum()))
                    .pad("tokens", 3)
                    .validity("real", "tokens")
                    .keep("id");
            assertThat(table.transform(score).collectAsList()).hasSize(1000).allSatisfy(row -> {
                long length = row.getLong(0) % 4;
                assertThat(row.getFloat(1)).isEqualTo(length == 0 ? 0f : length == 3 ? 4f : 1f);
                assertThat(row.getInt(2)).isEqualTo(length == 0 ? 0 : length == 3 ? 2 : 1);
            });
        }
    }

    record Padded(Tensor total, Tensor count) {}

    @Test
    void aFunctionOfManyColumnsSeesWhichAreNull() {
        for (Dataset<Row> table : tables(
                "id",
                "if(id % 2 = 0, null, 1f) as a",
                "if(id % 3 = 0, null, 2d) as b",
                "if(id % 5 = 0, null, 4) as c")) {
            List<Row> rows = table.transform(kiln.score((Tensor x, Tensor known) ->
                                    new Padded(x.sum(), known.convert(DType.I32).sum()))
                            .columns("a", "b", "c")
                            .validity("known", "x")
                            .read(DType.F32)
                            .keep("id"))
                    .collectAsList();
            assertThat(rows).hasSize(1000).allSatisfy(row -> {
                long id = row.getLong(0);
                int a = id % 2 == 0 ? 0 : 1;
                int b = id % 3 == 0 ? 0 : 1;
                int c = id % 5 == 0 ? 0 : 1;
                assertThat(row.getFloat(1)).isEqualTo(a + 2f * b + 4 * c);
                assertThat(row.getInt(2)).isEqualTo(a + b + c);
            });
        }
    }

    @Test
    void badRowsGetNullAndTheirReason() {
        for (Dataset<Row> table : tables(
                "id",
                "if(id % 10 = 3, null, cast(id as float)) as x",
                "if(id % 10 = 4, array(1f), array(1f, 2f)) as pair")) {
            Dataset<Row> scored = table.transform(
                    kiln.score((Tensor x, Tensor pair) -> pair.sum().times(x))
                            .length("pair", 2)
                            .as("y")
                            .badRowsAsNull("why"));
            assertThat(scored.columns()).containsExactly("id", "x", "pair", "y", "why");
            assertThat(scored.collectAsList()).hasSize(1000).allSatisfy(row -> {
                long id = row.getLong(0);
                assertThat(row.isNullAt(3)).isEqualTo(id % 10 == 3 || id % 10 == 4);
                assertThat(row.getString(4))
                        .isEqualTo(
                                id % 10 == 3
                                        ? "column x is null"
                                        : id % 10 == 4
                                                ? "column pair for an input of type f32[2]: required 2 elements in"
                                                        + " every row, got 1"
                                                : null);
            });
            assertThat(scored.filter("why is not null").count()).isEqualTo(200);
        }
    }
}
