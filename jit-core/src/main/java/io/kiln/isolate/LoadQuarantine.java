package io.kiln.isolate;

import io.kiln.cache.CacheKey;
import io.kiln.compile.NativeGuard;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The guard of processes that compile and load programs themselves, such as executors: a breadcrumb in a {@link Quarantine} says which program
 * native code works on, and a program that two processes of a folder died of within a day is refused. A process that ends in order, and one
 * that is interrupted, leaves no breadcrumb; one that gets through clears the program's name. Where the folder cannot be used it guards nothing
 * and says so once.
 */
public final class LoadQuarantine implements NativeGuard {
    private static final System.Logger LOG = System.getLogger("io.kiln.isolate");

    /** A process is also killed for reasons that are not the program's. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    /** As long as one waits for another's compile; a process that hangs must not keep the others for ever. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

    /** The breadcrumbs of this process, which an orderly end takes away. */
    private static final Set<Breadcrumb> OPEN = ConcurrentHashMap.newKeySet();

    private static final AtomicBoolean ENDING = new AtomicBoolean();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(LoadQuarantine::end, "kiln-quarantine-end"));
    }

    private final Quarantine quarantine;
    private final Duration wait;
    private final AtomicBoolean said = new AtomicBoolean();

    LoadQuarantine(Path folder, Duration remembered, Duration wait) {
        this.quarantine = new Quarantine(folder, remembered);
        this.wait = wait;
    }

    /** The guard with a folder, which is made where it is missing; no guard, and a warning, where that is not possible. */
    public static NativeGuard in(Path folder) {
        try {
            return new LoadQuarantine(folder, REMEMBERED, LONGEST_WAIT);
        } catch (KilnException e) {
            LOG.log(Level.WARNING, "programs are compiled and loaded without a quarantine: " + e.problem());
            return NativeGuard.NONE;
        }
    }

    /** A JVM that is told to end does so in the middle of native code, which is not the program's fault. */
    private static void end() {
        ENDING.set(true);
        OPEN.forEach(Breadcrumb::close);
    }

    @Override
    public Turn enter(CacheKey key, String name) {
        try {
            Breadcrumb crumb = await(key, name);
            return crumb == null ? Turn.FREE : new Guarded(crumb, key, name);
        } catch (IOException e) {
            say("the quarantine " + quarantine.folder() + " cannot be used, so programs are not guarded by it: " + e);
            return Turn.FREE;
        }
    }

    /** A breadcrumb; null when it takes those who have one too long. */
    private @Nullable Breadcrumb await(CacheKey key, String name) throws IOException {
        Quarantine.Place place =
                quarantine.await(key.hex(), wait, "loading " + name + ": interrupted while other processes load it");
        if (place.isRefused()) {
            throw refused(key, name, place);
        }
        if (place.crumb() == null) {
            say("loading " + name + ": two processes have worked on this program for longer than " + wait
                    + ", so it is loaded without a breadcrumb");
        } else if (!place.deaths().isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "loading " + name + ": a process died of this program before, and it is tried once more: "
                            + String.join("", place.deaths()).strip());
        }
        return place.crumb();
    }

    private KilnException refused(CacheKey key, String name, Quarantine.Place place) {
        return new KilnException(
                ErrorCategory.JOB,
                "loading %s: a program that fewer than %d processes died of is required, got one in quarantine:\n%s"
                        .formatted(
                                name,
                                place.deaths().size(),
                                String.join("", place.deaths()).strip()),
                "look at the logs of these processes: out of memory, raise the executors' memory overhead; a crash of"
                        + " the plugin, use another version of it. To try the program again before a day is over, delete "
                        + quarantine.folder().resolve(key.hex()) + "-*",
                null);
    }

    private void say(String text) {
        if (said.compareAndSet(false, true)) {
            LOG.log(Level.WARNING, text);
        }
    }

    /** A turn with a breadcrumb. */
    private final class Guarded implements Turn {
        private final Breadcrumb crumb;
        private final CacheKey key;
        private final String name;
        private boolean begun;

        Guarded(Breadcrumb crumb, CacheKey key, String name) {
            this.crumb = crumb;
            this.key = key;
            this.name = name;
            OPEN.add(crumb);
        }

        @Override
        public void begins(String what) {
            if (ENDING.get()) {
                return;
            }
            try {
                crumb.add("%s: %s %s in process %d"
                        .formatted(
                                Instant.now(),
                                what,
                                LastWords.printable(name),
                                ProcessHandle.current().pid()));
                begun = true;
            } catch (IOException e) {
                say("the quarantine " + quarantine.folder() + " cannot be written, so programs are not guarded by it: "
                        + e);
            }
        }

        @Override
        public void close() {
            OPEN.remove(crumb);
            crumb.close();
            if (begun) {
                quarantine.forget(key.hex());
            }
        }
    }
}
