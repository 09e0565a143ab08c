package io.kiln.cache;

import org.jspecify.annotations.Nullable;

/**
 * A map from key to serialized executable that compiles on a miss. It is an aid and never a requirement: whatever is wrong with the cache,
 * {@link #get} answers by compiling. Safe for concurrent use.
 */
public interface ExecutableCache extends AutoCloseable {
    /** The reason under which an entry is rejected that the plugin did not load. */
    String DID_NOT_LOAD = "load";

    /**
     * The executable for {@code key}, from the nearest tier that holds it, else compiled. One caller of a key compiles at a time in this
     * JVM, and in the cluster where the cache is shared; the others wait for its bytes.
     *
     * @throws RuntimeException what {@code compile} threw, given to every waiter and not remembered
     * @throws java.util.concurrent.CancellationException when this thread was interrupted while it waited; its interrupt flag is set
     */
    Cached get(CacheKey key, Compile compile);

    /**
     * Takes an entry back that was intact but did not load: it is dropped from every tier and counted under {@code reason}. A key that is
     * rejected again is compiled privately from then on, so that one bad writer cannot make processes take turns.
     */
    void reject(CacheKey key, String reason);

    /** The counters since this cache was opened. */
    CacheStats stats();

    /** Lets go of connections and threads; later calls of {@link #get} compile. Idempotent. */
    @Override
    void close();

    /**
     * An answer of the cache.
     *
     * @param executable what was found or compiled; null when the plugin cannot serialize, then the compile's own result is the executable
     * @param tier where it came from: {@code compile}, {@code memory}, {@code disk}, {@code hazelcast}
     */
    record Cached(@Nullable SerializedExecutable executable, String tier) {
        /** The tier's name of an executable that was compiled for this answer. */
        public static final String COMPILED = "compile";

        /** The executable's bytes; null when the plugin cannot serialize. */
        public byte @Nullable [] bytes() {
            return executable == null ? null : executable.bytes();
        }
    }

    /** A compile of the key's program on this host. */
    @FunctionalInterface
    interface Compile {
        /** The serialized executable; null when the plugin cannot serialize, then nothing is stored. */
        byte @Nullable [] run();
    }
}
