package io.kiln.cluster;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The machine's time; heartbeats run on one daemon thread. */
final class RealTime implements Timekeeper, AutoCloseable {
    private final ScheduledExecutorService beats = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-cache-lease").factory());

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
        Thread.sleep(time);
    }

    @Override
    public Heartbeat every(Duration period, Runnable beat) {
        ScheduledFuture<?> repeated =
                beats.scheduleAtFixedRate(beat, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
        return () -> repeated.cancel(false);
    }

    @Override
    public void close() {
        beats.shutdownNow();
    }
}
