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
}
