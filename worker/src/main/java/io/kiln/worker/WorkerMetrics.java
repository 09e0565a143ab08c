package io.kiln.worker;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one JVM has done so far: a snapshot that a task can send to the driver. Of several snapshots of one JVM the latest counts.
 *
 * @param jvm names the process; nothing else about it
 * @param rows real rows that were run
 * @param batches executions
 * @param compiles programs compiled here
 * @param compileSeconds time spent compiling them
 * @param savedSeconds time that compiling took of the executables found beyond this JVM, which finding them saved
 * @param hits executables found, by tier: {@code jvm}, {@code disk}, {@code published}, {@code hazelcast}
 * @param misses lookups that no tier of the cache answered
 * @param waits lookups that waited for another's compile, in this JVM or in the cluster
 * @param leasesLost leases that were taken over while their holder still compiled
 * @param rejects cache entries refused, by reason
 * @param cacheBytes bytes of executables taken from and given to the cache
 * @param liveHandles native handles open now
 * @param weightBytes bytes of weights on devices
 * @param packedBytes bytes of packed partitions
 */
public record WorkerMetrics(
        String jvm,
        long rows,
        long batches,
        long compiles,
        double compileSeconds,
        double savedSeconds,
        Map<String, Long> hits,
        long misses,
        long waits,
        long leasesLost,
        Map<String, Long> rejects,
        long cacheBytes,
        long liveHandles,
        long weightBytes,
        long packedBytes)
        implements Serializable {
    /** The tier of executables that a JVM has loaded. */
    public static final String JVM_TIER = "jvm";

    /** Copies the maps, sorted by name. */
    public WorkerMetrics {
        hits = new TreeMap<>(hits);
        rejects = new TreeMap<>(rejects);
    }

    /** Nothing done yet by a JVM. */
    static WorkerMetrics none(String jvm, long liveHandles) {
        return new WorkerMetrics(jvm, 0, 0, 0, 0, 0, Map.of(), 0, 0, 0, Map.of(), 0, liveHandles, 0, 0);
    }

    /** This JVM's counts since {@code earlier}; what is open now stays as it is. */
    public WorkerMetrics since(WorkerMetrics earlier) {
        return new WorkerMetrics(
                jvm,
                rows - earlier.rows,
                batches - earlier.batches,
                compiles - earlier.compiles,
                compileSeconds - earlier.compileSeconds,
                savedSeconds - earlier.savedSeconds,
                minus(hits, earlier.hits),
                misses - earlier.misses,
                waits - earlier.waits,
                leasesLost - earlier.leasesLost,
                minus(rejects, earlier.rejects),
                cacheBytes - earlier.cacheBytes,
                liveHandles,
                weightBytes,
                packedBytes);
    }

    /** The sum of the counts of any number of JVMs. */
    public static WorkerMetrics sum(List<WorkerMetrics> jvms) {
        return jvms.stream().reduce(none("", 0), WorkerMetrics::plus);
    }

    /** The sum of two JVMs' counts. */
    public WorkerMetrics plus(WorkerMetrics other) {
        return new WorkerMetrics(
                jvm.isEmpty() || other.jvm.isEmpty() ? jvm + other.jvm : jvm + "+" + other.jvm,
                rows + other.rows,
                batches + other.batches,
                compiles + other.compiles,
                compileSeconds + other.compileSeconds,
                savedSeconds + other.savedSeconds,
                sum(hits, other.hits),
                misses + other.misses,
                waits + other.waits,
                leasesLost + other.leasesLost,
                sum(rejects, other.rejects),
                cacheBytes + other.cacheBytes,
                liveHandles + other.liveHandles,
                weightBytes + other.weightBytes,
                packedBytes + other.packedBytes);
    }

    private static Map<String, Long> minus(Map<String, Long> a, Map<String, Long> b) {
        Map<String, Long> negative = new TreeMap<>(b);
        negative.replaceAll((name, count) -> -count);
        return sum(a, negative);
    }

    private static Map<String, Long> sum(Map<String, Long> a, Map<String, Long> b) {
        Map<String, Long> sum = new TreeMap<>(a);
        b.forEach((name, count) -> sum.merge(name, count, Long::sum));
        return sum;
    }
}
