package io.kiln.cluster;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A circuit breaker: after some failures in a row it says no for a while, then lets one call through to try. Safe for concurrent use.
 */
final class Breaker {
    private final int threshold;
    private final long pauseNanos;
    private final LongSupplier nanoTime;
    private int failures; // guarded by this
    private long openUntil; // guarded by this; read only when failures >= threshold

    /**
     * A closed breaker.
     *
     * @param threshold failures in a row that open it
     * @param pause how long it stays open
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    Breaker(int threshold, Duration pause, LongSupplier nanoTime) {
        this.threshold = threshold;
        this.pauseNanos = pause.toNanos();
        this.nanoTime = nanoTime;
    }

    /** Whether a call may be made; after the pause one caller gets a yes and the others wait for how it goes. */
    synchronized boolean permits() {
        if (failures < threshold) {
            return true;
        }
        long now = nanoTime.getAsLong();
        if (now - openUntil < 0) {
            return false;
        }
        openUntil = now + pauseNanos;
        return true;
    }

    synchronized void succeeded() {
        failures = 0;
    }

    synchronized void failed() {
        failures++;
        if (failures >= threshold) {
            openUntil = nanoTime.getAsLong() + pauseNanos;
        }
    }
}
