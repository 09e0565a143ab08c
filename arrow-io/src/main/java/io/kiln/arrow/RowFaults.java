package io.kiln.arrow;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a packed batch whose results are to be null: those with a null that propagates, and bad ones, which cannot be read. A bad row
 * is an error that ends the task, unless the plan keeps it with its reason.
 */
final class RowFaults {
    private final boolean kept;
    private final boolean[] nulls;
    private final @Nullable String[] reasons;
    private boolean anyNull;
    private boolean anyReason;
    private long firstRow;

    /** No faults in a batch of {@code rows} rows, before which the partition had {@code firstRow}. */
    RowFaults(boolean kept, int rows, long firstRow) {
        this.kept = kept;
        this.nulls = new boolean[rows];
        this.reasons = new String[kept ? rows : 0];
        this.firstRow = firstRow;
    }

    /** Whether bad rows are marked; else whoever finds one throws. */
    boolean areKept() {
        return kept;
    }

    /** The row of the partition that row {@code row} of the batch is. */
    long rowOfPartition(int row) {
        return firstRow + row;
    }

    /** The results of {@code row} are to be null. */
    void markNull(int row) {
        nulls[row] = true;
        anyNull = true;
    }

    /** {@code row} cannot be read; the first reason stays. */
    void markBad(int row, String reason) {
        markNull(row);
        if (reasons[row] == null) {
            reasons[row] = reason;
            anyReason = true;
        }
    }

    /** The rows whose results are null; null when there is none. A copy. */
    boolean @Nullable [] nulls() {
        return anyNull ? nulls.clone() : null;
    }

    /** Why rows are bad, null for a good one; null when all are good. A copy. */
    @Nullable
    String @Nullable [] reasons() {
        return anyReason ? reasons.clone() : null;
    }

    /** Starts the batch after one of {@code rows} rows. */
    void next(int rows) {
        firstRow += rows;
        if (anyNull) {
            Arrays.fill(nulls, false);
            Arrays.fill(reasons, null);
            anyNull = false;
            anyReason = false;
        }
    }

    /** The faults of rows {@code from} to {@code from + n}, in a batch of {@code size}. */
    RowFaults part(int from, int n, int size) {
        RowFaults part = new RowFaults(kept, size, firstRow + from);
        for (int i = 0; anyNull && i < n; i++) {
            String reason = kept ? reasons[from + i] : null;
            if (reason != null) {
                part.markBad(i, reason);
            } else if (nulls[from + i]) {
                part.markNull(i);
            }
        }
        return part;
    }
}
