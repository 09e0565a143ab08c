package io.kiln.arrow;

import java.lang.foreign.MemorySegment;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Packs runs of values into one batch: converts them, puts what the null policy says in place of nulls, and marks or refuses rows. */
final class RunPacker {
    private final int batchRows;
    private final RowFaults faults;

    RunPacker(int batchRows, RowFaults faults) {
        this.batchRows = batchRows;
        this.faults = faults;
    }

    /**
     * Packs values {@code from} to {@code from + n} of {@code column}, to element {@code at} of the input's batch onwards.
     *
     * @param name the table's column, for messages
     * @param type what the values are
     */
    void pack(
            PackedInput input,
            String name,
            ElementType type,
            ColumnVector column,
            int from,
            int n,
            MemorySegment to,
            long at) {
        boolean nulls = anyNull(column, from, n);
        if (nulls && input.nulls().kind() == NullPolicy.Kind.ERROR && !faults.areKept()) {
            throw isScalar(input)
                    ? PackErrors.nulls(name, column, from, n, faults.rowOfPartition(row(input, at)))
                    : PackErrors.nullElement(name, column, from, n, input.elements(), at, faults.rowOfPartition(0));
        }
        int bad = ValueCopy.copy(type, column, from, n, nulls, input.row().dtype(), to, at);
        if (bad >= 0) {
            if (!faults.areKept()) {
                throw PackErrors.doesNotFit(
                        name, column, input.row().dtype(), faults.rowOfPartition(row(input, at + bad)));
            }
            packEach(input, name, type, column, from, n, to, at);
        }
        for (int i = 0; nulls && i < n; i++) {
            if (column.isNullAt(from + i)) {
                packNull(input, name, isScalar(input) ? " is null" : " has a null element", to, at + i, 1);
            }
        }
    }

    private static boolean isScalar(PackedInput input) {
        return input.layout() == PackedInput.Layout.COLUMN_MAJOR;
    }

    /** Writes what stands for a null to {@code n} elements of one row; {@code what} of the column follows its name in the reason. */
    void packNull(PackedInput input, String name, String what, MemorySegment to, long at, long n) {
        fill(input, to, at, n, input.nulls().value());
        switch (input.nulls().kind()) {
            case ERROR -> faults.markBad(row(input, at), "column " + name + what);
            case PROPAGATE -> faults.markNull(row(input, at));
            case NAN, FILL -> {}
        }
    }

    /** Marks the row of element {@code at} as bad, and writes zeros to {@code n} elements. */
    void packBad(PackedInput input, MemorySegment to, long at, long n, String reason) {
        fill(input, to, at, n, 0);
        faults.markBad(row(input, at), reason);
    }

    static void fill(PackedInput input, MemorySegment to, long at, long n, double value) {
        for (long i = 0; i < n; i++) {
            ValueStore.set(to, at + i, input.row().dtype(), value);
        }
    }

    private void packEach(
            PackedInput input,
            String name,
            ElementType type,
            ColumnVector column,
            int from,
            int n,
            MemorySegment to,
            long at) {
        for (int i = 0; i < n; i++) {
            boolean fits = column.isNullAt(from + i)
                    || ValueCopy.copy(
                                    type,
                                    column,
                                    from + i,
                                    1,
                                    false,
                                    input.row().dtype(),
                                    to,
                                    at + i)
                            < 0;
            if (!fits) {
                packBad(
                        input,
                        to,
                        at + i,
                        1,
                        "column " + name + " has a value that " + input.row().dtype() + " does not hold");
            }
        }
    }

    /** The row of the batch in which element {@code at} of an input lies. */
    int row(PackedInput input, long at) {
        return (int)
                switch (input.layout()) {
                    case COLUMN_MAJOR -> at % batchRows;
                    case ROW_MAJOR -> at / Math.max(1, input.elements());
                };
    }

    RowFaults faults() {
        return faults;
    }

    private static boolean anyNull(ColumnVector column, int from, int n) {
        if (!column.hasNull()) {
            return false;
        }
        for (int i = from; i < from + n; i++) {
            if (column.isNullAt(i)) {
                return true;
            }
        }
        return false;
    }
}
