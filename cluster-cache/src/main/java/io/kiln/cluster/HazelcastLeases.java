package io.kiln.cluster;

import com.hazelcast.map.IMap;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Leases in a Hazelcast map with times to live. Hazelcast's locks would not do: those that survive a split are not in its open source
 * edition, and a hung client's lock stays. A forged lease costs a bounded wait.
 */
final class HazelcastLeases implements LeaseTable {
    private static final byte[] PRIVATE = {0};

    private final CacheClient client;
    private final IMap<String, Object> map;
    private final Duration budget;

    HazelcastLeases(CacheClient client, Duration budget) {
        this.client = client;
        this.map = client.map(HazelcastNames.LEASES);
        this.budget = budget;
    }

    @Override
    public State acquire(String key, byte[] token, Duration ttl) throws TierFault {
        Object holder = client.call(
                "taking a lease", budget, () -> map.putIfAbsent(key, token, ttl.toMillis(), TimeUnit.MILLISECONDS));
        return holder == null ? State.MINE : state(holder, token);
    }

    @Override
    public State look(String key, byte[] token) throws TierFault {
        return state(client.call("reading a lease", budget, () -> map.get(key)), token);
    }

    @Override
    public boolean extend(String key, byte[] token, Duration ttl) throws TierFault {
        return client.call(
                "extending a lease",
                budget,
                () -> isToken(map.get(key), token) && map.setTtl(key, ttl.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public void release(String key, byte[] token) throws TierFault {
        client.call("releasing a lease", budget, () -> map.remove(key, token));
    }

    @Override
    public void markPrivate(String key, byte[] token, Duration ttl) throws TierFault {
        client.call("marking a key as not shared", budget, () -> {
            if (isToken(map.get(key), token)) {
                map.set(key, PRIVATE, ttl.toMillis(), TimeUnit.MILLISECONDS);
            }
            return true;
        });
    }

    private static State state(@Nullable Object holder, byte[] token) {
        if (holder == null) {
            return State.FREE;
        }
        if (isToken(holder, PRIVATE)) {
            return State.PRIVATE;
        }
        // Anything else is a lease that is held, also what no process of ours wrote.
        return isToken(holder, token) ? State.MINE : State.HELD;
    }

    private static boolean isToken(@Nullable Object holder, byte[] token) {
        return holder instanceof byte[] bytes && Arrays.equals(bytes, token);
    }
}
