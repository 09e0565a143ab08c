package io.kiln.worker;

import io.kiln.arrow.BatchPlan;
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
 * Sums a program's results over the batches of one partition: a training's loss and gradients. Batches are summed in their order and in
 * double precision, so the same partition and parameters give the same bits.
 */
public final class GradientTask implements Serializable {
    private static final long serialVersionUID = 1L;

    private final WorkerConf conf;
    private final String name;
    private final byte[] program;
    private final BatchPlan plan;
    private final String dataset;

    /**
     * A task for the partitions of {@code dataset}.
     *
     * @param program its inputs are the float parameters, the plan's batch inputs and the mask {@code bool[B]}; its results are float
     *     sums over the rows of the batch that the mask leaves
     * @param dataset names the rows and their plan: partitions of one name are packed once a JVM
     */
    public GradientTask(WorkerConf conf, String name, Program program, BatchPlan plan, String dataset) {
        List<ShapedArray> rest = new ArrayList<>(plan.batchInputs());
        rest.add(PackedPartition.mask(plan));
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
    }

    private static void requireFloat(String name, ShapedArray value) {
        if (!value.dtype().isFloat()) {
            throw KilnException.internal("planning " + name + ": required float parameters and results, got " + value);
        }
    }

    /**
     * The sums over this task's partition.
     *
     * @param rows the partition's rows: read only when it is not packed here yet
     * @param parameters the elements of all parameters, row-major, one after the other
     * @return the elements of all results, row-major, one after the other; zeros for a partition without rows
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
                    return sum(context, runtime, loaded, values.buffers(), packed.value());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TaskKilledException();
        }
    }

    private static double[] sum(
            TaskContext context,
            WorkerRuntime runtime,
            DeviceProgram loaded,
            List<PjrtBuffer> parameters,
            PackedPartition partition) {
        double[] sums = new double[elements(loaded.outputs())];
        long left = partition.rows();
        for (List<PjrtBuffer> batch : partition.batches()) {
            if (context.isInterrupted()) {
                throw new TaskKilledException();
            }
            List<PjrtBuffer> arguments = new ArrayList<>(parameters);
            arguments.addAll(batch);
            List<PjrtBuffer> results = loaded.run(arguments);
            try {
                add(loaded.outputs(), results, sums);
            } finally {
                results.forEach(PjrtBuffer::close);
            }
            int real = (int) Math.min(left, partition.batchRows());
            left -= real;
            runtime.count(real);
        }
        return sums;
    }

    private static void add(List<ShapedArray> types, List<PjrtBuffer> results, double[] sums) {
        int at = 0;
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
        int count = loaded.inputs().size() - plan.inputs().size() - 1;
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
