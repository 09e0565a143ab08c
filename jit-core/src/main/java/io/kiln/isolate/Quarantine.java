package io.kiln.isolate;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A folder that remembers which programs killed a process. Each program has two files in it, and native code runs on a program only while
 * one of them is held and says so, as a breadcrumb. The one of a process that died stays, and its file is not given out again. So two
 * processes at most die of one program, however many share the folder, and then it is refused.
 */
public final class Quarantine {
    private static final int LIVES = 2;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Path folder;
    private final @Nullable Duration remembered;

    /**
     * A quarantine in {@code folder}, which is made with mode 0700 where it is missing. A death is remembered until its file is deleted.
     *
     * @throws KilnException ENVIRONMENT if that is not possible
     */
    public Quarantine(Path folder) {
        this(folder, null);
    }

    /** A quarantine whose deaths are forgotten after a time; null: never. */
    Quarantine(Path folder, @Nullable Duration remembered) {
        this.remembered = remembered;
        this.folder = folder.toAbsolutePath();
        try {
            Path parent = this.folder.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(
                    this.folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            // What lies there is a folder, or the first use says what it is.
        } catch (IOException | UnsupportedOperationException e) {
            throw unusable(e);
        }
    }

    /** The folder. */
    public Path folder() {
        return folder;
    }

    /**
     * How processes died of a program, a text each; none for a program in good standing.
     *
     * @param hash what identifies the program, hexadecimal digits
     */
    public List<String> deaths(String hash) {
        List<String> deaths = new ArrayList<>();
        try {
            for (int life = 0; life < LIVES; life++) {
                Breadcrumb crumb = Files.exists(file(hash, life)) ? Breadcrumb.lock(file(hash, life)) : null;
                if (crumb != null) {
                    String death = crumb.content();
                    if (death.isEmpty()) {
                        crumb.close();
                    } else {
                        crumb.leave();
                        deaths.add(death);
                    }
                }
            }
        } catch (IOException e) {
            throw unusable(e);
        }
        return deaths;
    }

    /**
     * Refuses a program that two processes died of.
     *
     * @throws KilnException USER with how they died
     */
    void requireHarmless(String hash, String program) {
        List<String> deaths = deaths(hash);
        if (deaths.size() == LIVES) {
            throw refused(hash, program, deaths);
        }
    }

    /**
     * An empty breadcrumb for native code to run on a program, held by the caller. Who runs the code writes into it before, so that a death
     * on the way there is not the program's.
     *
     * @param hash what identifies the program, hexadecimal digits
     * @param program its name for messages
     * @param wait how long to wait while others run on this program and may yet die of it
     * @throws KilnException USER when two processes died of the program, JOB when the wait was over
     */
    Breadcrumb enter(String hash, String program, Duration wait) {
        Place place;
        try {
            place = await(hash, wait, "compiling " + program + ": interrupted while other processes compile it");
        } catch (IOException e) {
            throw unusable(e);
        }
        if (place.isRefused()) {
            throw refused(hash, program, place.deaths());
        }
        if (place.crumb() == null) {
            throw KilnException.job(
                    "compiling %s: other processes that compile it are given %s to end, and have not, by %s"
                            .formatted(program, wait, folder),
                    "wait until they have ended");
        }
        return place.crumb();
    }

    /**
     * A place for a program, once there is one: with a breadcrumb, or refused. It has neither when those who hold the breadcrumbs that are
     * left take longer than {@code wait}.
     *
     * @param interrupted what is said when this thread is interrupted meanwhile
     */
    Place await(String hash, Duration wait, String interrupted) throws IOException {
        long start = System.nanoTime();
        while (true) {
            Place place = place(hash);
            if (place.crumb() != null || place.isRefused() || System.nanoTime() - start > wait.toNanos()) {
                return place;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException(interrupted);
            }
        }
    }

    /**
     * What a program that wants native code to run on it finds.
     *
     * @param crumb an empty breadcrumb, held by the caller; null when others hold those that are left, or none is
     * @param deaths how processes died of the program
     */
    record Place(@Nullable Breadcrumb crumb, List<String> deaths) {
        /** Whether nothing may run on the program any more. */
        boolean isRefused() {
            return deaths.size() == LIVES;
        }
    }

    /** A place for a program, now. */
    Place place(String hash) throws IOException {
        Breadcrumb free = null;
        List<String> deaths = new ArrayList<>();
        for (int life = 0; life < LIVES; life++) {
            Breadcrumb crumb =
                    free != null && !Files.exists(file(hash, life)) ? null : Breadcrumb.lock(file(hash, life));
            if (crumb == null) {
                continue;
            }
            String death = crumb.content();
            if (!death.isEmpty() && !isForgotten(crumb)) {
                crumb.leave();
                deaths.add(death);
            } else if (free == null) {
                crumb.clear();
                free = crumb;
            } else {
                crumb.close();
            }
        }
        return new Place(free, deaths);
    }

    private boolean isForgotten(Breadcrumb crumb) throws IOException {
        return remembered != null
                && Files.getLastModifiedTime(crumb.file())
                        .toInstant()
                        .isBefore(Instant.now().minus(remembered));
    }

    /** Forgets how processes died of a program, since another one lived through it. */
    void forget(String hash) {
        try {
            for (int life = 0; life < LIVES; life++) {
                Breadcrumb crumb = Files.exists(file(hash, life)) ? Breadcrumb.lock(file(hash, life)) : null;
                if (crumb != null) {
                    crumb.close();
                }
            }
        } catch (IOException e) {
            // What stays is forgotten in time.
        }
    }

    private KilnException refused(String hash, String program, List<String> deaths) {
        return KilnException.user(
                "compiling %s: a program that fewer than %d processes died of is required, got one in quarantine:\n%s"
                        .formatted(program, LIVES, String.join("", deaths).strip()),
                "use another program, or raise the limit that it hit; to try it again as it is, delete "
                        + folder.resolve(hash) + "-*");
    }

    private Path file(String hash, int life) {
        return folder.resolve(hash + "-" + life);
    }

    private KilnException unusable(Exception e) {
        return new KilnException(
                ErrorCategory.ENVIRONMENT,
                "using the quarantine %s: a folder that this user can write to is required, got %s"
                        .formatted(folder, e),
                "give a folder of this user, on a file system with locks",
                e);
    }
}
