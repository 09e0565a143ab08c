package io.kiln.driver;

import io.kiln.arrow.BatchLadder;
import io.kiln.arrow.BatchPlan;
import io.kiln.model.Model;
import io.kiln.model.ModelOutput;
import io.kiln.worker.BatchProgram;
import io.kiln.worker.ScoreTask;
import io.kiln.worker.WeightSource;
import io.kiln.worker.WorkerConf;
import java.util.List;

/**
 * What the operator runs, planned on the driver.
 *
 * @param name what messages and the compiled module call it
 * @param model the program of one row
 * @param ladder the sizes of batches
 * @param batches what runs on a batch of each of these sizes
 * @param plan how columns become a batch of the largest size; its ordinals are positions in the node's inputs
 * @param weights the model's weights
 * @param conf the workers' settings
 * @param snapshots where workers report their counts
 */
record ScoreSpec(
        String name,
        Model model,
        BatchLadder ladder,
        List<BatchProgram> batches,
        BatchPlan plan,
        WeightSource weights,
        WorkerConf conf,
        WorkerSnapshots snapshots) {
    /** The task for a child whose columns lie at these positions. */
    ScoreTask task(List<Integer> inputs, List<Integer> kept) {
        return new ScoreTask(conf, name, ladder, batches, plan.withOrdinals(inputs), weights, kept);
    }

    /** What {@code explain} shows. */
    @Override
    public String toString() {
        String ins = String.join(
                ", ",
                plan.inputs().stream()
                        .map(input -> Columns.listed(input.columns()) + " " + input.row())
                        .toList());
        String outs = String.join(
                ", ", model.outputs().stream().map(ScoreSpec::output).toList());
        String plugin = conf.plugin();
        return "%s(%s) -> %s, %d rows a batch, nulls %s, plugin %s"
                .formatted(name, ins, outs, plan.batchRows(), plan.nulls(), plugin == null ? "auto" : plugin);
    }

    private static String output(ModelOutput output) {
        return output.name() + " " + output.row();
    }

    /** Two specs are the same when they are one object: a plan's copies share it. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
