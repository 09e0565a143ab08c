package io.kiln.pjrt;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A native object with one owner and any number of users. {@link #close} gives up ownership; the object is destroyed when its last user
 * is done, so that a close in one thread never frees what a call in another is working on. A handle is also a user of its parent.
 */
abstract sealed class PjrtHandle implements AutoCloseable permits PjrtClient, PjrtExecutable, PjrtBuffer {
    private final MemorySegment address;
    private final @Nullable PjrtHandle parent;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** The owner counts as one; at zero the object is gone. */
    private final AtomicInteger users = new AtomicInteger(1);

    PjrtHandle(MemorySegment address, @Nullable PjrtHandle parent) {
        this.address = address;
        this.parent = parent;
        if (parent != null) {
            parent.retain();
        }
        PjrtHandles.opened();
    }

    /** What to call this object in a message. */
    abstract String what();

    /** Frees the native object; called once. */
    abstract void destroy(MemorySegment object);

    /** The native object, kept alive until {@link #release}. */
    final MemorySegment acquire() {
        int now = users.get();
        while (now > 0 && !closed.get()) {
            if (users.compareAndSet(now, now + 1)) {
                return address;
            }
            now = users.get();
        }
        throw new IllegalStateException("using " + what() + ": an open one is required, got a closed one");
    }

    /** One user more, for a caller that is one itself or whose own object is: so this object is not gone, though it may be closed. */
    private void retain() {
        users.incrementAndGet();
    }

    /** Ends one {@link #acquire}. */
    final void release() {
        if (users.decrementAndGet() == 0) {
            try {
                destroy(address);
            } finally {
                PjrtHandles.destroyed();
                if (parent != null) {
                    parent.release();
                }
            }
        }
    }

    /** Whether {@link #close} was called. */
    public final boolean isClosed() {
        return closed.get();
    }

    /** Gives the object up; it is freed as soon as no running call uses it. Closing twice is allowed. */
    @Override
    public final void close() {
        if (closed.compareAndSet(false, true)) {
            release();
        }
    }
}
