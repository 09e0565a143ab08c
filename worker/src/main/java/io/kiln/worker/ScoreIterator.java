package io.kiln.worker;

import io.kiln.arrow.BatchPacker;
import io.kiln.arrow.KeptColumns;
import io.kiln.arrow.PackedInput;
import io.kiln.arrow.ReasonColumn;
import io.kiln.arrow.ResultColumn;
import io.kiln.pjrt.PjrtBuffer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/**
 * The batch loop of one task. Incoming batches are packed until a batch of the program is full; a packed batch makes one output batch. What
 * is left at the end runs in the smaller batches that the job's ladder has for it.
 *
 * <p>Spark reuses the vectors of a batch for the next one. When a packed batch lies in one incoming batch, its kept columns are views
 * of that; otherwise they are copied as they are packed.
 */
final class ScoreIterator implements Iterator<ColumnarBatch>, AutoCloseable {
    private final ScoreTask task;
    private final TaskContext context;
    private final Iterator<ColumnarBatch> incoming;
    private final BatchListener listener;
    private final List<Integer> keep;
    private final KeptColumns kept;

    private @Nullable Device device;
    private @Nullable ColumnarBatch in;
    private int from;
    private @Nullable ColumnarBatch ready;
    private List<PjrtBuffer> results = List.of();
    private long packNanos;
    private long partitionRows;
    /** Rows of the packed batch that have run already: at a partition's end it is cut into smaller ones. */
    private int ran;

    private boolean closed;

    /** What a task holds of the device: made for the first row, so that an empty partition costs nothing. */
    private static final class Device implements AutoCloseable {
        private final WorkerRuntime.Use use;
        private final Arena arena = Arena.ofConfined();
        private final BatchPacker packer;
        private final ScoreTask task;
        private final Map<Integer, DeviceProgram> programs = new HashMap<>();
        private final SharedResources<WorkerRuntime.WeightKey, Weights>.Lease weights;

        Device(ScoreTask task, TaskContext context) throws InterruptedException {
            this.task = task;
            this.use = WorkerRuntime.use(task.conf(), context);
            try {
                this.packer = new BatchPacker(task.plan(), arena, 0);
                this.weights = use.runtime().weights(task.weights(), use.device());
            } catch (RuntimeException | Error | InterruptedException e) {
                arena.close();
                use.close();
                throw e;
            }
        }

        /** The program of batches of {@code size} rows, loaded when the first of them is there. */
        DeviceProgram program(int size) {
            return programs.computeIfAbsent(
                    size, rows -> use.runtime().program(task.program(rows), task.name(), use.device()));
        }

        @Override
        public void close() {
            weights.close();
            arena.close();
            use.close();
        }
    }

    ScoreIterator(ScoreTask task, TaskContext context, Iterator<ColumnarBatch> incoming, BatchListener listener) {
        this.task = task;
        this.context = context;
        this.incoming = incoming;
        this.listener = listener;
        this.keep = task.keep();
        this.kept = new KeptColumns(keep, task.plan().batchRows());
    }

    @Override
    public boolean hasNext() {
        if (ready == null && !closed) {
            try {
                ready = advance();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TaskKilledException();
            }
        }
        return ready != null;
    }

    @Override
    public ColumnarBatch next() {
        ColumnarBatch batch = hasNext() ? ready : null;
        if (batch == null) {
            throw new NoSuchElementException("the partition has no more batches");
        }
        ready = null;
        return batch;
    }

    private @Nullable ColumnarBatch advance() throws InterruptedException {
        releaseResults();
        while (true) {
            if (context.isInterrupted()) {
                throw new TaskKilledException();
            }
            if (in == null || from == in.numRows()) {
                if (in != null) {
                    in.closeIfFreeable();
                    in = null;
                }
                if (!incoming.hasNext()) {
                    return lastBatch();
                }
                in = incoming.next();
                from = 0;
                continue;
            }
            Device held = device();
            boolean fresh = held.packer.isEmpty();
            long start = System.nanoTime();
            int packed = held.packer.pack(in, from);
            packNanos += System.nanoTime() - start;
            partitionRows += packed;
            int first = from;
            from += packed;
            boolean whole = held.packer.isFull();
            if (!(fresh && whole)) {
                kept.append(in, first, packed);
            }
            if (whole) {
                ColumnVector[] columns = fresh ? KeptColumns.view(in, keep, first) : kept.columns(0);
                ColumnarBatch batch = output(held, held.packer, columns, 0);
                held.packer.clear();
                return batch;
            }
        }
    }

    /** The next of the partition's last rows, in a batch of the size that the ladder has for them. */
    private @Nullable ColumnarBatch lastBatch() {
        Device held = device;
        int left = held == null ? 0 : held.packer.rows() - ran;
        if (held == null || left == 0) {
            close();
            return null;
        }
        int size = task.ladder().next(left, partitionRows);
        int rows = Math.min(left, size);
        long start = System.nanoTime();
        // Whole batches' memory serves a tail of their size; it is the only one then.
        BatchPacker part = size == task.ladder().rows() ? held.packer : held.packer.part(ran, rows, size, held.arena);
        int padding = part.pad();
        packNanos += System.nanoTime() - start;
        ColumnVector[] columns = kept.columns(ran);
        ran += rows;
        return output(held, part, columns, padding);
    }

    private ColumnarBatch output(Device held, BatchPacker packer, ColumnVector[] columns, int padding) {
        int rows = packer.rows();
        long start = System.nanoTime();
        DeviceProgram program = held.program(rows + padding);
        results = execute(held, program, packer);
        long deviceNanos = System.nanoTime() - start;
        boolean[] nullRows = packer.nullRows();
        ColumnVector[] all = Arrays.copyOf(columns, columns.length + results.size());
        for (int i = 0; i < results.size(); i++) {
            all[columns.length + i] =
                    new ResultColumn(program.rowOutputs().get(i), results.get(i).hostView(), rows, nullRows);
        }
        int bad = 0;
        if (packer.plan().keepsBadRows()) {
            ReasonColumn reasons = ReasonColumn.of(packer.badRows(), rows);
            all = Arrays.copyOf(all, all.length + 1);
            all[all.length - 1] = reasons.column();
            bad = reasons.bad();
        }
        listener.onBatch(new BatchListener.Batch(rows, padding, bad, packNanos, deviceNanos));
        held.use.runtime().count(rows);
        packNanos = 0;
        return new ColumnarBatch(all, rows);
    }

    /** Uploads the packed inputs, runs, and closes the inputs: their memory is packed again for the next batch. */
    private static List<PjrtBuffer> execute(Device held, DeviceProgram program, BatchPacker packer) {
        List<PackedInput> packed = packer.plan().inputs();
        List<PjrtBuffer> inputs = new ArrayList<>(packed.size());
        try {
            for (int i = 0; i < packed.size(); i++) {
                inputs.add(program.upload(packed.get(i), packer.plan().batchRows(), packer.input(i)));
            }
            List<PjrtBuffer> arguments = new ArrayList<>(held.weights.value().buffers());
            arguments.addAll(inputs);
            return program.run(arguments);
        } finally {
            inputs.forEach(PjrtBuffer::close);
        }
    }

    private Device device() throws InterruptedException {
        if (device == null) {
            device = new Device(task, context);
        }
        return device;
    }

    /** The results of the batch that was asked for before, and the copies that stood beside them, are done with. */
    private void releaseResults() {
        if (!results.isEmpty()) {
            results.forEach(PjrtBuffer::close);
            results = List.of();
            if (ran == 0) {
                kept.clear();
            }
        }
    }

    /** Closes everything that the task holds; closing twice is once. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        releaseResults();
        if (device != null) {
            device.close();
            device = null;
        }
    }
}
