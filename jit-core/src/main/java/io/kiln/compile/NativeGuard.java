package io.kiln.compile;

import io.kiln.cache.CacheKey;

/** What stands before native code that sees a program for the first time in this process: a plugin's compiler and loader may end it. */
public interface NativeGuard {
    /** No guard. */
    NativeGuard NONE = (key, name) -> Turn.FREE;

    /**
     * The right to compile or load a program, to be closed when that is done.
     *
     * @param key the key of its executable
     * @param name what to call it in messages
     * @throws io.kiln.error.KilnException when the program is not to be tried again
     * @throws java.util.concurrent.CancellationException when this thread was interrupted while it waited for a turn
     */
    Turn enter(CacheKey key, String name);

    /** One program on its way through native code. */
    interface Turn extends AutoCloseable {
        /** Not guarded. */
        Turn FREE = new Turn() {
            @Override
            public void begins(String what) {}

            @Override
            public void close() {}
        };

        /** Called right before native code sees the program: {@code compiling} or {@code loading}. */
        void begins(String what);

        /** The process lives. */
        @Override
        void close();
    }
}
