package io.kiln.driver.train;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.Program;
import io.kiln.driver.Kiln;
import io.kiln.worker.PackedPartition;
import io.kiln.worker.PackedTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A table whose partitions are packed in the executors once and stay there until it is closed. */
final class TrainingSet implements AutoCloseable {
    private static final long CACHE_BYTES = 2 << 20;
    private static final int MIN_ROWS = 64;
    private static final int MAX_ROWS = 8192;
    private static final Logger LOG = LoggerFactory.getLogger(TrainingSet.class);

    private final Kiln kiln;
    private final BatchPlan plan;
    private final RDD<ColumnarBatch> rows;
    private final String id = UUID.randomUUID().toString();
    private final Map<Integer, String> locations = new HashMap<>();

    /** A table's batches, which have the columns that the plan's ordinals mean. */
    TrainingSet(Kiln kiln, RDD<ColumnarBatch> rows, BatchPlan plan) {
        this.kiln = kiln;
        this.plan = plan;
        this.rows = rows;
    }

    /** Rows of a batch: its inputs fit the processor's cache, and a small table is not padded to many times its size. */
    static int batchRows(long rowBytes, long rows, int partitions) {
        long fitting = Long.highestOneBit(Math.max(1, CACHE_BYTES / Math.max(1, rowBytes)));
        long share = Math.max(1, Math.ceilDiv(rows, (long) Math.max(1, partitions)));
        long needed = share == 1 ? 1 : Long.highestOneBit(share - 1) << 1;
        return Math.clamp(Math.min(fitting, needed), MIN_ROWS, MAX_ROWS);
    }

    /** How the rows are packed. */
    BatchPlan plan() {
        return plan;
    }

    /** A program whose results are summed over this set, ready to be run. */
    PackedTask task(String name, Program program) {
        return PackedTask.sum(kiln.workerConf(), name, program, plan, id);
    }

    /** A program whose results of each batch of this set are wanted, ready to be run. */
    PackedTask each(String name, Program program) {
        return PackedTask.each(kiln.workerConf(), name, program, plan, id);
    }

    /** The program's results summed over all rows, partition after partition: the same bits for the same partitions. */
    double[] sum(PackedTask task, double[] parameters) {
        double[] total = null;
        for (double[] part : results(task, parameters)) {
            if (total == null) {
                total = new double[part.length];
            }
            for (int i = 0; i < total.length; i++) {
                total[i] += part[i];
            }
        }
        return total == null ? new double[0] : total;
    }

    /** The program's results, partition after partition. */
    List<double[]> results(PackedTask task, double[] parameters) {
        List<double[]> results = new ArrayList<>();
        for (EvaluationRdd.Part part : run(task, parameters)) {
            locations.put(part.partition(), part.location());
            results.add(part.results());
        }
        return results;
    }

    private List<EvaluationRdd.Part> run(@Nullable PackedTask task, double[] parameters) {
        return new EvaluationRdd(rows, task, id, parameters, kiln.snapshots(), locations)
                .toJavaRDD()
                .collect();
    }

    /** Frees what the executors hold of it. */
    @Override
    public void close() {
        try {
            if (kiln.isLocal()) {
                PackedPartition.free(id);
            } else if (!locations.isEmpty()) {
                run(null, new double[0]);
            }
        } catch (RuntimeException e) {
            LOG.warn("Freeing the packed rows of a training failed: {}", e.toString());
        }
    }
}
