package io.kiln.driver.train;

import io.kiln.driver.WorkerSnapshots;
import io.kiln.worker.PackedPartition;
import io.kiln.worker.PackedTask;
import io.kiln.worker.WorkerRuntime;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * One evaluation: what a program gives for each partition, such as the sums of the loss, the weights and the gradients. A partition is packed
 * by the first evaluation and stays in that executor, to which the later ones are sent; elsewhere it is packed again from its rows.
 */
final class EvaluationRdd extends RDD<EvaluationRdd.Part> {
    private static final long serialVersionUID = 1L;

    private final RDD<ColumnarBatch> rows;
    private final @Nullable PackedTask task;
    private final String dataset;
    private final double[] parameters;
    private final WorkerSnapshots snapshots;
    private final transient Map<Integer, String> locations;

    /**
     * What one partition gives.
     *
     * @param partition its position
     * @param location the executor that it ran in, as Spark's scheduler names it
     * @param results the task's results
     */
    @SuppressWarnings("ArrayRecordComponent") // A vector of doubles, handed over once.
    record Part(int partition, String location, double[] results) implements Serializable {}

    /** An evaluation at {@code parameters}; without a task it frees the packed partitions instead. */
    EvaluationRdd(
            RDD<ColumnarBatch> rows,
            @Nullable PackedTask task,
            String dataset,
            double[] parameters,
            WorkerSnapshots snapshots,
            Map<Integer, String> locations) {
        super(rows, ClassTag$.MODULE$.apply(Part.class));
        this.rows = rows;
        this.task = task;
        this.dataset = dataset;
        this.parameters = parameters;
        this.snapshots = snapshots;
        this.locations = locations;
    }

    @Override
    public Partition[] getPartitions() {
        return rows.partitions();
    }

    @Override
    public Seq<String> getPreferredLocations(Partition split) {
        String known = locations.get(split.index());
        return known == null
                ? rows.preferredLocations(split)
                : CollectionConverters.asScala(List.of(known)).toSeq();
    }

    @Override
    public scala.collection.Iterator<Part> compute(Partition split, TaskContext context) {
        context.addTaskCompletionListener((TaskCompletionListener) ended -> snapshots.add(WorkerRuntime.jvmMetrics()));
        double[] results = new double[0];
        if (task == null) {
            PackedPartition.free(dataset);
        } else {
            // The rows are opened only when the partition is not packed here.
            results = task.run(
                    context, new Lazy(() -> CollectionConverters.asJava(rows.iterator(split, context))), parameters);
        }
        Part part = new Part(split.index(), location(), results);
        return CollectionConverters.asScala(List.of(part).iterator());
    }

    /** The form in which the scheduler takes an executor as a preferred location: {@code executor_HOST_ID}. */
    private static String location() {
        var id = SparkEnv.get().blockManager().blockManagerId();
        return "executor_" + id.host() + "_" + id.executorId();
    }

    /** An iterator that is made when it is first asked. */
    private static final class Lazy implements Iterator<ColumnarBatch> {
        private final Supplier<Iterator<ColumnarBatch>> make;
        private @Nullable Iterator<ColumnarBatch> made;

        Lazy(Supplier<Iterator<ColumnarBatch>> make) {
            this.make = make;
        }

        private Iterator<ColumnarBatch> made() {
            Iterator<ColumnarBatch> known = made;
            if (known == null) {
                known = make.get();
                made = known;
            }
            return known;
        }

        @Override
        public boolean hasNext() {
            return made().hasNext();
        }

        @Override
        public ColumnarBatch next() {
            return made().next();
        }
    }
}
