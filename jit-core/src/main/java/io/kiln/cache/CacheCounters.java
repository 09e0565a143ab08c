package io.kiln.cache;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The counters behind {@link CacheStats}, for implementations of {@link ExecutableCache}. Safe for concurrent use. */
public final class CacheCounters {
    private final Map<String, LongAdder> hits = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> stores = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> rejects = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> faults = new ConcurrentHashMap<>();
    private final LongAdder misses = new LongAdder();
    private final LongAdder waits = new LongAdder();
    private final LongAdder compiles = new LongAdder();
    private final LongAdder compileNanos = new LongAdder();
    private final LongAdder savedNanos = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder leasesLost = new LongAdder();

    /** All zero. */
    public CacheCounters() {}

    /** Counts an answer of a tier, its bytes and the compile that it saved. */
    public void hit(String tier, SerializedExecutable executable) {
        count(hits, tier);
        bytesRead.add(executable.length());
        savedNanos.add(executable.compileNanos());
    }

    /** Counts a lookup that no tier answered. */
    public void miss() {
        misses.increment();
    }

    /** Counts a caller that waits for another's compile. */
    public void waited() {
        waits.increment();
    }

    /** Counts an entry written to a tier and its bytes. */
    public void store(String tier, long bytes) {
        count(stores, tier);
        bytesWritten.add(bytes);
    }

    /** Counts an entry refused. */
    public void reject(String reason) {
        count(rejects, reason);
    }

    /** Counts a call of a tier that failed or took too long. */
    public void fault(String tier) {
        count(faults, tier);
    }

    /** Counts a lease that was taken over while its holder still compiled. */
    public void leaseLost() {
        leasesLost.increment();
    }

    /** Runs a compile and counts it and its time, also when it throws; null when the plugin cannot serialize. */
    public @Nullable SerializedExecutable compile(ExecutableCache.Compile compile) {
        long start = System.nanoTime();
        long took = 0;
        compiles.increment();
        byte[] bytes;
        try {
            bytes = compile.run();
        } finally {
            took = System.nanoTime() - start;
            compileNanos.add(took);
        }
        return bytes == null ? null : new SerializedExecutable(bytes, took);
    }

    /** The counters now. */
    public CacheStats snapshot() {
        return new CacheStats(
                read(hits),
                misses.sum(),
                waits.sum(),
                compiles.sum(),
                compileNanos.sum(),
                savedNanos.sum(),
                read(stores),
                read(rejects),
                read(faults),
                bytesRead.sum(),
                bytesWritten.sum(),
                leasesLost.sum());
    }

    private static void count(Map<String, LongAdder> counts, String name) {
        counts.computeIfAbsent(name, _ -> new LongAdder()).increment();
    }

    private static SortedMap<String, Long> read(Map<String, LongAdder> counts) {
        SortedMap<String, Long> now = new TreeMap<>();
        counts.forEach((name, count) -> now.put(name, count.sum()));
        return now;
    }
}
