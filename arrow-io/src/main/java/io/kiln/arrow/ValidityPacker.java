package io.kiln.arrow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Packs where a column has values: one byte an element, 1 for a value and 0 for a null or for what only pads an array. */
final class ValidityPacker {
    private ValidityPacker() {}

    /** Packs rows {@code from} to {@code from + n} of a column of scalars, to element {@code at} onwards. */
    static void packScalars(ColumnVector column, int from, int n, MemorySegment to, long at) {
        if (!column.hasNull()) {
            fill(to, at, n, true);
            return;
        }
        for (int i = 0; i < n; i++) {
            to.set(ValueLayout.JAVA_BYTE, at + i, (byte) (column.isNullAt(from + i) ? 0 : 1));
        }
    }

    /** Packs rows {@code from} to {@code from + n} of a column of arrays, binaries or vectors, to row {@code row} onwards. */
    static void packRows(PackedInput input, ColumnVector column, int from, int n, int row, MemorySegment to) {
        long at = (long) row * input.elements();
        if (ColumnElements.isVector(column.dataType())) {
            for (int i = 0; i < n; i++) {
                fill(to, at + (long) i * input.elements(), input.elements(), !column.isNullAt(from + i));
            }
            return;
        }
        boolean flat = ColumnElements.depth(column.dataType()) == 1;
        packArrays(
                column, from, n, flat ? List.of(input.elements()) : input.row().shape(), to, at);
    }

    private static void packArrays(
            ColumnVector column, int from, int n, List<Integer> dims, MemorySegment to, long at) {
        if (column instanceof SlicedColumn slice) {
            packArrays(slice.whole(), slice.from() + from, n, dims, to, at);
            return;
        }
        ArrayRows arrays = ArrayRows.of(column, from, n);
        List<Integer> inner = dims.subList(1, dims.size());
        long size = inner.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        for (int i = 0; i < n; i++) {
            long start = at + i * dims.getFirst() * size;
            // A longer array is refused by the input that takes its values.
            int length = arrays.isNull(i) ? 0 : Math.min(arrays.length(i), dims.getFirst());
            if (inner.isEmpty()) {
                packScalars(arrays.elements(), length == 0 ? 0 : arrays.offset(i), length, to, start);
            } else if (length > 0) {
                packArrays(arrays.elements(), arrays.offset(i), length, inner, to, start);
            }
            fill(to, start + length * size, (dims.getFirst() - length) * size, false);
        }
    }

    private static void fill(MemorySegment to, long at, long n, boolean valid) {
        to.asSlice(at, n).fill((byte) (valid ? 1 : 0));
    }
}
