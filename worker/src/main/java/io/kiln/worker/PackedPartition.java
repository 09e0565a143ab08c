package io.kiln.worker;

import io.kiln.arrow.BatchPacker;
import io.kiln.arrow.BatchPlan;
import io.kiln.compile.Transfers;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.pjrt.PjrtBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * One partition of a training set, packed once and kept on the device between iterations: for each batch the plan's inputs and a mask
 * {@code bool[B]} that is true for real rows. A partition that is not here, because its executor was lost or the task went elsewhere, is
 * packed again from its rows.
 */
public final class PackedPartition implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final List<List<PjrtBuffer>> batches = new ArrayList<>();
    private final WorkerDevice device;
    private final int batchRows;
    private long rows;
    private long bytes;

    /** Names a packed partition within a JVM. */
    record Key(String dataset, int partition) {}

    private PackedPartition(WorkerDevice device, int batchRows) {
        this.device = device;
        this.batchRows = batchRows;
    }

    /** The type of the mask that follows the plan's inputs. */
    public static ShapedArray mask(BatchPlan plan) {
        return ShapedArray.of(DType.BOOL, plan.batchRows());
    }

    /** Frees the packed partitions of {@code dataset} in this JVM: those in use when their tasks end. */
    public static void free(String dataset) {
        WorkerRuntime.freePacked(dataset);
    }

    /** Packs all of {@code incoming}. */
    static PackedPartition pack(
            WorkerDevice device, BatchPlan plan, TaskContext context, Iterator<ColumnarBatch> incoming) {
        PackedPartition partition = new PackedPartition(device, plan.batchRows());
        try {
            partition.packAll(device, plan, context, incoming);
            return partition;
        } catch (RuntimeException | Error e) {
            partition.close();
            throw e;
        }
    }

    private void packAll(WorkerDevice device, BatchPlan plan, TaskContext context, Iterator<ColumnarBatch> incoming) {
        BatchPacker packer = new BatchPacker(plan, arena, 0);
        MemorySegment whole = mask(plan, plan.batchRows());
        while (incoming.hasNext()) {
            if (context.isInterrupted()) {
                throw new TaskKilledException();
            }
            ColumnarBatch in = incoming.next();
            for (int from = 0; from < in.numRows(); ) {
                if (packer.isFull()) {
                    keep(device, plan, packer, whole);
                    packer = next(device, plan, packer);
                }
                from += packer.pack(in, from);
            }
            in.closeIfFreeable();
        }
        if (!packer.isEmpty()) {
            int padding = packer.pad();
            keep(device, plan, packer, padding == 0 ? whole : mask(plan, packer.rows()));
        }
    }

    /** Uploads a packed batch. */
    private void keep(WorkerDevice device, BatchPlan plan, BatchPacker packer, MemorySegment mask) {
        List<PjrtBuffer> buffers = new ArrayList<>();
        // Added before it is filled, so that what was uploaded is closed when the rest fails.
        batches.add(buffers);
        List<ShapedArray> inputs = plan.batchInputs();
        for (int i = 0; i < inputs.size(); i++) {
            buffers.add(upload(device, inputs.get(i), packer.input(i)));
        }
        buffers.add(upload(device, mask(plan), mask));
        rows += packer.rows();
    }

    /** The packer of the batch after {@code packer}'s. A CPU reads the host's memory, so there each batch has its own. */
    private BatchPacker next(WorkerDevice device, BatchPlan plan, BatchPacker packer) {
        if (isCpu(device)) {
            return new BatchPacker(plan, arena, rows);
        }
        packer.clear();
        return packer;
    }

    private PjrtBuffer upload(WorkerDevice device, ShapedArray aval, MemorySegment data) {
        bytes += aval.byteSize();
        return Transfers.upload(device.device(), aval, data, isCpu(device));
    }

    private MemorySegment mask(BatchPlan plan, int real) {
        MemorySegment mask = arena.allocate(plan.batchRows(), HostArray.ALIGNMENT);
        for (int i = 0; i < real; i++) {
            mask.set(ValueLayout.JAVA_BYTE, i, (byte) 1);
        }
        return mask;
    }

    private static boolean isCpu(WorkerDevice device) {
        return device.device().client().isCpu();
    }

    /** The device that it is on: later iterations run there, whichever device their task was given. */
    WorkerDevice device() {
        return device;
    }

    /** The buffers of each batch: the plan's inputs, then the mask. */
    List<List<PjrtBuffer>> batches() {
        return batches;
    }

    /** Rows of every batch, padding included. */
    int batchRows() {
        return batchRows;
    }

    /** Real rows of all batches. */
    long rows() {
        return rows;
    }

    /** Bytes of all batches. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        batches.forEach(batch -> batch.forEach(PjrtBuffer::close));
        batches.clear();
        arena.close();
    }
}
