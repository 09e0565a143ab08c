package io.kiln.worker;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.core.ShapedArray;
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
    private final byte[] program;
    private final BatchPlan plan;
    private final WeightSource weights;
    private final int[] keep;

    /**
     * A task for a program of a batch.
     *
     * @param name the program's name, for messages and in the compiled module
     * @param program its inputs are the weights, then the plan's batch inputs; its results have the batch axis first
     * @param keep ordinals of the input columns that come before the results in the output
     */
    public ScoreTask(
            WorkerConf conf, String name, Program program, BatchPlan plan, WeightSource weights, List<Integer> keep) {
        List<ShapedArray> inputs = program.inputs();
        List<ShapedArray> columns = plan.batchInputs();
        int first = inputs.size() - columns.size();
        if (first < 0 || !inputs.subList(first, inputs.size()).equals(columns)) {
            throw KilnException.internal(
                    "planning " + name + ": required a program whose last inputs are " + columns + ", got " + inputs);
        }
        for (ShapedArray output : program.outputs()) {
            if (output.rank() == 0 || output.dim(0) != plan.batchRows()) {
                throw KilnException.internal("planning " + name + ": required results with " + plan.batchRows()
                        + " rows on their first axis, got " + output);
            }
        }
        this.conf = conf;
        this.name = name;
        this.program = ProgramFormat.write(program);
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

    byte[] program() {
        return program;
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
