package io.kiln.driver;

import io.kiln.worker.WorkerMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the jobs of a Spark application have done so far, over the whole cluster.
 *
 * @param traces functions traced on the driver
 * @param jvms how many JVMs ran batches
 * @param rows real rows that were run
 * @param batches executions
 * @param compiles programs compiled
 * @param compileSeconds time spent compiling them
 * @param hits executables found instead, by tier: {@code jvm}, {@code disk}, {@code hazelcast}
 * @param rejects cache entries refused, by reason
 * @param cacheBytes bytes of executables taken from and given to the cache
 * @param liveHandles native handles open when the JVMs last reported
 * @param weightBytes bytes of weights on devices
 * @param packedBytes bytes of packed training rows on devices
 */
public record KilnMetrics(
        long traces,
        int jvms,
        long rows,
        long batches,
        long compiles,
        double compileSeconds,
        Map<String, Long> hits,
        Map<String, Long> rejects,
        long cacheBytes,
        long liveHandles,
        long weightBytes,
        long packedBytes) {
    /** Copies the maps, sorted by name. */
    public KilnMetrics {
        hits = new TreeMap<>(hits);
        rejects = new TreeMap<>(rejects);
    }

    static KilnMetrics of(long traces, List<WorkerMetrics> workers) {
        if (workers.isEmpty()) {
            return new KilnMetrics(traces, 0, 0, 0, 0, 0, Map.of(), Map.of(), 0, 0, 0, 0);
        }
        WorkerMetrics sum = workers.stream().reduce(WorkerMetrics::plus).orElseThrow();
        return new KilnMetrics(
                traces,
                workers.size(),
                sum.rows(),
                sum.batches(),
                sum.compiles(),
                sum.compileSeconds(),
                sum.hits(),
                sum.rejects(),
                sum.cacheBytes(),
                sum.liveHandles(),
                sum.weightBytes(),
                sum.packedBytes());
    }

    /** What was done since {@code earlier}; what is open now stays as it is. */
    public KilnMetrics since(KilnMetrics earlier) {
        return new KilnMetrics(
                traces - earlier.traces,
                jvms,
                rows - earlier.rows,
                batches - earlier.batches,
                compiles - earlier.compiles,
                compileSeconds - earlier.compileSeconds,
                minus(hits, earlier.hits),
                minus(rejects, earlier.rejects),
                cacheBytes - earlier.cacheBytes,
                liveHandles,
                weightBytes,
                packedBytes);
    }

    private static Map<String, Long> minus(Map<String, Long> a, Map<String, Long> b) {
        Map<String, Long> left = new TreeMap<>(a);
        b.forEach((name, count) -> left.merge(name, -count, Long::sum));
        return left;
    }

    /** The values by name, as {@code --metrics} writes them. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("traces", traces);
        map.put("compiles", compiles);
        map.put("compile_seconds", compileSeconds);
        map.put("cache_hits", hits);
        map.put("rejects", rejects);
        map.put("cache_bytes", cacheBytes);
        map.put("batches", batches);
        map.put("jvms", jvms);
        map.put("live_handles", liveHandles);
        map.put("weight_bytes", weightBytes);
        map.put("packed_bytes", packedBytes);
        return map;
    }
}
