package io.kiln.cluster;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * The keys of one application's shared tier, held by its driver: random, replaced when they are as old as their lifetime or when somebody
 * asks for it. The key before is still given out, so that its entries are read and signed anew; the one before that is gone.
 */
public final class ApplicationKeys implements SharedKeys, AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Duration lifetime;
    private final LongSupplier nanoTime;
    private byte[] keys = new byte[0]; // guarded by this; the one that signs first
    private long made; // guarded by this

    /** A fresh key, replaced after each lifetime. */
    public ApplicationKeys(Duration lifetime) {
        this(lifetime, System::nanoTime);
    }

    ApplicationKeys(Duration lifetime, LongSupplier nanoTime) {
        this.lifetime = lifetime;
        this.nanoTime = nanoTime;
        renew(1);
    }

    @Override
    public synchronized byte[] ask() {
        // In seconds: a lifetime of centuries has more nanoseconds than a long.
        if (keys.length > 0 && Duration.ofNanos(nanoTime.getAsLong() - made).compareTo(lifetime) >= 0) {
            renew(2);
        }
        return keys.clone();
    }

    /** Replaces the key that signs now: its entries are read until the next time. Twice in a row, nothing signed so far is read. */
    public synchronized void rotate() {
        if (keys.length > 0) {
            renew(2);
        }
    }

    private synchronized void renew(int kept) {
        byte[] fresh = new byte[MacKey.SECRET_BYTES];
        RANDOM.nextBytes(fresh);
        byte[] next = Arrays.copyOf(fresh, kept * MacKey.SECRET_BYTES);
        System.arraycopy(keys, 0, next, MacKey.SECRET_BYTES, (kept - 1) * MacKey.SECRET_BYTES);
        Arrays.fill(fresh, (byte) 0);
        Arrays.fill(keys, (byte) 0);
        keys = next;
        made = nanoTime.getAsLong();
    }

    /** Forgets the keys; from then on there are none. */
    @Override
    public synchronized void close() {
        Arrays.fill(keys, (byte) 0);
        keys = new byte[0];
    }

    /** How many keys are read, and none of them. */
    @Override
    public synchronized String toString() {
        return "ApplicationKeys[" + keys.length / MacKey.SECRET_BYTES + "]";
    }
}
