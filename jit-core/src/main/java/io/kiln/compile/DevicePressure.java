package io.kiln.compile;

/**
 * The bytes that device arrays hold. The garbage collector frees arrays that nobody closes, but it sees a few bytes of heap where a device
 * holds megabytes; so it is asked to run when as much as {@code limit} was taken since it was asked last and is still held. The JDK does
 * the same for direct buffers, and its limit is the same: the largest size of the heap.
 */
final class DevicePressure {
    /** The pressure of this process. */
    static final DevicePressure PROCESS =
            new DevicePressure(Runtime.getRuntime().maxMemory(), System::gc);

    private final long limit;
    private final Runnable collect;
    private long held; // guarded by this
    private long taken; // guarded by this

    DevicePressure(long limit, Runnable collect) {
        this.limit = limit;
        this.collect = collect;
    }

    /** An array of {@code bytes} was made. */
    void take(long bytes) {
        synchronized (this) {
            held += bytes;
            taken += bytes;
            if (held <= limit || taken <= limit) {
                return;
            }
            taken = 0;
        }
        collect.run();
    }

    /** An array of {@code bytes} was freed. */
    synchronized void free(long bytes) {
        held -= bytes;
    }
}
