package io.kiln.driver;

import io.kiln.worker.BatchListener;
import io.kiln.worker.ScoreTask;
import io.kiln.worker.WorkerRuntime;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;

/** What a task of the operator runs: the worker's task, and a report of the JVM's counts when it ends. */
record ScorePartition(ScoreTask task, BatchListener listener, WorkerSnapshots snapshots)
        implements FlatMapFunction<Iterator<ColumnarBatch>, ColumnarBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public Iterator<ColumnarBatch> call(Iterator<ColumnarBatch> batches) {
        TaskContext context = TaskContext.get();
        // Listeners run last to first: this one after the task has closed what it holds.
        context.addTaskCompletionListener((TaskCompletionListener) ended -> snapshots.add(WorkerRuntime.jvmMetrics()));
        return task.run(context, batches, listener);
    }
}
