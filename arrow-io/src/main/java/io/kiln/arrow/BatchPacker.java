package io.kiln.arrow;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.error.KilnException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/**
 * One batch of fixed rows in aligned native memory, filled from columns in one pass and across incoming batches. Confined to the task's
 * thread; the memory is the arena's.
 */
public final class BatchPacker {
    private final BatchPlan plan;
    private final List<MemorySegment> inputs = new ArrayList<>();
    private final boolean[] nullRows;
    private boolean anyNullRow;
    private int rows;
    private long firstRow;

    /**
     * An empty batch.
     *
     * @param arena owns the batch's memory
     * @param firstRow how many rows of the partition came before it, for messages
     */
    public BatchPacker(BatchPlan plan, Arena arena, long firstRow) {
        this.plan = plan;
        this.firstRow = firstRow;
        this.nullRows = new boolean[plan.nulls().kind() == NullPolicy.Kind.PROPAGATE ? plan.batchRows() : 0];
        for (PackedInput input : plan.inputs()) {
            long bytes = input.batch(plan.batchRows()).byteSize();
            inputs.add(arena.allocate(Math.max(1, bytes), HostArray.ALIGNMENT).asSlice(0, bytes));
        }
    }

    /** What is packed, and how many rows fit. */
    public BatchPlan plan() {
        return plan;
    }

    /** Rows packed so far. */
    public int rows() {
        return rows;
    }

    /** Whether no row is packed. */
    public boolean isEmpty() {
        return rows == 0;
    }

    /** Whether no more rows fit. */
    public boolean isFull() {
        return rows == plan.batchRows();
    }

    /** The memory of one input for the whole batch: its type is the plan's {@code batchInputs()}. */
    public MemorySegment input(int i) {
        return inputs.get(i);
    }

    /** The rows with a null, where the policy is to give them null results; null when there is none. A copy. */
    public boolean @Nullable [] nullRows() {
        return anyNullRow ? nullRows.clone() : null;
    }

    /** Starts the next batch in the same memory. */
    public void clear() {
        firstRow += rows;
        rows = 0;
        anyNullRow = false;
        Arrays.fill(nullRows, false);
    }

    /**
     * Packs the rows of {@code batch} from {@code from} onwards, as many as fit.
     *
     * @return the number of rows packed
     * @throws KilnException of category USER naming the column and the row, for a null that the policy refuses, an array of another
     *     length, or a value that the input's type cannot hold
     */
    public int pack(ColumnarBatch batch, int from) {
        int n = Math.min(batch.numRows() - from, plan.batchRows() - rows);
        for (int i = 0; i < inputs.size(); i++) {
            PackedInput input = plan.inputs().get(i);
            switch (input.layout()) {
                case COLUMN_MAJOR -> {
                    for (int k = 0; k < input.ordinals().size(); k++) {
                        ColumnVector column = batch.column(input.ordinals().get(k));
                        long at = (long) k * plan.batchRows() + rows;
                        packScalars(
                                input.columns().get(k),
                                column,
                                from,
                                n,
                                input.row().dtype(),
                                inputs.get(i),
                                at);
                    }
                }
                case ROW_MAJOR ->
                    packArrays(input, batch.column(input.ordinals().getFirst()), from, n, inputs.get(i));
            }
        }
        rows += n;
        return n;
    }

    /**
     * A batch of {@code size} rows that begins with rows {@code from} to {@code from + n} of this one and is otherwise empty.
     *
     * @param arena owns the new batch's memory
     */
    public BatchPacker part(int from, int n, int size, Arena arena) {
        Objects.checkFromIndexSize(from, n, rows);
        BatchPacker part = new BatchPacker(plan.withBatchRows(size), arena, firstRow + from);
        for (int i = 0; i < inputs.size(); i++) {
            PackedInput input = plan.inputs().get(i);
            long width = input.row().dtype().byteSize();
            switch (input.layout()) {
                case COLUMN_MAJOR -> {
                    for (int k = 0; k < input.elements(); k++) {
                        long at = ((long) k * plan.batchRows() + from) * width;
                        MemorySegment.copy(inputs.get(i), at, part.inputs.get(i), (long) k * size * width, n * width);
                    }
                }
                case ROW_MAJOR -> {
                    long row = width * input.elements();
                    MemorySegment.copy(inputs.get(i), from * row, part.inputs.get(i), 0, n * row);
                }
            }
        }
        for (int i = 0; anyNullRow && i < n; i++) {
            if (nullRows[from + i]) {
                part.markNull(i);
            }
        }
        part.rows = n;
        return part;
    }

    /**
     * Fills the rows that are left by repeating the last row: real values, so that no padding row can make a NaN of its own.
     *
     * @return the number of rows filled
     */
    public int pad() {
        if (rows == 0) {
            throw new IllegalStateException("a batch without a row cannot be padded");
        }
        int padding = plan.batchRows() - rows;
        for (int i = 0; i < inputs.size(); i++) {
            PackedInput input = plan.inputs().get(i);
            int width = input.row().dtype().byteSize();
            switch (input.layout()) {
                case COLUMN_MAJOR -> {
                    for (int k = 0; k < input.ordinals().size(); k++) {
                        long last = ((long) k * plan.batchRows() + rows - 1) * width;
                        repeat(inputs.get(i), last, width, padding);
                    }
                }
                case ROW_MAJOR -> {
                    long row = (long) width * input.elements();
                    repeat(inputs.get(i), (rows - 1) * row, row, padding);
                }
            }
        }
        return padding;
    }

    private static void repeat(MemorySegment memory, long at, long bytes, int times) {
        for (int i = 1; i <= times; i++) {
            MemorySegment.copy(memory, at, memory, at + i * bytes, bytes);
        }
    }

    private void packScalars(
            String name, ColumnVector column, int from, int n, DType dtype, MemorySegment to, long at) {
        if (column instanceof SlicedColumn slice) {
            packScalars(name, slice.whole(), slice.from() + from, n, dtype, to, at);
            return;
        }
        boolean nulls = anyNull(column, from, n);
        if (nulls && plan.nulls().kind() == NullPolicy.Kind.ERROR) {
            throw PackErrors.nulls(name, column, from, n, firstRow + rows);
        }
        int bad = ValueCopy.copy(type(column), column, from, n, nulls, dtype, to, at);
        if (bad >= 0) {
            throw PackErrors.doesNotFit(name, column, dtype, firstRow + rows + bad);
        }
        for (int i = 0; nulls && i < n; i++) {
            if (column.isNullAt(from + i)) {
                ValueStore.set(to, at + i, dtype, plan.nulls().value());
                markNull(rows + i);
            }
        }
    }

    private void packArrays(PackedInput input, ColumnVector column, int from, int n, MemorySegment to) {
        if (column instanceof SlicedColumn slice) {
            packArrays(input, slice.whole(), slice.from() + from, n, to);
            return;
        }
        ArrayRows arrays = ArrayRows.of(column, from, n);
        String name = input.columns().getFirst();
        int k = input.elements();
        int i = 0;
        while (i < n) {
            if (arrays.isNull(i)) {
                packNullArray(input, column, from, n, i, to);
                i++;
                continue;
            }
            // Rows whose elements lie behind one another are one copy: in Spark's own readers that is nearly always all
            // of them.
            int end = i;
            while (end < n && arrays.length(end) == k && arrays.offset(end) == arrays.offset(i) + (end - i) * k) {
                end++;
            }
            if (end == i) {
                throw PackErrors.length(name, input.row(), arrays.length(i), firstRow + rows + i);
            }
            packElements(input, arrays.elements(), arrays.offset(i), end - i, rows + i, to);
            i = end;
        }
    }

    private void packNullArray(PackedInput input, ColumnVector column, int from, int n, int i, MemorySegment to) {
        if (plan.nulls().kind() == NullPolicy.Kind.ERROR) {
            throw PackErrors.nulls(input.columns().getFirst(), column, from, n, firstRow + rows);
        }
        int k = input.elements();
        for (int j = 0; j < k; j++) {
            ValueStore.set(
                    to,
                    (long) (rows + i) * k + j,
                    input.row().dtype(),
                    plan.nulls().value());
        }
        markNull(rows + i);
    }

    /** Packs {@code n} rows of elements that start at {@code offset}, to row {@code row} onwards of the batch. */
    private void packElements(PackedInput input, ColumnVector elements, int offset, int n, int row, MemorySegment to) {
        String name = input.columns().getFirst();
        DType dtype = input.row().dtype();
        int k = input.elements();
        int count = Math.multiplyExact(n, k);
        long at = (long) row * k;
        boolean nulls = anyNull(elements, offset, count);
        if (nulls && plan.nulls().kind() == NullPolicy.Kind.ERROR) {
            throw PackErrors.nullElement(name, elements, offset, count, k, firstRow + row);
        }
        int bad = ValueCopy.copy(type(elements), elements, offset, count, nulls, dtype, to, at);
        if (bad >= 0) {
            throw PackErrors.doesNotFit(name, elements, dtype, firstRow + row + bad / k);
        }
        for (int i = 0; nulls && i < count; i++) {
            if (elements.isNullAt(offset + i)) {
                ValueStore.set(to, at + i, dtype, plan.nulls().value());
                markNull(row + i / k);
            }
        }
    }

    private static ElementType type(ColumnVector column) {
        ElementType type = ElementType.of(column.dataType());
        if (type == null) {
            throw new IllegalStateException(
                    "a column of type " + column.dataType().simpleString() + " was planned to be packed");
        }
        return type;
    }

    private void markNull(int row) {
        if (plan.nulls().kind() == NullPolicy.Kind.PROPAGATE) {
            nullRows[row] = true;
            anyNullRow = true;
        }
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
