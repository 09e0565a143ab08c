package io.kiln.driver;

import io.kiln.worker.WorkerMetrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.AccumulatorV2;

/**
 * The latest counts of every JVM that ran a task. They come to the driver with the results of the tasks, so that they are there when
 * a job ends, with or without Kiln's plugin.
 */
public final class WorkerSnapshots extends AccumulatorV2<WorkerMetrics, Map<String, WorkerMetrics>> {
    private static final long serialVersionUID = 1L;

    private final ConcurrentHashMap<String, WorkerMetrics> latest = new ConcurrentHashMap<>();

    @Override
    public boolean isZero() {
        return latest.isEmpty();
    }

    @Override
    public WorkerSnapshots copy() {
        WorkerSnapshots copy = new WorkerSnapshots();
        copy.latest.putAll(latest);
        return copy;
    }

    @Override
    public void reset() {
        latest.clear();
    }

    @Override
    public void add(WorkerMetrics snapshot) {
        latest.merge(snapshot.jvm(), snapshot, WorkerSnapshots::later);
    }

    @Override
    public void merge(AccumulatorV2<WorkerMetrics, Map<String, WorkerMetrics>> other) {
        other.value().values().forEach(this::add);
    }

    @Override
    public Map<String, WorkerMetrics> value() {
        return latest;
    }

    /** Counts only grow, so the larger is the later; tasks can report out of order. */
    private static WorkerMetrics later(WorkerMetrics a, WorkerMetrics b) {
        return progress(b) >= progress(a) ? b : a;
    }

    private static long progress(WorkerMetrics m) {
        return m.batches()
                + m.compiles()
                + m.hits().values().stream().mapToLong(Long::longValue).sum();
    }
}
