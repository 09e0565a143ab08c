package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Says why a key was in no tier: what differs from the nearest of the keys that this process asked for before, and of those whose entries are
 * on the node's disk. Safe for concurrent use.
 */
final class MissExplanation {
    private static final int KEPT = 256;

    private final Supplier<? extends Collection<CacheKey>> stored;
    private final Set<CacheKey> known = new LinkedHashSet<>(); // guarded by this; the latest last
    private boolean asked; // guarded by this

    /**
     * An explanation.
     *
     * @param stored the keys of entries that earlier processes left, the latest last; asked once, at the first miss
     */
    MissExplanation(Supplier<? extends Collection<CacheKey>> stored) {
        this.stored = stored;
    }

    /** Remembers a key that was found. */
    synchronized void found(CacheKey key) {
        remember(key);
    }

    /** The explanation of a miss, and remembers the key. */
    synchronized String missed(CacheKey key) {
        if (!asked) {
            asked = true;
            Set<CacheKey> here = new LinkedHashSet<>(known);
            known.clear();
            stored.get().forEach(this::remember);
            here.forEach(this::remember);
        }
        boolean was = known.contains(key);
        CacheKey nearest = null;
        List<String> least = List.of();
        for (CacheKey other : known) {
            List<String> difference = key.difference(other);
            if (nearest == null || difference.size() <= least.size()) {
                nearest = other;
                least = difference;
            }
        }
        remember(key);
        String miss = "cache miss: executable " + key + " is in no tier";
        if (was) {
            return miss + "; it was, and its entry was refused or dropped";
        }
        if (nearest == null) {
            return miss + "; there is no other to compare it with";
        }
        return miss + "; the nearest, " + nearest + ", differs in\n  " + String.join("\n  ", least);
    }

    private void remember(CacheKey key) {
        known.remove(key);
        known.add(key);
        if (known.size() > KEPT) {
            known.remove(known.iterator().next());
        }
    }
}
