package io.kiln.compile;

import java.util.function.LongSupplier;

/**
 * The bytes that device arrays hold. The garbage collector frees arrays that nobody closes, but it sees a few bytes of heap where a device
 * holds megabytes; so it is asked to run
 *
 * <ul>
 *   <li>when {@link #STEP} was taken since it was asked last and is still held, unless that would take more than a fiftieth of the time:
 *       memory that is used again soon is fast memory;
 *   <li>in any case when as much as {@code limit} was taken since then and is still held. The JDK does the same for direct buffers, and
 *       its limit is the same: the largest size of the heap.
 * </ul>
 */
final class DevicePressure {
    /** The pressure of this process. */
    static final DevicePressure PROCESS =
            new DevicePressure(Runtime.getRuntime().maxMemory(), System::gc, System::nanoTime);

    /** Bytes; of the order of a processor's last cache, and many arrays. */
    static final long STEP = 256L << 20;

    /** The time between two collections to that of one of them. */
    private static final long PAUSE = 50;

    private final long limit;
    private final Runnable collect;
    private final LongSupplier nanos;
    private long held; // guarded by this, as the following
    private long taken;
    private long next;

    DevicePressure(long limit, Runnable collect, LongSupplier nanos) {
        this.limit = limit;
        this.collect = collect;
        this.nanos = nanos;
        this.next = nanos.getAsLong();
    }

    /** An array of {@code bytes} was made. */
    void take(long bytes) {
        synchronized (this) {
            held += bytes;
            taken += bytes;
            if (!isDue()) {
                return;
            }
            taken = 0;
        }
        long start = nanos.getAsLong();
        collect.run();
        long end = nanos.getAsLong();
        synchronized (this) {
            next = end + PAUSE * (end - start);
        }
    }

    private boolean isDue() {
        long least = Math.min(held, taken);
        return least > limit || (least > STEP && nanos.getAsLong() - next >= 0);
    }

    /** An array of {@code bytes} was freed. */
    synchronized void free(long bytes) {
        held -= bytes;
    }
}
