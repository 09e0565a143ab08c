package io.kiln.pjrt;

import java.util.concurrent.atomic.AtomicLong;

/** The count of native handles that this process has open. */
public final class PjrtHandles {
    private static final AtomicLong LIVE = new AtomicLong();

    private PjrtHandles() {}

    /** Clients, executables and buffers that were made and are not destroyed yet; zero when everything is closed. */
    public static long live() {
        return LIVE.get();
    }

    static void opened() {
        LIVE.incrementAndGet();
    }

    static void destroyed() {
        LIVE.decrementAndGet();
    }
}
