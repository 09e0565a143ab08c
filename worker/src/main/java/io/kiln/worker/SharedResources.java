package io.kiln.worker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Resources that the tasks of a JVM share: made once a key, closed when no task holds them any more and they were dropped or pushed
 * out by newer ones.
 */
final class SharedResources<K, V extends AutoCloseable> implements AutoCloseable {
    private final Map<K, Entry<V>> entries = new LinkedHashMap<>();
    private final int maxIdle;
    private boolean closed;

    /** One resource, or the promise of one. */
    private static final class Entry<V> {
        private final CompletableFuture<V> value = new CompletableFuture<>();
        private int users;
        private boolean dropped;
    }

    /** The right to use a resource until it is closed; closing twice is once. */
    final class Lease implements AutoCloseable {
        private final Entry<V> entry;
        private boolean released;

        private Lease(Entry<V> entry) {
            this.entry = entry;
        }

        /** The resource. */
        V value() {
            return entry.value.resultNow();
        }

        @Override
        public void close() {
            if (!released) {
                released = true;
                release(entry);
            }
        }
    }

    /** No resources; at most {@code maxIdle} are kept that nobody holds. */
    SharedResources(int maxIdle) {
        this.maxIdle = maxIdle;
    }

    /** The resource of {@code key}, made now when there is none. Who waits for another's making and sees it fail makes its own. */
    Lease acquire(K key, Supplier<V> make) throws InterruptedException {
        while (true) {
            Entry<V> entry;
            boolean mine;
            synchronized (this) {
                if (closed) {
                    throw new IllegalStateException("the worker's runtime is closed");
                }
                // Re-inserting keeps the order of use, oldest first.
                Entry<V> known = entries.remove(key);
                mine = known == null;
                entry = known == null ? new Entry<>() : known;
                entries.put(key, entry);
                entry.users++;
            }
            if (mine) {
                fill(key, entry, make);
                return new Lease(entry);
            }
            try {
                entry.value.get();
                return new Lease(entry);
            } catch (ExecutionException failed) {
                release(entry);
            } catch (InterruptedException e) {
                release(entry);
                throw e;
            }
        }
    }

    private void fill(K key, Entry<V> entry, Supplier<V> make) {
        try {
            entry.value.complete(make.get());
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                entries.remove(key, entry);
            }
            entry.value.completeExceptionally(e);
            throw e;
        }
    }

    /** Forgets the resources of these keys; each is closed when its last user is done. */
    void drop(Predicate<K> which) {
        List<Entry<V>> idle = new ArrayList<>();
        synchronized (this) {
            entries.entrySet().removeIf(e -> {
                if (!which.test(e.getKey())) {
                    return false;
                }
                drop(e.getValue(), idle);
                return true;
            });
        }
        idle.forEach(SharedResources::closeValue);
    }

    /** The sum of a measure over the resources that are there now. */
    synchronized long sum(ToLongFunction<V> measure) {
        return entries.values().stream()
                .filter(e -> e.value.isDone() && !e.value.isCompletedExceptionally())
                .mapToLong(e -> measure.applyAsLong(e.value.resultNow()))
                .sum();
    }

    /** Drops everything; nothing can be acquired any more. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        drop(key -> true);
    }

    private void release(Entry<V> entry) {
        List<Entry<V>> idle = new ArrayList<>();
        synchronized (this) {
            entry.users--;
            if (entry.users == 0 && entry.dropped) {
                idle.add(entry);
            }
            long unused = entries.values().stream().filter(e -> e.users == 0).count();
            var oldest = entries.entrySet().iterator();
            while (unused > maxIdle && oldest.hasNext()) {
                Entry<V> old = oldest.next().getValue();
                if (old.users == 0) {
                    oldest.remove();
                    drop(old, idle);
                    unused--;
                }
            }
        }
        idle.forEach(SharedResources::closeValue);
    }

    private void drop(Entry<V> entry, List<Entry<V>> idle) {
        entry.dropped = true;
        if (entry.users == 0) {
            idle.add(entry);
        }
    }

    private static <V extends AutoCloseable> void closeValue(Entry<V> entry) {
        if (entry.value.isCompletedExceptionally()) {
            return;
        }
        try {
            entry.value.resultNow().close();
        } catch (Exception e) {
            throw new IllegalStateException("closing a shared resource failed", e);
        }
    }
}
