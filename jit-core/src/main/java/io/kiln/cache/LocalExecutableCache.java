package io.kiln.cache;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The executable cache of one JVM, in memory, bounded by bytes with the least recently used entries dropped first. It is the model that the
 * shared caches are tested against.
 */
public final class LocalExecutableCache implements ExecutableCache {
    /** The name of its one tier. */
    public static final String TIER = "memory";

    private static final long DEFAULT_MAX_BYTES = 256L << 20;

    private final long maxBytes;
    private final Map<CacheKey, SerializedExecutable> entries = new LinkedHashMap<>(16, 0.75f, true); // guarded by this
    private long bytes; // guarded by this
    private boolean closed; // guarded by this
    private final SingleFlight<CacheKey, Cached> flights = new SingleFlight<>();
    private final CacheCounters counters = new CacheCounters();

    /** An empty cache of 256 MiB. */
    public LocalExecutableCache() {
        this(DEFAULT_MAX_BYTES);
    }

    /**
     * An empty cache.
     *
     * @param maxBytes the most bytes it holds; a larger executable is not kept
     */
    public LocalExecutableCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public Cached get(CacheKey key, Compile compile) {
        return flights.run(key, () -> findOrCompile(key, compile), counters::waited);
    }

    private Cached findOrCompile(CacheKey key, Compile compile) {
        SerializedExecutable found = find(key);
        if (found != null) {
            counters.hit(TIER, found);
            return new Cached(found, TIER);
        }
        counters.miss();
        SerializedExecutable compiled = counters.compile(compile);
        if (compiled != null && keep(key, compiled)) {
            counters.store(TIER, compiled.length());
        }
        return new Cached(compiled, Cached.COMPILED);
    }

    @Override
    public void reject(CacheKey key, String reason) {
        counters.reject(reason);
        drop(key);
    }

    @Override
    public CacheStats stats() {
        return counters.snapshot();
    }

    /** Drops all entries; later gets compile. */
    @Override
    public synchronized void close() {
        closed = true;
        entries.clear();
        bytes = 0;
    }

    private synchronized @Nullable SerializedExecutable find(CacheKey key) {
        return entries.get(key);
    }

    private synchronized boolean keep(CacheKey key, SerializedExecutable executable) {
        if (closed || executable.length() > maxBytes) {
            return false;
        }
        drop(key);
        entries.put(key, executable);
        bytes += executable.length();
        for (Iterator<SerializedExecutable> oldest = entries.values().iterator(); bytes > maxBytes; ) {
            bytes -= oldest.next().length();
            oldest.remove();
        }
        return true;
    }

    private synchronized void drop(CacheKey key) {
        SerializedExecutable old = entries.remove(key);
        if (old != null) {
            bytes -= old.length();
        }
    }
}
