package io.kiln.compile;

import io.kiln.cache.CacheKey;
import io.kiln.pjrt.PjrtExecutable;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The cache's tier in this JVM: loaded executables, bounded by bytes. When they are more, those used longest ago are let go: what nobody
 * holds any more is closed, and what a function or a running task still holds stays open, and is found here, until it is dropped. Safe for
 * concurrent use.
 */
final class LoadedExecutables implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long maxBytes;
    /** By use, the one used longest ago first. */
    private final LinkedHashMap<CacheKey, Loaded> held = new LinkedHashMap<>(16, 0.75f, true);

    private final Map<CacheKey, WeakReference<Loaded>> letGo = new HashMap<>();
    /** All that is open, also what was let go: a close of the tier closes it. */
    private final Set<PjrtExecutable> open = ConcurrentHashMap.newKeySet();

    private long bytes;

    /** An executable and where it came from. Who has this object holds the executable open. */
    static final class Loaded {
        private final PjrtExecutable executable;
        private final String tier;
        private final long bytes;

        private Loaded(PjrtExecutable executable, String tier, long bytes) {
            this.executable = executable;
            this.tier = tier;
            this.bytes = bytes;
        }

        /** The executable; open as long as this is reachable and the tier is not closed. */
        PjrtExecutable executable() {
            return executable;
        }

        /** The tier that it was found in. */
        String tier() {
            return tier;
        }
    }

    /** Nothing, and room for {@code maxBytes}; one executable that is larger by itself is kept until another comes. */
    LoadedExecutables(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The executable of a key, used now; null when it is not loaded. */
    synchronized @Nullable Loaded find(CacheKey key) {
        Loaded found = held.get(key);
        if (found != null) {
            return found;
        }
        WeakReference<Loaded> reference = letGo.get(key);
        Loaded alive = reference == null ? null : reference.get();
        if (alive != null) {
            hold(key, alive);
        }
        return alive;
    }

    /**
     * Keeps an executable, which this owns from now on.
     *
     * @param bytes what it counts for: the length of its serialized form
     */
    Loaded add(CacheKey key, PjrtExecutable executable, String tier, long bytes) {
        Loaded loaded = new Loaded(executable, tier, bytes);
        open.add(executable);
        CLEANER.register(loaded, closing(open, executable));
        synchronized (this) {
            hold(key, loaded);
        }
        return loaded;
    }

    /** A lambda made here does not capture the object whose end it waits for. */
    private static Runnable closing(Set<PjrtExecutable> open, PjrtExecutable executable) {
        return () -> {
            open.remove(executable);
            executable.close();
        };
    }

    private void hold(CacheKey key, Loaded loaded) {
        letGo.remove(key);
        Loaded before = held.put(key, loaded);
        bytes += loaded.bytes - (before == null ? 0 : before.bytes);
        if (bytes > maxBytes) {
            letGo.values().removeIf(reference -> reference.refersTo(null));
        }
        Iterator<Map.Entry<CacheKey, Loaded>> oldest = held.entrySet().iterator();
        while (bytes > maxBytes && held.size() > 1) {
            Map.Entry<CacheKey, Loaded> entry = oldest.next();
            bytes -= entry.getValue().bytes;
            letGo.put(entry.getKey(), new WeakReference<>(entry.getValue()));
            oldest.remove();
        }
    }

    /** Whether the executable of a key is kept though nobody may hold it. No use of it. */
    synchronized boolean holds(CacheKey key) {
        return held.containsKey(key);
    }

    /** The bytes of what is kept. */
    synchronized long bytes() {
        return bytes;
    }

    /** Closes every executable, let go or not; calls that run on them end first. What is added later is closed by the next close. */
    @Override
    public void close() {
        synchronized (this) {
            held.clear();
            letGo.clear();
            bytes = 0;
        }
        for (PjrtExecutable executable : List.copyOf(open)) {
            open.remove(executable);
            executable.close();
        }
    }
}
