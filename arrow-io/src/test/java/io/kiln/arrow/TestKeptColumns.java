package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.RowToColumnConverter;
import org.apache.spark.sql.execution.vectorized.ConstantColumnVector;
import org.apache.spark.sql.execution.vectorized.OffHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kept columns hold what Spark's own rows hold, for columns of every type: both are compared as Spark's binary rows. */
class TestKeptColumns {
    private static final int ROWS = 57;
    private static final String EVERY_TYPE = """
        id, id % 3 = 0 as b, cast(id as tinyint) as i8, cast(id * 7 as smallint) as i16, cast(id * 70000 as int) as i32,
        id * 5000000000 as i64, cast(id as float) / 3 as f32, cast(id as double) / 7 as f64,
        cast(id as decimal(7,2)) as d7, cast(id * 1.5 as decimal(18,3)) as d18, cast(id as decimal(38,10)) as d38,
        concat('row ', id) as s, repeat('long ', cast(id as int)) as longer, cast(concat('b', id) as binary) as bin,
        date_add(date'2020-01-01', cast(id as int)) as day, timestamp_seconds(id * 86400) as ts,
        cast(timestamp_seconds(id) as timestamp_ntz) as ntz, make_dt_interval(cast(id as int)) as dt,
        make_ym_interval(cast(id as int)) as ym, make_interval(1, 2, 3, cast(id as int)) as calendar,
        sequence(0, id % 4) as longs, array(cast(id as float), null, 2f) as floats,
        transform(sequence(0, id % 3), x -> array(concat('n', x))) as nested,
        map(concat('k', id), id, 'z', null) as m, named_struct('x', id, 'y', concat('y', id), 'z', array(id)) as st,
        parse_json(concat('{"a":', id, '}')) as v
        """;

    private static SparkSession spark;
    private static List<InternalRow> rows;
    private static StructType schema;

    @BeforeAll
    static void makeRows() {
        spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate();
        List<String> columns = new ArrayList<>();
        var every = spark.range(ROWS).selectExpr("*").selectExpr(split(EVERY_TYPE));
        for (String name : every.columns()) {
            // Every type with nulls between its values, but for the first column.
            columns.add(name.equals("id") ? name : "if(id % 5 = 4, null, " + name + ") as " + name);
        }
        var frame = (org.apache.spark.sql.classic.Dataset<Row>) every.selectExpr(columns.toArray(String[]::new));
        schema = frame.schema();
        rows = new ArrayList<>();
        for (InternalRow row : frame.queryExecution().executedPlan().executeCollect()) {
            rows.add(row.copy());
        }
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** Splits at commas outside brackets. */
    private static String[] split(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                parts.add(list.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(list.substring(start).strip());
        return parts.toArray(String[]::new);
    }

    private static ColumnarBatch batch(int from, int n, boolean offHeap) {
        WritableColumnVector[] vectors = offHeap
                ? OffHeapColumnVector.allocateColumns(Math.max(1, n), schema)
                : OnHeapColumnVector.allocateColumns(Math.max(1, n), schema);
        var converter = new RowToColumnConverter(schema);
        rows.subList(from, from + n).forEach(row -> converter.convert(row, vectors));
        return new ColumnarBatch(vectors, n);
    }

    private static List<Integer> ordinals() {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < schema.size(); i++) {
            all.add(i);
        }
        return all;
    }

    private static List<UnsafeRow> unsafe(ColumnVector[] columns, int n) {
        UnsafeProjection projection = UnsafeProjection.create(schema);
        ColumnarBatch batch = new ColumnarBatch(columns, n);
        List<UnsafeRow> out = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            out.add(projection.apply(batch.getRow(i)).copy());
        }
        return out;
    }

    private static List<UnsafeRow> expected(int from, int to) {
        UnsafeProjection projection = UnsafeProjection.create(schema);
        return rows.subList(from, to).stream()
                .map(row -> projection.apply(row).copy())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void copiesOfRunsOfBatchesAreTheRows(boolean offHeap) {
        KeptColumns kept = new KeptColumns(ordinals(), 8);
        // Twice: the second time in memory that held other rows.
        for (int round = 0; round < 2; round++) {
            int first = 3 * round;
            try (ColumnarBatch a = batch(0, 20, offHeap);
                    ColumnarBatch b = batch(20, 30, offHeap)) {
                kept.append(a, first, 20 - first);
                kept.append(b, 0, 11);
                kept.append(b, 11, 19);
            }
            assertThat(unsafe(kept.columns(0), 50 - first)).isEqualTo(expected(first, 50));
            kept.clear();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13})
    void viewsOfABatchAreItsRows(int from) {
        try (ColumnarBatch batch = batch(0, 40, false)) {
            ColumnVector[] view = KeptColumns.view(batch, ordinals(), from);
            assertThat(unsafe(view, 40 - from)).isEqualTo(expected(from, 40));
        }
    }

    @Test
    void closingAViewLeavesTheBatchOpen() {
        ColumnVector arrow = VectorKind.ARROW.make(DataTypes.IntegerType, List.of(1, 2, 3));
        try (ColumnarBatch batch = new ColumnarBatch(new ColumnVector[] {arrow}, 3)) {
            ColumnVector view = KeptColumns.view(batch, List.of(0), 0)[0];
            view.close();
            view.closeIfFreeable();
            assertThat(arrow.getInt(2)).isEqualTo(3);
        }
    }

    @Test
    void aColumnOfNoTypeStaysNull() {
        ConstantColumnVector nothing = new ConstantColumnVector(3, DataTypes.NullType);
        nothing.setNull();
        KeptColumns kept = new KeptColumns(List.of(0), 2);
        kept.append(new ColumnarBatch(new ColumnVector[] {nothing}, 3), 0, 3);
        assertThat(kept.columns(0)[0].isNullAt(2)).isTrue();
    }

    @Test
    void columnsAreKeptInTheOrderOfTheOrdinals() {
        try (ColumnarBatch batch = batch(0, 4, false)) {
            KeptColumns kept = new KeptColumns(List.of(3, 0), 4);
            kept.append(batch, 0, 4);
            assertThat(kept.columns(0)[0].getShort(2)).isEqualTo((short) 14);
            assertThat(kept.columns(0)[1].getLong(2)).isEqualTo(2);
        }
    }
}
