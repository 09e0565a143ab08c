package io.kiln.cluster;

import com.hazelcast.map.IMap;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import io.kiln.cache.CacheKey;
import io.kiln.cache.SerializedExecutable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The cluster's memory: one map of signed entries in a {@link CacheMember} or a cluster of its owner's, gone with it. */
final class HazelcastTier implements Tier {
    private final CacheClient client;
    private final IMap<String, byte[]> map;
    private final EntrySeal seal;
    private final Duration getBudget;
    private final Duration putBudget;

    HazelcastTier(CacheClient client, EntrySeal seal, Duration getBudget, Duration putBudget) {
        this.client = client;
        this.map = client.map(HazelcastNames.EXECUTABLES);
        this.seal = seal;
        this.getBudget = getBudget;
        this.putBudget = putBudget;
    }

    @Override
    public String name() {
        return SharedTier.NAME;
    }

    @Override
    public @Nullable SerializedExecutable find(CacheKey key) throws RejectedEntry, TierFault {
        Object entry = client.call("getting an entry", getBudget, () -> read(key));
        if (entry == null) {
            return null;
        }
        if (!(entry instanceof byte[] bytes)) {
            throw new RejectedEntry(RejectReason.NOT_AN_ENTRY);
        }
        SerializedExecutable executable = seal.open(key, bytes);
        renew(key, bytes);
        return executable;
    }

    /** Signs an entry of a key that is to be retired anew, where it still stands. */
    private void renew(CacheKey key, byte[] entry) throws RejectedEntry {
        byte[] renewed = seal.renewed(entry);
        if (renewed == null) {
            return;
        }
        try {
            client.call("signing an entry anew", putBudget, () -> map.replace(key.hex(), entry, renewed));
        } catch (TierFault e) {
            // The entry was found all the same; who finds it next does this.
        }
    }

    /** What is stored, whatever a stranger made of it. */
    private @Nullable Object read(CacheKey key) {
        IMap<String, ?> untyped = map;
        try {
            return untyped.get(key.hex());
        } catch (HazelcastSerializationException e) {
            // A stranger's object, which the filter refused: no fault of the tier, but no entry either.
            return e;
        }
    }

    @Override
    public boolean store(CacheKey key, SerializedExecutable executable) throws TierFault {
        if (!seal.fits(key, executable.length())) {
            return false;
        }
        byte[] entry = seal.seal(key, executable);
        // Never over an entry that is there: a process that was paused must not undo what others already use.
        client.call("storing an entry", putBudget, () -> map.putIfAbsent(key.hex(), entry) == null);
        return true;
    }

    /** Drops an entry where this process can put another in its place; a reader leaves what others share as it is. */
    @Override
    public void drop(CacheKey key) throws TierFault {
        if (!seal.signs()) {
            return;
        }
        client.call("dropping an entry", getBudget, () -> {
            map.delete(key.hex());
            return true;
        });
    }

    @Override
    public void close() {
        client.close();
    }
}
