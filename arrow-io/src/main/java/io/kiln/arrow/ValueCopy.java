package io.kiln.arrow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.kiln.core.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.spark.sql.execution.vectorized.OffHeapColumnVector;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.jspecify.annotations.Nullable;

/**
 * Copies runs of values of one column vector into native memory, converting to a dtype. Values that already lie as wanted are copied
 * as a block; every other kind of vector goes through its own bulk getter, which knows dictionaries and constants.
 */
final class ValueCopy {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private ValueCopy() {}

    /**
     * Writes values {@code from} to {@code from + n} of {@code column} to {@code to}, starting at element {@code at}. Where the column
     * may hold nulls these slots are read as 0: the caller has refused them or fills them afterwards.
     *
     * @param mayHoldNulls whether some value of the run is null; getters of such slots are not called
     * @return the index in the run of the first value that {@code dtype} cannot hold, or -1
     */
    static int copy(
            ColumnVector column, int from, int n, boolean mayHoldNulls, DType dtype, MemorySegment to, long at) {
        ElementType type = ElementType.of(column.dataType());
        if (type == null || !type.convertsTo(dtype)) {
            throw new IllegalStateException(
                    "a column of type " + column.dataType().simpleString() + " was planned as " + dtype);
        }
        if (!mayHoldNulls && type.sameBytesAs(dtype)) {
            MemorySegment values = values(column, dtype.byteSize(), from, n);
            if (values != null) {
                MemorySegment.copy(values, 0, to, at * dtype.byteSize(), values.byteSize());
                return -1;
            }
        }
        switch (type) {
            case BOOLEAN ->
                fromBooleans(mayHoldNulls ? booleans(column, from, n) : column.getBooleans(from, n), dtype, to, at);
            case BYTE -> fromInts(bytes(column, from, n, mayHoldNulls), dtype, to, at);
            case SHORT -> fromInts(shorts(column, from, n, mayHoldNulls), dtype, to, at);
            case INT -> fromInts(mayHoldNulls ? ints(column, from, n) : column.getInts(from, n), dtype, to, at);
            case LONG -> {
                return fromLongs(mayHoldNulls ? longs(column, from, n) : column.getLongs(from, n), dtype, to, at);
            }
            case FLOAT -> fromFloats(mayHoldNulls ? floats(column, from, n) : column.getFloats(from, n), dtype, to, at);
            case DOUBLE ->
                fromDoubles(mayHoldNulls ? doubles(column, from, n) : column.getDoubles(from, n), dtype, to, at);
            case DECIMAL -> fromDoubles(decimals(column, from, n, mayHoldNulls), dtype, to, at);
        }
        return -1;
    }

    /** Writes {@code value}, converted, to one element. */
    static void set(MemorySegment to, long at, DType dtype, double value) {
        switch (dtype) {
            case BOOL -> to.set(JAVA_BYTE, at, (byte) (value != 0 && !Double.isNaN(value) ? 1 : 0));
            case I32 -> to.setAtIndex(I32, at, (int) value);
            case I64 -> to.setAtIndex(I64, at, (long) value);
            case F32 -> to.setAtIndex(F32, at, (float) value);
            case F64 -> to.setAtIndex(F64, at, value);
            case I8, I16, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noColumn(dtype);
        }
    }

    /** The values' own memory where the vector keeps them dense and little-endian outside the heap; null for every other vector. */
    private static @Nullable MemorySegment values(ColumnVector column, int width, int from, int n) {
        if (column instanceof OffHeapColumnVector offHeap && !offHeap.hasDictionary()) {
            return segment(offHeap.valuesNativeAddress(), width, from, n);
        }
        if (column instanceof ArrowColumnVector arrow
                && arrow.getValueVector() instanceof BaseFixedWidthVector fixed
                && !(fixed instanceof BitVector)) {
            return segment(fixed.getDataBuffer().memoryAddress(), width, from, n);
        }
        return null;
    }

    @SuppressWarnings("restricted") // the vector owns the memory, and is not touched until this copy is done
    private static MemorySegment segment(long address, int width, int from, int n) {
        return MemorySegment.ofAddress(address + (long) from * width).reinterpret((long) n * width);
    }

    private static void fromBooleans(boolean[] values, DType dtype, MemorySegment to, long at) {
        if (dtype == DType.BOOL) {
            for (int i = 0; i < values.length; i++) {
                to.set(JAVA_BYTE, at + i, (byte) (values[i] ? 1 : 0));
            }
            return;
        }
        int[] ints = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            ints[i] = values[i] ? 1 : 0;
        }
        fromInts(ints, dtype, to, at);
    }

    /** The plan refuses these conversions. */
    private static IllegalStateException noColumn(DType dtype) {
        return new IllegalStateException("such a column is not converted to " + dtype);
    }

    private static void fromInts(int[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case BOOL, I8, I16, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noColumn(dtype);
            case I32 -> MemorySegment.copy(values, 0, to, I32, at * 4, values.length);
            case I64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(I64, at + i, values[i]);
                }
            }
            case F32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F32, at + i, (float) values[i]);
                }
            }
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F64, at + i, values[i]);
                }
            }
        }
    }

    private static int fromLongs(long[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case BOOL, I8, I16, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noColumn(dtype);
            case I32 -> {
                for (int i = 0; i < values.length; i++) {
                    if (values[i] != (int) values[i]) {
                        return i;
                    }
                    to.setAtIndex(I32, at + i, (int) values[i]);
                }
            }
            case I64 -> MemorySegment.copy(values, 0, to, I64, at * 8, values.length);
            case F32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F32, at + i, (float) values[i]);
                }
            }
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F64, at + i, (double) values[i]);
                }
            }
        }
        return -1;
    }

    private static void fromFloats(float[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noColumn(dtype);
            case F32 -> MemorySegment.copy(values, 0, to, F32, at * 4, values.length);
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F64, at + i, values[i]);
                }
            }
        }
    }

    private static void fromDoubles(double[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noColumn(dtype);
            case F32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F32, at + i, (float) values[i]);
                }
            }
            case F64 -> MemorySegment.copy(values, 0, to, F64, at * 8, values.length);
        }
    }

    private static boolean[] booleans(ColumnVector column, int from, int n) {
        boolean[] values = new boolean[n];
        for (int i = 0; i < n; i++) {
            values[i] = !column.isNullAt(from + i) && column.getBoolean(from + i);
        }
        return values;
    }

    private static int[] bytes(ColumnVector column, int from, int n, boolean mayHoldNulls) {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = mayHoldNulls && column.isNullAt(from + i) ? 0 : column.getByte(from + i);
        }
        return values;
    }

    private static int[] shorts(ColumnVector column, int from, int n, boolean mayHoldNulls) {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = mayHoldNulls && column.isNullAt(from + i) ? 0 : column.getShort(from + i);
        }
        return values;
    }

    private static int[] ints(ColumnVector column, int from, int n) {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = column.isNullAt(from + i) ? 0 : column.getInt(from + i);
        }
        return values;
    }

    private static long[] longs(ColumnVector column, int from, int n) {
        long[] values = new long[n];
        for (int i = 0; i < n; i++) {
            values[i] = column.isNullAt(from + i) ? 0 : column.getLong(from + i);
        }
        return values;
    }

    private static float[] floats(ColumnVector column, int from, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = column.isNullAt(from + i) ? 0 : column.getFloat(from + i);
        }
        return values;
    }

    private static double[] doubles(ColumnVector column, int from, int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = column.isNullAt(from + i) ? 0 : column.getDouble(from + i);
        }
        return values;
    }

    private static double[] decimals(ColumnVector column, int from, int n, boolean mayHoldNulls) {
        DecimalType type = (DecimalType) column.dataType();
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = mayHoldNulls && column.isNullAt(from + i)
                    ? 0
                    : column.getDecimal(from + i, type.precision(), type.scale())
                            .toDouble();
        }
        return values;
    }
}
