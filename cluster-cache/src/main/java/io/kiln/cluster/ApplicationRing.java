package io.kiln.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The application's keys as this process knows them. They are asked for again when the answer is a minute old or an entry names a key that is
 * not among them, so a key that the driver replaced is known here before it is missed. No answer within the budget leaves what is known.
 */
final class ApplicationRing implements KeySource {
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final SharedKeys keys;
    private final String scope;
    private final boolean readOnly;
    private final Duration budget;
    private final LongSupplier nanoTime;
    private KeyRing ring; // guarded by this
    private long asked; // guarded by this

    private ApplicationRing(
            SharedKeys keys, String scope, boolean readOnly, Duration budget, LongSupplier nanoTime, KeyRing ring) {
        this.keys = keys;
        this.scope = scope;
        this.readOnly = readOnly;
        this.budget = budget;
        this.nanoTime = nanoTime;
        this.ring = ring;
        this.asked = nanoTime.getAsLong();
    }

    /**
     * The keys of a configuration; null when nothing is shared.
     *
     * @throws RuntimeException when there is no answer
     * @throws TierFault when there is none within the budget of a connection
     */
    static @Nullable ApplicationRing open(CacheConf conf, SharedKeys keys, LongSupplier nanoTime) throws TierFault {
        boolean readOnly = conf.trust().readOnly();
        KeyRing first = await(start(keys, conf.scope(), readOnly), conf.connectBudget());
        if (first == null) {
            throw TierFault.failed(
                    "no answer from the driver about the cache's key within "
                            + conf.connectBudget().toMillis() + " ms",
                    null);
        }
        return first.reads().isEmpty()
                ? null
                : new ApplicationRing(keys, conf.scope(), readOnly, conf.getBudget(), nanoTime, first);
    }

    @Override
    public synchronized KeyRing now() {
        return nanoTime.getAsLong() - asked >= FRESH.toNanos() ? again() : ring;
    }

    @Override
    public synchronized KeyRing again() {
        asked = nanoTime.getAsLong();
        try {
            KeyRing next = await(start(keys, scope, readOnly), budget);
            if (next != null && !next.reads().isEmpty()) {
                ring = next;
            }
        } catch (RuntimeException e) {
            // The driver is busy or gone; entries of the keys that are known are still read.
        }
        return ring;
    }

    private static CompletableFuture<KeyRing> start(SharedKeys keys, String scope, boolean readOnly) {
        CompletableFuture<KeyRing> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("kiln-cache-keys").start(() -> {
            try {
                answer.complete(ring(keys, scope, readOnly));
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static KeyRing ring(SharedKeys keys, String scope, boolean readOnly) {
        byte[] bytes = keys.ask();
        try {
            if (bytes.length % MacKey.SECRET_BYTES != 0) {
                throw new IllegalArgumentException("signing cache entries: keys of " + MacKey.SECRET_BYTES
                        + " bytes are required, got " + bytes.length + " bytes");
            }
            List<EntryKey> ring = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += MacKey.SECRET_BYTES) {
                byte[] secret = Arrays.copyOfRange(bytes, at, at + MacKey.SECRET_BYTES);
                ring.add(new MacKey(secret, scope));
                Arrays.fill(secret, (byte) 0);
            }
            return new KeyRing(readOnly || ring.isEmpty() ? null : ring.getFirst(), ring);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** The answer, or null when it is not there within the budget or this thread is interrupted; its flag is then set. */
    private static @Nullable KeyRing await(CompletableFuture<KeyRing> answer, Duration budget) {
        try {
            return answer.get(budget.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException("asking for the keys of the shared cache failed: " + e.getCause(), e);
        }
    }

    /** The keys' ids, which are no secret. */
    @Override
    public synchronized String toString() {
        return "ApplicationRing" + ring.reads();
    }
}
