package io.kiln.compile;

import io.kiln.lower.StableHloModule;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The watch over compiles that take long: a compile cannot be stopped, but while it runs its program can be named, so that whoever
 * waits knows for what. It speaks after a first time, then after twice that time, and so on.
 */
final class CompileWatch {
    private static final System.Logger LOG = System.getLogger("io.kiln.compile");

    /** The watch of this process. The system property {@code kiln.compile.slow} has the first time in seconds; 0 is never. */
    static final CompileWatch PROCESS = new CompileWatch(
            Duration.ofSeconds(Math.max(0, Long.getLong("kiln.compile.slow", 30))),
            text -> LOG.log(System.Logger.Level.WARNING, text));

    /** One thread for all watches of the process, which does not keep it alive. */
    private static final class Clock {
        static final ScheduledExecutorService THREAD = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("kiln-compile-watch").factory());
    }

    private final Duration first;
    private final Consumer<String> log;

    /**
     * A watch.
     *
     * @param first how long a compile may take in silence; zero is for ever
     * @param log takes what it says
     */
    CompileWatch(Duration first, Consumer<String> log) {
        this.first = first;
        this.log = log;
    }

    /** What {@code compile} gives, which compiles {@code module}. */
    <T> T over(StableHloModule module, Supplier<T> compile) {
        if (first.isZero()) {
            return compile.get();
        }
        Turn turn = new Turn(module);
        turn.next(1);
        try {
            return compile.get();
        } finally {
            turn.end();
        }
    }

    /** The watch over one compile. */
    private final class Turn {
        private final StableHloModule module;
        private final long start = System.nanoTime();
        private @Nullable ScheduledFuture<?> waiting; // guarded by this, as the following
        private boolean spoke;
        private boolean ended;

        Turn(StableHloModule module) {
            this.module = module;
        }

        synchronized void next(long times) {
            if (!ended) {
                waiting = Clock.THREAD.schedule(
                        () -> speak(times), first.multipliedBy(times).toNanos(), TimeUnit.NANOSECONDS);
            }
        }

        // What is said is said under the lock: nothing after the end.
        private synchronized void speak(long times) {
            if (ended) {
                return;
            }
            spoke = true;
            log.accept(("compiling %s: not done after %s, with about %,d operations\n"
                            + "fix: write long Java loops as Control.fori, scan or map, which compile one step;"
                            + " kiln.compile.slow says after how many seconds this is said")
                    .formatted(module.name(), seconds(), operations()));
            next(2 * times);
        }

        synchronized void end() {
            ended = true;
            if (waiting != null) {
                waiting.cancel(false);
            }
            if (spoke) {
                log.accept("compiling %s: ended after %s".formatted(module.name(), seconds()));
            }
        }

        private String seconds() {
            return "%.0f s".formatted((System.nanoTime() - start) / 1e9);
        }

        /** The lines of the module: one an operation, a few more for functions. */
        private int operations() {
            int lines = 0;
            for (byte b : module.text()) {
                lines += b == '\n' ? 1 : 0;
            }
            return lines;
        }
    }
}
