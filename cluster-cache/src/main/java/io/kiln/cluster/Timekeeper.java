package io.kiln.cluster;

import java.time.Duration;

/** The time that the lease protocol lives in; a simulator has another. */
interface Timekeeper {

    /** A clock that never goes back, nanoseconds. */
    long nanoTime();

    /** Waits. */
    void sleep(Duration time) throws InterruptedException;

    /** Runs {@code beat} every {@code period} until the heartbeat is closed. */
    Heartbeat every(Duration period, Runnable beat);

    /** Work that repeats. */
    interface Heartbeat extends AutoCloseable {
        /** Ends it; a beat under way may still finish. */
        @Override
        void close();
    }
}
