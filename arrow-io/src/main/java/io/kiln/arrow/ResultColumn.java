package io.kiln.arrow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.SmallFloat;
import io.kiln.error.KilnException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * One output of a program for a batch of rows, as a column of Spark, over the memory that the device wrote: row-major, the batch axis
 * first. A result of rank 0 a row is a number or a boolean, of rank 1 an array of as many, of higher rank nested arrays.
 *
 * <p>The column does not own the memory: whoever made it keeps it alive until the next batch is asked for, as Spark's own readers do.
 */
public final class ResultColumn extends ColumnVector {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int U64_DIGITS = 20;

    private final DType dtype;
    private final MemorySegment values;
    private final int length;
    private final @Nullable ResultColumn elements;
    private final boolean @Nullable [] nulls;
    private final int numNulls;

    /**
     * A column over {@code values}.
     *
     * @param row the type of one row's result
     * @param values at least {@code rows} rows
     * @param nulls which rows are null; null when none is
     */
    public ResultColumn(ShapedArray row, MemorySegment values, int rows, boolean @Nullable [] nulls) {
        super(sparkType(row));
        this.dtype = row.dtype();
        if (values.byteSize() < rows * row.byteSize()) {
            throw new IllegalArgumentException("%d rows of %s need %d bytes, got %d"
                    .formatted(rows, row, rows * row.byteSize(), values.byteSize()));
        }
        this.values = values;
        this.nulls = nulls;
        this.numNulls = count(nulls, rows);
        if (row.rank() == 0) {
            this.length = 1;
            this.elements = null;
        } else {
            this.length = row.shape().getFirst();
            ShapedArray element = new ShapedArray(row.dtype(), row.shape().subList(1, row.rank()));
            this.elements = new ResultColumn(element, values, Math.multiplyExact(rows, length), null);
        }
    }

    /**
     * The Spark type of a program's result of type {@code row} a row: a number, a boolean, or (nested) arrays of them. What Spark has no
     * type for is the smallest that holds all of its values: unsigned integers, and floats of 16 bits.
     */
    public static DataType sparkType(ShapedArray row) {
        DataType type = scalarType(row.dtype());
        for (int axis = 0; axis < row.rank(); axis++) {
            type = new ArrayType(type, false);
        }
        return type;
    }

    static DataType scalarType(DType dtype) {
        return switch (dtype) {
            case BOOL -> DataTypes.BooleanType;
            case I8 -> DataTypes.ByteType;
            case I16, U8 -> DataTypes.ShortType;
            case I32, U16 -> DataTypes.IntegerType;
            case I64, U32 -> DataTypes.LongType;
            case U64 -> DataTypes.createDecimalType(U64_DIGITS, 0);
            case BF16, F16, F32 -> DataTypes.FloatType;
            case F64 -> DataTypes.DoubleType;
            case C64, C128 ->
                throw KilnException.user(
                        "giving results to Spark: required bool, integers or floats, got " + dtype
                                + ", and Spark has no complex numbers",
                        "return the parts: z.real() and z.imag()");
        };
    }

    /** Elements of one row along its first axis; 1 for a scalar. */
    int length() {
        return length;
    }

    private static int count(boolean @Nullable [] nulls, int rows) {
        int n = 0;
        for (int i = 0; nulls != null && i < rows; i++) {
            n += nulls[i] ? 1 : 0;
        }
        return n;
    }

    @Override
    public void close() {}

    @Override
    public boolean hasNull() {
        return numNulls > 0;
    }

    @Override
    public int numNulls() {
        return numNulls;
    }

    @Override
    public boolean isNullAt(int row) {
        return nulls != null && nulls[row];
    }

    @Override
    public boolean getBoolean(int row) {
        return values.get(JAVA_BYTE, row) != 0;
    }

    @Override
    public byte getByte(int row) {
        return values.get(JAVA_BYTE, row);
    }

    @Override
    public short getShort(int row) {
        return dtype == DType.I16 ? values.getAtIndex(I16, row) : (short) (values.get(JAVA_BYTE, row) & 0xFF);
    }

    @Override
    public int getInt(int row) {
        return dtype == DType.I32 ? values.getAtIndex(I32, row) : values.getAtIndex(I16, row) & 0xFFFF;
    }

    @Override
    public long getLong(int row) {
        return dtype == DType.I64 ? values.getAtIndex(I64, row) : values.getAtIndex(I32, row) & 0xFFFF_FFFFL;
    }

    @Override
    public float getFloat(int row) {
        if (dtype == DType.F32) {
            return values.getAtIndex(F32, row);
        }
        short bits = values.getAtIndex(I16, row);
        return dtype == DType.F16 ? Float.float16ToFloat(bits) : SmallFloat.fromBf16(bits);
    }

    @Override
    public double getDouble(int row) {
        return values.getAtIndex(F64, row);
    }

    @Override
    public Decimal getDecimal(int row, int precision, int scale) {
        return Decimal.apply(new BigDecimal(Long.toUnsignedString(values.getAtIndex(I64, row))), precision, scale);
    }

    @Override
    public int[] getInts(int row, int count) {
        return dtype == DType.I32 ? values.asSlice(4L * row, 4L * count).toArray(I32) : super.getInts(row, count);
    }

    @Override
    public long[] getLongs(int row, int count) {
        return dtype == DType.I64 ? values.asSlice(8L * row, 8L * count).toArray(I64) : super.getLongs(row, count);
    }

    @Override
    public float[] getFloats(int row, int count) {
        return dtype == DType.F32 ? values.asSlice(4L * row, 4L * count).toArray(F32) : super.getFloats(row, count);
    }

    @Override
    public double[] getDoubles(int row, int count) {
        return values.asSlice(8L * row, 8L * count).toArray(F64);
    }

    @Override
    public ColumnarArray getArray(int row) {
        return new ColumnarArray(getChild(0), row * length, length);
    }

    @Override
    public ResultColumn getChild(int ordinal) {
        if (elements == null || ordinal != 0) {
            throw unsupported("child " + ordinal);
        }
        return elements;
    }

    @Override
    public ColumnarMap getMap(int row) {
        throw unsupported("map");
    }

    @Override
    public UTF8String getUTF8String(int row) {
        throw unsupported("string");
    }

    @Override
    public byte[] getBinary(int row) {
        throw unsupported("binary");
    }

    private UnsupportedOperationException unsupported(String what) {
        return new UnsupportedOperationException(
                "a result of type " + dataType().simpleString() + " was read as " + what);
    }
}
