package io.kiln.driver;

import io.kiln.worker.WorkerMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the jobs of a Spark application have done so far, over the whole cluster.
 *
 * @param traces functions traced on the driver
 * @param jvms how many JVMs ran batches
 * @param work the sum of these JVMs' counts
 */
public record KilnMetrics(long traces, int jvms, WorkerMetrics work) {
    static KilnMetrics of(long traces, List<WorkerMetrics> workers) {
        return new KilnMetrics(traces, workers.size(), WorkerMetrics.sum(workers));
    }

    /** What was done since {@code earlier}; what is open now stays as it is. */
    public KilnMetrics since(KilnMetrics earlier) {
        return new KilnMetrics(traces - earlier.traces, jvms, work.since(earlier.work));
    }

    /** The values by name, as {@code --metrics} writes them. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("traces", traces);
        map.put("compiles", work.compiles());
        map.put("compile_seconds", work.compileSeconds());
        map.put("compile_seconds_saved", work.savedSeconds());
        map.put("cache_hits", work.hits());
        map.put("misses", work.misses());
        map.put("waits", work.waits());
        map.put("leases_lost", work.leasesLost());
        map.put("rejects", work.rejects());
        map.put("cache_bytes", work.cacheBytes());
        map.put("batches", work.batches());
        map.put("jvms", jvms);
        map.put("live_handles", work.liveHandles());
        map.put("weight_bytes", work.weightBytes());
        map.put("packed_bytes", work.packedBytes());
        return map;
    }
}
