package io.kiln.cache;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * At most one run of a key's work at a time in this JVM: the first caller runs it, those that come meanwhile wait for its result. Nothing
 * is remembered afterwards.
 *
 * @param <K> the key
 * @param <V> the result
 */
public final class SingleFlight<K, V> {
    private final ConcurrentMap<K, CompletableFuture<V>> flights = new ConcurrentHashMap<>();

    /** No flight under way. */
    public SingleFlight() {}

    /**
     * The result of {@code work}, run here or by the caller that came first.
     *
     * @param onWait runs once, before the first wait for another caller
     * @throws RuntimeException what the work threw, in the runner and in everyone who waited
     * @throws CancellationException when this thread was interrupted while it waited; its interrupt flag is set
     */
    public V run(K key, Supplier<V> work, Runnable onWait) {
        boolean waited = false;
        while (true) {
            CompletableFuture<V> mine = new CompletableFuture<>();
            CompletableFuture<V> flight = flights.putIfAbsent(key, mine);
            if (flight == null) {
                return lead(key, work, mine);
            }
            if (!waited) {
                waited = true;
                onWait.run();
            }
            try {
                return flight.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw interrupted(key, e);
            } catch (ExecutionException e) {
                // The runner was interrupted, which is no answer for those who were not: one of them runs instead.
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                if (!(cause instanceof CancellationException)) {
                    throw rethrown(cause);
                }
            }
        }
    }

    private V lead(K key, Supplier<V> work, CompletableFuture<V> mine) {
        try {
            V value = work.get();
            flights.remove(key, mine);
            mine.complete(value);
            return value;
        } catch (Throwable e) {
            flights.remove(key, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    /** The exception of an interrupted wait for a key's executable. */
    public static CancellationException interrupted(Object key, InterruptedException cause) {
        CancellationException e =
                new CancellationException("waiting for the compile of " + key + " by another task: interrupted");
        e.initCause(cause);
        return e;
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(cause);
    }
}
