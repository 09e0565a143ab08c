package io.kiln.compile;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A snapshot of a compiler's counters.
 *
 * @param compiles programs that this process compiled
 * @param jvmHits loads that an executable of this JVM answered
 * @param hits executables loaded from a cache, by its tier
 * @param rejects executables of a cache that did not load
 * @param seconds time in compiles
 * @param loadSeconds time in loading the executables of caches
 */
public record CompilerStats(
        long compiles, long jvmHits, SortedMap<String, Long> hits, long rejects, double seconds, double loadSeconds) {
    /** A snapshot; the map is copied. */
    public CompilerStats {
        hits = Collections.unmodifiableSortedMap(new TreeMap<>(hits));
    }
}
