package io.kiln.cache;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A snapshot of a cache's counters since it was opened.
 *
 * @param hits answers by tier
 * @param misses lookups that no tier answered
 * @param waits callers that waited for another's compile, in this JVM or in the cluster
 * @param compiles compiles that this cache ran
 * @param compileNanos time in those compiles, nanoseconds
 * @param savedNanos time that compiling took of what tiers answered, on the machines that compiled it, nanoseconds: what hits saved
 * @param stores entries written, by tier
 * @param rejects entries refused, by reason
 * @param faults calls of a tier that failed or took longer than their budget, by tier
 * @param bytesRead bytes of executables read from tiers
 * @param bytesWritten bytes of executables written to tiers
 * @param leasesLost leases that were taken over while their holder still compiled
 */
public record CacheStats(
        SortedMap<String, Long> hits,
        long misses,
        long waits,
        long compiles,
        long compileNanos,
        long savedNanos,
        SortedMap<String, Long> stores,
        SortedMap<String, Long> rejects,
        SortedMap<String, Long> faults,
        long bytesRead,
        long bytesWritten,
        long leasesLost) {

    /** All zero. */
    public static final CacheStats NONE =
            new CacheStats(new TreeMap<>(), 0, 0, 0, 0, 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 0, 0, 0);

    /** A snapshot; the maps are copied. */
    public CacheStats {
        hits = Collections.unmodifiableSortedMap(new TreeMap<>(hits));
        stores = Collections.unmodifiableSortedMap(new TreeMap<>(stores));
        rejects = Collections.unmodifiableSortedMap(new TreeMap<>(rejects));
        faults = Collections.unmodifiableSortedMap(new TreeMap<>(faults));
    }

    /** Answers of one tier. */
    public long hits(String tier) {
        return hits.getOrDefault(tier, 0L);
    }

    /** Entries refused for one reason. */
    public long rejects(String reason) {
        return rejects.getOrDefault(reason, 0L);
    }

    /** Answers of all tiers. */
    public long totalHits() {
        return sum(hits);
    }

    /** Entries refused for any reason. */
    public long totalRejects() {
        return sum(rejects);
    }

    /** Both snapshots added up, as for the executors of a job. */
    public CacheStats plus(CacheStats other) {
        return new CacheStats(
                plus(hits, other.hits),
                misses + other.misses,
                waits + other.waits,
                compiles + other.compiles,
                compileNanos + other.compileNanos,
                savedNanos + other.savedNanos,
                plus(stores, other.stores),
                plus(rejects, other.rejects),
                plus(faults, other.faults),
                bytesRead + other.bytesRead,
                bytesWritten + other.bytesWritten,
                leasesLost + other.leasesLost);
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private static SortedMap<String, Long> plus(Map<String, Long> a, Map<String, Long> b) {
        SortedMap<String, Long> both = new TreeMap<>(a);
        b.forEach((name, count) -> both.merge(name, count, Long::sum));
        return both;
    }
}
