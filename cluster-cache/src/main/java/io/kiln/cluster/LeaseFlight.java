package io.kiln.cluster;

import io.kiln.cluster.LeaseTable.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One compile a key over the processes that share a {@link LeaseTable}: who takes the lease compiles and extends it with a heartbeat, the
 * others look for the result while the lease is held. The promise is one compile without failures, one more for each compiler that dies or
 * loses its lease, and never a wait beyond the bound: after it, or when the table does not answer, a process compiles by itself.
 */
final class LeaseFlight {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

    private final LeaseTable leases;
    private final Timekeeper time;
    private final Supplier<byte[]> tokens;
    private final Duration ttl;
    private final Duration maxWait;

    /**
     * A flight.
     *
     * @param tokens random names of one attempt each
     * @param ttl the time after which a dead compiler's lease is free
     * @param maxWait the longest wait for another's compile
     */
    LeaseFlight(LeaseTable leases, Timekeeper time, Supplier<byte[]> tokens, Duration ttl, Duration maxWait) {
        this.leases = leases;
        this.time = time;
        this.tokens = tokens;
        this.ttl = ttl;
        this.maxWait = maxWait;
    }

    /**
     * What the flight runs and tells.
     *
     * @param <R> the executable in the caller's terms
     */
    interface Steps<R> {
        /** The shared result; null when there is none. Never throws for a fault of the cache. */
        @Nullable
        R find();

        /** A compile in this process. */
        R compile();

        /** Shares a result; false when it cannot be shared. Never throws for a fault of the cache. */
        boolean share(R result);

        /** The caller is about to wait for another process. */
        void waiting();

        /** The lease was taken over while this process compiled. */
        void leaseLost();

        /** The table did not answer. */
        void fault(TierFault fault);
    }

    /**
     * The result of one key.
     *
     * @throws InterruptedException when this thread was interrupted while it waited for another process
     */
    <R> R run(String key, Steps<R> steps) throws InterruptedException {
        byte[] token = tokens.get();
        try {
            State state = leases.acquire(key, token, ttl);
            if (state == State.HELD) {
                steps.waiting();
            }
            long deadline = time.nanoTime() + maxWait.toNanos();
            Duration pause = FIRST_PAUSE;
            while (state == State.HELD || state == State.FREE) {
                if (state == State.FREE) {
                    R found = steps.find();
                    if (found != null) {
                        return found;
                    }
                    state = leases.acquire(key, token, ttl);
                    continue;
                }
                long left = deadline - time.nanoTime();
                if (left <= 0) {
                    break;
                }
                time.sleep(pause.toNanos() < left ? pause : Duration.ofNanos(left));
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
                state = leases.look(key, token);
            }
            if (state == State.MINE) {
                return lead(key, token, steps);
            }
            R own = steps.compile();
            if (state == State.HELD) {
                // The holder takes too long; what is done is worth sharing with those who still wait.
                steps.share(own);
            }
            return own;
        } catch (TierFault e) {
            steps.fault(e);
            return steps.compile();
        }
    }

    private <R> R lead(String key, byte[] token, Steps<R> steps) {
        // The holder before may have finished between this process's last look and its taking of the lease.
        R found = steps.find();
        if (found != null) {
            quietly(steps, () -> leases.release(key, token));
            return found;
        }
        AtomicBoolean lost = new AtomicBoolean();
        boolean shared = true;
        try (Timekeeper.Heartbeat _ = time.every(ttl.dividedBy(3), () -> beat(key, token, lost, steps))) {
            R own = steps.compile();
            shared = steps.share(own);
            return own;
        } finally {
            boolean release = shared;
            quietly(steps, () -> {
                if (release) {
                    leases.release(key, token);
                } else {
                    // Without the mark the waiting processes would compile one after the other.
                    leases.markPrivate(key, token, maxWait);
                }
            });
        }
    }

    private void beat(String key, byte[] token, AtomicBoolean lost, Steps<?> steps) {
        if (!lost.get()) {
            quietly(steps, () -> {
                if (!leases.extend(key, token, ttl) && lost.compareAndSet(false, true)) {
                    steps.leaseLost();
                }
            });
        }
    }

    private interface Call {
        void run() throws TierFault;
    }

    private static void quietly(Steps<?> steps, Call call) {
        try {
            call.run();
        } catch (TierFault e) {
            steps.fault(e);
        }
    }
}
