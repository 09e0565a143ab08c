package io.kiln.worker;

import io.kiln.arrow.BatchLadder;
import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.PackedInput;
import io.kiln.cluster.CacheConf;
import io.kiln.core.ClosedProgram;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.plugin.DeviceConf;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Programs of a batch, made from functions of one row as the driver makes them. */
final class Programs {
    private Programs() {}

    /** The settings of the tests: any plugin that is installed, caches of this JVM. */
    static WorkerConf conf() {
        return new WorkerConf(
                null, true, CacheConf.standard().withDisk(null), false, 0, null, null, DeviceConf.standard());
    }

    /** A task whose batches, the last one too, all have the plan's size. */
    static ScoreTask task(String name, Program program, BatchPlan plan, WeightSource weights, List<Integer> keep) {
        return new ScoreTask(
                conf(),
                name,
                BatchLadder.single(plan.batchRows()),
                List.of(new TracedProgram(program)),
                plan,
                weights,
                keep);
    }

    /**
     * {@code f} of one row, batched for {@code plan}.
     *
     * @param weights the types of the first inputs, which are the same for every row
     */
    static Program batched(Function<List<Tensor>, List<Tensor>> f, List<ShapedArray> weights, BatchPlan plan) {
        List<ShapedArray> avals = new ArrayList<>(weights);
        plan.inputs().stream().map(PackedInput::row).forEach(avals::add);
        ClosedProgram one = Trace.trace(f, avals);
        if (!one.consts().isEmpty()) {
            throw new IllegalArgumentException("the tests' functions have no constants");
        }
        List<Integer> axes = new ArrayList<>();
        weights.forEach(w -> axes.add(-1));
        axes.addAll(plan.inAxes());
        return Vmap.vmap(one.program(), axes, plan.batchRows());
    }
}
