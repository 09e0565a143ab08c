package io.kiln.cache;

/** The cache that remembers nothing: every get compiles, once for the callers that come at the same time. */
public final class NoCache implements ExecutableCache {
    private final SingleFlight<CacheKey, Cached> flights = new SingleFlight<>();
    private final CacheCounters counters = new CacheCounters();

    /** A cache with no entry, ever. */
    public NoCache() {}

    @Override
    public Cached get(CacheKey key, Compile compile) {
        return flights.run(
                key,
                () -> {
                    counters.miss();
                    return new Cached(counters.compile(compile), Cached.COMPILED);
                },
                counters::waited);
    }

    @Override
    public void reject(CacheKey key, String reason) {
        counters.reject(reason);
    }

    @Override
    public CacheStats stats() {
        return counters.snapshot();
    }

    @Override
    public void close() {}
}
