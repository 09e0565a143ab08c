package io.kiln.arrow;

import io.kiln.core.HostArray;
import io.kiln.error.KilnException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
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
    private final RowFaults faults;
    private final RunPacker runs;
    private final ArrayPacker arrays;
    private final VectorPacker vectors;
    private int rows;

    /**
     * An empty batch.
     *
     * @param arena owns the batch's memory
     * @param firstRow how many rows of the partition came before it, for messages
     */
    public BatchPacker(BatchPlan plan, Arena arena, long firstRow) {
        this(plan, arena, new RowFaults(plan.keepsBadRows(), plan.batchRows(), firstRow));
    }

    private BatchPacker(BatchPlan plan, Arena arena, RowFaults faults) {
        this.plan = plan;
        this.faults = faults;
        this.runs = new RunPacker(plan.batchRows(), faults);
        this.arrays = new ArrayPacker(runs);
        this.vectors = new VectorPacker(runs);
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

    /** The rows whose results are to be null: those where a null propagates, and bad ones; null when there is none. A copy. */
    public boolean @Nullable [] nullRows() {
        return faults.nulls();
    }

    /** Why rows cannot be read, where the plan keeps them: null for a good row; null when all are good. A copy. */
    public @Nullable String @Nullable [] badRows() {
        return faults.reasons();
    }

    /** Starts the next batch in the same memory. */
    public void clear() {
        faults.next(rows);
        rows = 0;
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
                        packScalars(input, k, column, from, n, inputs.get(i));
                    }
                }
                case ROW_MAJOR -> packRows(input, batch.column(input.ordinals().getFirst()), from, n, inputs.get(i));
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
        BatchPacker part = new BatchPacker(plan.withBatchRows(size), arena, faults.part(from, n, size));
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

    private void packScalars(PackedInput input, int k, ColumnVector column, int from, int n, MemorySegment to) {
        if (column instanceof SlicedColumn slice) {
            packScalars(input, k, slice.whole(), slice.from() + from, n, to);
            return;
        }
        long at = (long) k * plan.batchRows() + rows;
        switch (input.read()) {
            case VALIDITY -> ValidityPacker.packScalars(column, from, n, to, at);
            case VALUES, PADDED -> {
                ElementType type = Objects.requireNonNull(ElementType.of(column.dataType()), "planned");
                runs.pack(input, input.columns().get(k), type, column, from, n, to, at);
            }
        }
    }

    private void packRows(PackedInput input, ColumnVector column, int from, int n, MemorySegment to) {
        switch (input.read()) {
            case VALIDITY -> ValidityPacker.packRows(input, column, from, n, rows, to);
            case VALUES, PADDED -> {
                if (ColumnElements.isVector(column.dataType())) {
                    vectors.pack(input, column, from, n, rows, to);
                } else {
                    arrays.pack(input, column, from, n, rows, to);
                }
            }
        }
    }
}
