package io.kiln.arrow;

import io.kiln.core.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.spark.sql.execution.vectorized.OffHeapColumnVector;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.jspecify.annotations.Nullable;

/**
 * Copies runs of values of one column vector into native memory, converting to a dtype. Values that already lie as wanted are copied
 * as a block; every other kind of vector goes through its own bulk getter, which knows dictionaries and constants.
 */
final class ValueCopy {
    private ValueCopy() {}

    /**
     * Writes values {@code from} to {@code from + n} of {@code column} to {@code to}, starting at element {@code at}. Where the column
     * holds a null its slot is written with anything: the caller has refused it or fills it afterwards.
     *
     * @param type what the column's values are
     * @param mayHoldNulls whether some value of the run is null
     * @return the index in the run of the first value that {@code dtype} cannot hold, or -1; where there is one nothing is written
     */
    static int copy(
            ElementType type,
            ColumnVector column,
            int from,
            int n,
            boolean mayHoldNulls,
            DType dtype,
            MemorySegment to,
            long at) {
        if (type.sameBytesAs(dtype)) {
            MemorySegment values = values(column, dtype.byteSize(), from, n);
            if (values != null) {
                MemorySegment.copy(values, 0, to, at * dtype.byteSize(), values.byteSize());
                return -1;
            }
        }
        if (type == ElementType.UNSIGNED_BYTE && dtype == DType.U8) {
            // The bytes of binaries have no nulls and no dictionary among them.
            MemorySegment.copy(MemorySegment.ofArray(column.getBytes(from, n)), 0, to, at, n);
            return -1;
        }
        ColumnValues run = new ColumnValues(column, from, n, mayHoldNulls);
        return switch (type) {
            case BOOLEAN -> ints(run, run.booleans(), dtype, to, at);
            case BYTE -> ints(run, run.bytes(), dtype, to, at);
            case UNSIGNED_BYTE -> ints(run, run.unsignedBytes(), dtype, to, at);
            case SHORT -> ints(run, run.shorts(), dtype, to, at);
            case INT, DATE -> ints(run, run.ints(), dtype, to, at);
            case LONG, TIMESTAMP -> longs(run, run.longs(), dtype, to, at);
            case FLOAT -> {
                ValueStore.floats(run.floats(), dtype, to, at);
                yield -1;
            }
            case DOUBLE -> {
                ValueStore.doubles(run.doubles(), dtype, to, at);
                yield -1;
            }
            case WHOLE_DECIMAL, DECIMAL -> decimals(run, dtype, to, at);
        };
    }

    private static int ints(ColumnValues run, int[] values, DType dtype, MemorySegment to, long at) {
        // Bits of an unsigned dtype are checked too: an int below 0 is none of its values.
        boolean checked = dtype.isInteger() && dtype != DType.I32 && dtype != DType.I64;
        for (int i = 0; checked && i < values.length; i++) {
            if (!ValueStore.fits(values[i], dtype) && !run.isNull(i)) {
                return i;
            }
        }
        ValueStore.ints(values, dtype, to, at);
        return -1;
    }

    private static int longs(ColumnValues run, long[] values, DType dtype, MemorySegment to, long at) {
        boolean checked = dtype.isInteger() && dtype != DType.I64;
        for (int i = 0; checked && i < values.length; i++) {
            if (!ValueStore.fits(values[i], dtype) && !run.isNull(i)) {
                return i;
            }
        }
        ValueStore.longs(values, dtype, to, at);
        return -1;
    }

    private static int decimals(ColumnValues run, DType dtype, MemorySegment to, long at) {
        if (dtype.isInteger()) {
            boolean[] fits = new boolean[run.n()];
            Arrays.fill(fits, true);
            long[] values = DecimalValues.longs(run, fits);
            for (int i = 0; i < fits.length; i++) {
                if (!fits[i]) {
                    return i;
                }
            }
            return longs(run, values, dtype, to, at);
        }
        if (dtype == DType.F32) {
            ValueStore.floats(DecimalValues.floats(run), dtype, to, at);
        } else {
            ValueStore.doubles(DecimalValues.doubles(run), dtype, to, at);
        }
        return -1;
    }

    /** The values' own memory where the vector keeps them dense and little-endian outside the heap; null for every other vector. */
    private static @Nullable MemorySegment values(ColumnVector column, int width, int from, int n) {
        if (column instanceof OffHeapColumnVector offHeap && !offHeap.hasDictionary()) {
            return segment(offHeap.valuesNativeAddress(), width, from, n);
        }
        if (column instanceof ArrowColumnVector arrow
                && arrow.getValueVector() instanceof BaseFixedWidthVector fixed
                && !(fixed instanceof BitVector)
                && fixed.getTypeWidth() == width
                && fixed.getDataBuffer().capacity() >= (long) (from + n) * width) {
            return segment(fixed.getDataBuffer().memoryAddress(), width, from, n);
        }
        return null;
    }

    @SuppressWarnings("restricted") // the vector owns the memory, and is not touched until this copy is done
    private static MemorySegment segment(long address, int width, int from, int n) {
        return MemorySegment.ofAddress(address + (long) from * width).reinterpret((long) n * width);
    }
}
