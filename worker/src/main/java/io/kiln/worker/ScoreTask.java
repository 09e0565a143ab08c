package io.kiln.worker;

import io.kiln.arrow.BatchLadder;
import io.kiln.arrow.BatchPlan;
import io.kiln.error.KilnException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Scores one partition: columns in, the kept columns and the program's results out, rows in order. It carries everything that a worker
 * needs, and none of the user's classes.
 */
public final class ScoreTask implements Serializable {
    private static final long serialVersionUID = 1L;

    private final WorkerConf conf;
    private final String name;
    private final BatchLadder ladder;
    private final BatchProgram[] programs;
    private final BatchPlan plan;
    private final WeightSource weights;
    private final int[] keep;

    /**
     * A task for the programs of one function, one for each size of a batch.
     *
     * @param name the programs' name, for messages and in the compiled modules
     * @param programs by the size of {@code ladder} at the same place; each fits the plan for that size
     * @param plan for the ladder's whole batches
     * @param keep ordinals of the input columns that come before the results in the output
     */
    public ScoreTask(
            WorkerConf conf,
            String name,
            BatchLadder ladder,
            List<? extends BatchProgram> programs,
            BatchPlan plan,
            WeightSource weights,
            List<Integer> keep) {
        if (programs.size() != ladder.sizes().size() || plan.batchRows() != ladder.rows()) {
            throw KilnException.internal("planning %s: required a program for each of %s rows, got %d and a plan for %d"
                    .formatted(name, ladder.sizes(), programs.size(), plan.batchRows()));
        }
        for (int i = 0; i < programs.size(); i++) {
            programs.get(i).requireFits(name, plan.withBatchRows(ladder.sizes().get(i)));
        }
        this.conf = conf;
        this.name = name;
        this.ladder = ladder;
        this.programs = programs.toArray(BatchProgram[]::new);
        this.plan = plan;
        this.weights = weights;
        this.keep = keep.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Scores {@code rows} and counts nothing. */
    public Iterator<ColumnarBatch> run(TaskContext context, Iterator<ColumnarBatch> rows) {
        return run(context, rows, BatchListener.NONE);
    }

    /**
     * Scores {@code rows}. A batch that is returned is good until the next one is asked for; everything that the task holds is closed
     * when the task ends, however it ends.
     */
    public Iterator<ColumnarBatch> run(TaskContext context, Iterator<ColumnarBatch> rows, BatchListener listener) {
        ScoreIterator iterator = new ScoreIterator(this, context, rows, listener);
        TaskCompletionListener close = ended -> iterator.close();
        context.addTaskCompletionListener(close);
        return iterator;
    }

    WorkerConf conf() {
        return conf;
    }

    String name() {
        return name;
    }

    BatchLadder ladder() {
        return ladder;
    }

    /** The program of batches of {@code size} rows. */
    BatchProgram program(int size) {
        return programs[ladder.sizes().indexOf(size)];
    }

    BatchPlan plan() {
        return plan;
    }

    WeightSource weights() {
        return weights;
    }

    List<Integer> keep() {
        return IntStream.of(keep).boxed().toList();
    }
}
