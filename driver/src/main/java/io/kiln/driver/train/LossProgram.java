package io.kiln.driver.train;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.DType;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.transform.Grad;
import io.kiln.transform.Vmap;
import io.kiln.worker.PackedPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** From the loss of one example to the sums over a batch: vmapped, masked, summed, differentiated. Program to program. */
final class LossProgram {
    private LossProgram() {}

    /**
     * The program of a batch: its inputs are the row program's constants and parameters, the plan's batch inputs and the mask; its
     * results are the sum of the losses of real rows, the sum of their weights, and the gradients of the first.
     *
     * @param row the loss of one example: constants, parameters, then the plan's inputs (features, label and, if {@code weighted}, the
     *     weight last, which the loss itself does not take)
     * @param constants how many of its first inputs are not differentiated
     * @param parameters how many follow that are
     * @param weighted whether the plan's last input is a weight
     */
    static Program of(Program row, int constants, int parameters, BatchPlan plan, boolean weighted) {
        requireScalar(row);
        int fixed = constants + parameters;
        int read = plan.inputs().size() - (weighted ? 1 : 0);
        List<Integer> axes = new ArrayList<>(Collections.nCopies(fixed, -1));
        axes.addAll(plan.inAxes().subList(0, read));
        Program losses = Vmap.vmap(row, axes, plan.batchRows());

        List<ShapedArray> inputs = new ArrayList<>(row.inputs().subList(0, fixed));
        inputs.addAll(plan.batchInputs());
        inputs.add(PackedPartition.mask(plan));
        Program sum = traced(
                ins -> List.of(masked(
                                weight(
                                        Inline.call(losses, ins.subList(0, fixed + read))
                                                .getFirst(),
                                        ins,
                                        weighted),
                                ins.getLast())
                        .sum()),
                inputs);
        List<Integer> wrt = IntStream.range(constants, fixed).boxed().toList();
        Program gradients = Grad.valueAndGrad(sum, wrt);
        DType dtype = sum.outputs().getFirst().dtype();
        return traced(
                ins -> {
                    List<Tensor> results = new ArrayList<>(Inline.call(gradients, ins));
                    Tensor ones = Tensor.full(ShapedArray.of(dtype, plan.batchRows()), 1);
                    results.add(
                            1,
                            masked(weight(ones, ins, weighted), ins.getLast()).sum());
                    return results;
                },
                inputs);
    }

    private static Program traced(java.util.function.Function<List<Tensor>, List<Tensor>> f, List<ShapedArray> inputs) {
        var closed = Trace.trace(f, inputs);
        if (!closed.consts().isEmpty()) {
            throw KilnException.internal("building a loss program: required no captured arrays, got "
                    + closed.consts().size());
        }
        return closed.program();
    }

    private static Tensor weight(Tensor values, List<Tensor> ins, boolean weighted) {
        return weighted ? values.times(ins.get(ins.size() - 2)) : values;
    }

    /** A padding row counts for nothing, whatever its loss is. */
    private static Tensor masked(Tensor values, Tensor mask) {
        return Tensor.where(
                mask, values, Tensor.scalar(0).convert(values.dtype()).broadcastTo(shape(values)));
    }

    private static int[] shape(Tensor tensor) {
        return tensor.shape().stream().mapToInt(Integer::intValue).toArray();
    }

    private static void requireScalar(Program row) {
        List<ShapedArray> results = row.outputs();
        boolean scalar = results.size() == 1
                && results.getFirst().rank() == 0
                && results.getFirst().dtype().isFloat();
        if (!scalar) {
            throw KilnException.user(
                    "training: the loss of one example must be one float number, got " + results,
                    "return a scalar: sum or average what the loss computes (.sum(), .mean())");
        }
    }
}
