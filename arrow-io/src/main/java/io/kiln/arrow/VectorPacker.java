package io.kiln.arrow;

import java.lang.foreign.MemorySegment;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Packs a column of Spark ML's vectors, dense or sparse, row after row. */
final class VectorPacker {
    private final RunPacker runs;

    VectorPacker(RunPacker runs) {
        this.runs = runs;
    }

    /** Packs rows {@code from} to {@code from + n} of {@code column}, to row {@code row} of the batch onwards. */
    void pack(PackedInput input, ColumnVector column, int from, int n, int row, MemorySegment to) {
        if (column instanceof SlicedColumn slice) {
            pack(input, slice.whole(), slice.from() + from, n, row, to);
            return;
        }
        if (packedAsNulls(input, column, from, n, row, to)) {
            return;
        }
        String name = input.columns().getFirst();
        int k = input.elements();
        ColumnVector type = column.getChild(ColumnElements.VECTOR_TYPE);
        ColumnVector size = column.getChild(ColumnElements.VECTOR_SIZE);
        ArrayRows indices = ArrayRows.of(column.getChild(ColumnElements.VECTOR_INDICES), from, n);
        ArrayRows values = ArrayRows.of(column.getChild(ColumnElements.VECTOR_VALUES), from, n);
        for (int i = 0; i < n; ) {
            long at = (long) (row + i) * k;
            if (column.isNullAt(from + i)) {
                packNull(input, column, from, n, i, to, at);
                i++;
                continue;
            }
            // Dense vectors whose values lie behind one another are one copy.
            int end = i;
            while (end < n
                    && !column.isNullAt(from + end)
                    && type.getByte(from + end) == ColumnElements.DENSE
                    && values.length(end) == k
                    && values.offset(end) == values.offset(i) + (end - i) * k) {
                end++;
            }
            if (end > i) {
                if (k > 0) {
                    int count = Math.multiplyExact(end - i, k);
                    runs.pack(input, name, ElementType.DOUBLE, values.elements(), values.offset(i), count, to, at);
                }
                i = end;
                continue;
            }
            boolean dense = type.getByte(from + i) == ColumnElements.DENSE;
            int length = dense ? values.length(i) : size.getInt(from + i);
            if (length != k) {
                refuse(input, to, at, PackErrors.lengthProblem(name, input, 0, k, length));
            } else if (!packSparse(input, indices, values, i, to, at)) {
                refuse(
                        input,
                        to,
                        at,
                        "column " + name + " has a sparse vector whose indices are not those of its " + k
                                + " elements");
            }
            i++;
        }
    }

    /** Packs rows that are all null: the children of a constant that is null hold nothing. */
    private boolean packedAsNulls(PackedInput input, ColumnVector column, int from, int n, int row, MemorySegment to) {
        for (int i = 0; i < n; i++) {
            if (!column.isNullAt(from + i)) {
                return false;
            }
        }
        for (int i = 0; i < n; i++) {
            packNull(input, column, from, n, i, to, (long) (row + i) * input.elements());
        }
        return true;
    }

    /** Whether every index was one of an element. */
    private static boolean packSparse(
            PackedInput input, ArrayRows indices, ArrayRows values, int i, MemorySegment to, long at) {
        int k = input.elements();
        RunPacker.fill(input, to, at, k, 0);
        if (indices.length(i) != values.length(i)) {
            return false;
        }
        for (int j = 0; j < values.length(i); j++) {
            int index = indices.elements().getInt(indices.offset(i) + j);
            if (index < 0 || index >= k) {
                return false;
            }
            double value = values.elements().getDouble(values.offset(i) + j);
            ValueStore.set(to, at + index, input.row().dtype(), value);
        }
        return true;
    }

    private void refuse(PackedInput input, MemorySegment to, long at, String problem) {
        if (!runs.faults().areKept()) {
            long row = runs.faults().rowOfPartition(runs.row(input, at));
            throw PackErrors.vector(problem, row);
        }
        runs.packBad(input, to, at, input.elements(), problem);
    }

    private void packNull(PackedInput input, ColumnVector column, int from, int n, int i, MemorySegment to, long at) {
        String name = input.columns().getFirst();
        if (input.nulls().kind() == NullPolicy.Kind.ERROR && !runs.faults().areKept()) {
            throw PackErrors.nulls(name, column, from, n, runs.faults().rowOfPartition(runs.row(input, at) - i));
        }
        runs.packNull(input, name, " is null", to, at, input.elements());
    }
}
