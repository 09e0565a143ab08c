package io.kiln.arrow;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.execution.RowToColumnConverter;
import org.apache.spark.sql.execution.vectorized.ConstantColumnVector;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Copies of the columns that pass through a program unread. Spark reuses a batch's vectors for the next one, so the rows of a packed
 * batch that came from an earlier incoming batch have to be copied before the next is asked for.
 */
public final class KeptColumns {
    private final List<Integer> ordinals;
    private final int capacity;
    private final List<OnHeapColumnVector> copies = new ArrayList<>();
    private final List<Append> appends = new ArrayList<>();

    /** Appends a run of rows of one column to its copy. */
    @FunctionalInterface
    private interface Append {
        void run(ColumnVector from, int first, int n, WritableColumnVector to);
    }

    /** No rows yet of the columns at {@code ordinals}; {@code capacity} rows are expected, more are taken. */
    public KeptColumns(List<Integer> ordinals, int capacity) {
        this.ordinals = List.copyOf(ordinals);
        this.capacity = capacity;
    }

    /**
     * The kept columns of rows {@code from} onwards of {@code batch} without a copy: good until the next batch is asked for. Closing
     * them leaves the batch open.
     */
    public static ColumnVector[] view(ColumnarBatch batch, List<Integer> ordinals, int from) {
        ColumnVector[] views = new ColumnVector[ordinals.size()];
        for (int i = 0; i < views.length; i++) {
            ColumnVector column = batch.column(ordinals.get(i));
            // Spark's own vectors are not closed by consumers, and the next operator packs them faster when it sees
            // them bare.
            boolean bare =
                    from == 0 && (column instanceof WritableColumnVector || column instanceof ConstantColumnVector);
            views[i] = bare ? column : new SlicedColumn(column, from);
        }
        return views;
    }

    /** Copies rows {@code from} to {@code from + n}. */
    public void append(ColumnarBatch batch, int from, int n) {
        for (int i = 0; i < ordinals.size(); i++) {
            ColumnVector column = batch.column(ordinals.get(i));
            if (copies.size() == i) {
                // Spark has no writable vector of no type; one of booleans holds its nulls as well.
                DataType type = column.dataType() instanceof NullType ? DataTypes.BooleanType : column.dataType();
                copies.add(new OnHeapColumnVector(capacity, type));
                appends.add(append(column.dataType()));
            }
            appends.get(i).run(column, from, n, copies.get(i));
        }
    }

    /** The copies from row {@code from} onwards: good until {@link #clear()}. */
    public ColumnVector[] columns(int from) {
        return copies.stream()
                .map(copy -> from == 0 ? copy : new SlicedColumn(copy, from))
                .toArray(ColumnVector[]::new);
    }

    /** Forgets the rows and keeps the memory. */
    public void clear() {
        copies.forEach(WritableColumnVector::reset);
    }

    private static Append append(DataType type) {
        return switch (type) {
            case ByteType _ ->
                withNulls(
                        (from, first, n, to) -> to.appendBytes(n, from.getBytes(first, n), 0),
                        (from, row, to) -> to.appendByte(from.getByte(row)));
            case ShortType _ ->
                withNulls(
                        (from, first, n, to) -> to.appendShorts(n, from.getShorts(first, n), 0),
                        (from, row, to) -> to.appendShort(from.getShort(row)));
            case IntegerType _, DateType _ ->
                withNulls(
                        (from, first, n, to) -> to.appendInts(n, from.getInts(first, n), 0),
                        (from, row, to) -> to.appendInt(from.getInt(row)));
            case LongType _, TimestampType _, TimestampNTZType _ ->
                withNulls(
                        (from, first, n, to) -> to.appendLongs(n, from.getLongs(first, n), 0),
                        (from, row, to) -> to.appendLong(from.getLong(row)));
            case FloatType _ ->
                withNulls(
                        (from, first, n, to) -> to.appendFloats(n, from.getFloats(first, n), 0),
                        (from, row, to) -> to.appendFloat(from.getFloat(row)));
            case DoubleType _ ->
                withNulls(
                        (from, first, n, to) -> to.appendDoubles(n, from.getDoubles(first, n), 0),
                        (from, row, to) -> to.appendDouble(from.getDouble(row)));
            case StringType _ ->
                byRow((from, row, to) -> {
                    byte[] bytes = from.getUTF8String(row).getBytes();
                    to.appendByteArray(bytes, 0, bytes.length);
                });
            case BinaryType _ ->
                byRow((from, row, to) -> {
                    byte[] bytes = from.getBinary(row);
                    to.appendByteArray(bytes, 0, bytes.length);
                });
            case NullType _ -> (from, first, n, to) -> to.appendNulls(n);
            default -> byConverter(type);
        };
    }

    /** Appends one value that is not null. */
    @FunctionalInterface
    private interface AppendRow {
        void run(ColumnVector from, int row, WritableColumnVector to);
    }

    private static Append withNulls(Append whole, AppendRow one) {
        Append rows = byRow(one);
        return (from, first, n, to) -> (from.hasNull() ? rows : whole).run(from, first, n, to);
    }

    private static Append byRow(AppendRow one) {
        return (from, first, n, to) -> {
            for (int row = first; row < first + n; row++) {
                if (from.isNullAt(row)) {
                    to.appendNull();
                } else {
                    one.run(from, row, to);
                }
            }
        };
    }

    /** Spark's own converter of rows, which knows every type that a column can have. */
    private static Append byConverter(DataType type) {
        var converter = new RowToColumnConverter(new StructType().add("value", type, true));
        return (from, first, n, to) -> {
            ColumnarBatch batch = new ColumnarBatch(new ColumnVector[] {from}, first + n);
            WritableColumnVector[] target = {to};
            for (int row = first; row < first + n; row++) {
                converter.convert(batch.getRow(row), target);
            }
        };
    }
}
