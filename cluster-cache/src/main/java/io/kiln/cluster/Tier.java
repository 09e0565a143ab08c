package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import io.kiln.cache.SerializedExecutable;
import org.jspecify.annotations.Nullable;

/** A place that keeps executables beyond this process. What it hands out was checked in full. Safe for concurrent use. */
interface Tier extends AutoCloseable {

    /** The name in counters and messages. */
    String name();

    /**
     * The executable of a key; null when the tier has none.
     *
     * @throws RejectedEntry when there was an entry that must not be loaded; it is still there
     * @throws TierFault when the tier did not answer
     */
    @Nullable
    SerializedExecutable find(CacheKey key) throws RejectedEntry, TierFault;

    /**
     * Keeps an executable unless the tier has one of the key.
     *
     * @return false when it is too long to be kept
     * @throws TierFault when the tier did not answer
     */
    boolean store(CacheKey key, SerializedExecutable executable) throws TierFault;

    /**
     * Drops the entry of a key, if there is one.
     *
     * @throws TierFault when the tier did not answer
     */
    void drop(CacheKey key) throws TierFault;

    @Override
    void close();
}
