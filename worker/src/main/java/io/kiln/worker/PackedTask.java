package io.kiln.worker;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Runs a program over the batches of one partition that stays packed: a training's loss and gradients, say. Batches run in their order,
 * and sums are taken in it and in double precision, so the same partition and parameters give the same bits.
 */
public final class PackedTask implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final ShapedArray PLACE = ShapedArray.of(DType.I32, 2);

    private final WorkerConf conf;
    private final String name;
    private final byte[] program;
    private final BatchPlan plan;
    private final String dataset;
    private final boolean each;

    private PackedTask(WorkerConf conf, String name, Program program, BatchPlan plan, String dataset, boolean each) {
        List<ShapedArray> rest = new ArrayList<>(plan.batchInputs());
        rest.add(PackedPartition.mask(plan));
        if (each) {
            rest.add(PLACE);
        }
        List<ShapedArray> inputs = program.inputs();
        int parameters = inputs.size() - rest.size();
        if (parameters < 0 || !inputs.subList(parameters, inputs.size()).equals(rest)) {
            throw KilnException.internal(
                    "planning " + name + ": required a program whose last inputs are " + rest + ", got " + inputs);
        }
        for (ShapedArray value : inputs.subList(0, parameters)) {
            requireFloat(name, value);
        }
        for (ShapedArray value : program.outputs()) {
            requireFloat(name, value);
        }
        this.conf = conf;
        this.name = name;
        this.program = ProgramFormat.write(program);
        this.plan = plan;
        this.dataset = dataset;
        this.each = each;
    }

    /**
     * A task that sums results over the batches of a partition of {@code dataset}.
     *
     * @param program its inputs are the float parameters, the plan's batch inputs and the mask {@code bool[B]}; its results are float
     *     sums over the rows of the batch that the mask leaves
     * @param dataset names the rows and their plan: partitions of one name are packed once a JVM
     */
    public static PackedTask sum(WorkerConf conf, String name, Program program, BatchPlan plan, String dataset) {
        return new PackedTask(conf, name, program, plan, dataset, false);
    }

    /**
     * A task that gives the results of each batch, one after the other. Its program has one more input, the last: the batch's place, {@code
     * i32[2]} of partition and batch, of which a random draw can be made that is the same in every run.
     */
    public static PackedTask each(WorkerConf conf, String name, Program program, BatchPlan plan, String dataset) {
        return new PackedTask(conf, name, program, plan, dataset, true);
    }

    /** The type of a batch's place. */
    public static ShapedArray place() {
        return PLACE;
    }

    private static void requireFloat(String name, ShapedArray value) {
        if (!value.dtype().isFloat()) {
            throw KilnException.internal("planning " + name + ": required float parameters and results, got " + value);
        }
    }

    /**
     * What the program gives for this task's partition.
     *
     * @param rows the partition's rows: read only when it is not packed here yet
     * @param parameters the elements of all parameters, row-major, one after the other
     * @return the elements of all results, row-major, one after the other: their sums, zeros for a partition without rows, or those of the
     *     first batch, then those of the next
     */
    public double[] run(TaskContext context, Iterator<ColumnarBatch> rows, double[] parameters) {
        try (WorkerRuntime.Use use = WorkerRuntime.use(conf, context)) {
            WorkerRuntime runtime = use.runtime();
            var key = new PackedPartition.Key(dataset, context.partitionId());
            try (var packed =
                    runtime.packed().acquire(key, () -> PackedPartition.pack(use.device(), plan, context, rows))) {
                WorkerDevice device = packed.value().device();
                DeviceProgram loaded = runtime.program(program, name, device);
                try (Weights values = Weights.upload(device.device(), arrays(loaded, parameters))) {
                    return results(context, runtime, loaded, values.buffers(), packed.value());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TaskKilledException();
        }
    }

    private double[] results(
            TaskContext context,
            WorkerRuntime runtime,
            DeviceProgram loaded,
            List<PjrtBuffer> parameters,
            PackedPartition partition) {
        int size = elements(loaded.outputs());
        int count = partition.batches().size();
        double[] results = new double[each ? Math.multiplyExact(size, count) : size];
        long left = partition.rows();
        for (int batch = 0; batch < count; batch++) {
            if (context.isInterrupted()) {
                throw new TaskKilledException();
            }
            List<PjrtBuffer> arguments = new ArrayList<>(parameters);
            arguments.addAll(partition.batches().get(batch));
            try (Weights place = place(context, partition, batch)) {
                arguments.addAll(place.buffers());
                List<PjrtBuffer> outs = loaded.run(arguments);
                try {
                    add(loaded.outputs(), outs, results, each ? batch * size : 0);
                } finally {
                    outs.forEach(PjrtBuffer::close);
                }
            }
            int real = (int) Math.min(left, partition.batchRows());
            left -= real;
            runtime.count(real);
        }
        return results;
    }

    private Weights place(TaskContext context, PackedPartition partition, int batch) {
        int[] place = {context.partitionId(), batch};
        return Weights.upload(partition.device().device(), each ? List.of(HostArray.of(place)) : List.of());
    }

    private static void add(List<ShapedArray> types, List<PjrtBuffer> results, double[] sums, int first) {
        int at = first;
        for (int i = 0; i < types.size(); i++) {
            MemorySegment values = results.get(i).hostView();
            int n = Math.toIntExact(types.get(i).elements());
            switch (types.get(i).dtype()) {
                case F32 -> {
                    for (int j = 0; j < n; j++) {
                        sums[at + j] += values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, j);
                    }
                }
                case F64 -> {
                    for (int j = 0; j < n; j++) {
                        sums[at + j] += values.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, j);
                    }
                }
                case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, C64, C128 ->
                    throw new IllegalStateException("results are floats: checked when planned");
            }
            at += n;
        }
    }

    private List<HostArray> arrays(DeviceProgram loaded, double[] values) {
        int count = loaded.inputs().size() - plan.inputs().size() - (each ? 2 : 1);
        List<ShapedArray> types = loaded.inputs().subList(0, count);
        if (elements(types) != values.length) {
            throw KilnException.internal("running " + name + ": required " + elements(types) + " parameters for "
                    + types + ", got " + values.length);
        }
        List<HostArray> arrays = new ArrayList<>();
        int at = 0;
        for (ShapedArray type : types) {
            int first = at;
            arrays.add(HostArray.ofDoubles(type, i -> values[first + i]));
            at += Math.toIntExact(type.elements());
        }
        return arrays;
    }

    private static int elements(List<ShapedArray> types) {
        return Math.toIntExact(types.stream().mapToLong(ShapedArray::elements).sum());
    }
}
