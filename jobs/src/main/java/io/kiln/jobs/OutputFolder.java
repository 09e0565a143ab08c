package io.kiln.jobs;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;
import org.jspecify.annotations.Nullable;

/**
 * An output that appears whole or not at all: it is written to a temporary sibling and renamed when it is complete. The
 * sibling is deleted when the command fails or the JVM is told to stop.
 */
final class OutputFolder implements AutoCloseable {
    /** Spark stops its context at 40 and Hadoop closes its file systems at 10: tasks have ended, files are still open. */
    private static final int AFTER_SPARK_BEFORE_FILE_SYSTEMS = 20;

    private final FileSystem files;
    private final Path target;
    private final Path temporary;
    private final boolean overwrite;
    private final @Nullable Path madeParent;
    private final Runnable hook = this::discard;

    private OutputFolder(FileSystem files, Path target, boolean overwrite) throws IOException {
        this.files = files;
        this.target = target;
        this.overwrite = overwrite;
        this.temporary = new Path(target.getParent(), "_" + target.getName() + ".kiln-" + UUID.randomUUID());
        this.madeParent = highestMissing(target.getParent());
    }

    /**
     * Reserves the output.
     *
     * @param inputs what is read meanwhile: may not lie inside the output
     * @throws KilnException user: the output exists and {@code overwrite} is false, or an input lies in it
     */
    static OutputFolder open(String output, boolean overwrite, Configuration configuration, List<String> inputs) {
        try {
            Path given = new Path(output);
            FileSystem files = given.getFileSystem(configuration);
            Path target = files.makeQualified(given);
            if (target.getParent() == null) {
                throw KilnException.user(
                        "writing the output: a folder of its own is required, got " + output, "name a folder below it");
            }
            for (String input : inputs) {
                refuseInside(new Path(input), target, configuration);
            }
            if (!overwrite && files.exists(target)) {
                throw KilnException.user(
                        "writing the output: " + output + " exists already",
                        "name another folder by --output, or say --overwrite");
            }
            OutputFolder folder = new OutputFolder(files, target, overwrite);
            ShutdownHookManager.get().addShutdownHook(folder.hook, AFTER_SPARK_BEFORE_FILE_SYSTEMS);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where to write meanwhile. */
    String temporary() {
        return temporary.toString();
    }

    /** Moves the complete output to its place; what was there before stays until then. */
    void commit() {
        try {
            Path old = new Path(target.getParent(), "_" + target.getName() + ".kiln-old-" + UUID.randomUUID());
            boolean replaces = overwrite && files.exists(target);
            if (replaces) {
                rename(target, old);
            }
            rename(temporary, target);
            if (replaces) {
                files.delete(old, true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes what was not committed. */
    @Override
    public void close() {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(hook);
        }
        discard();
    }

    private void discard() {
        try {
            files.delete(temporary, true);
            if (madeParent != null && files.exists(madeParent) && !files.exists(target)) {
                deleteEmpty(target.getParent());
            }
        } catch (IOException e) {
            // The command has its own outcome by now; what is left has a name that says it is temporary.
        }
    }

    /** Folders that were made for this output go with it, as long as nobody else has put anything there. */
    private void deleteEmpty(Path folder) throws IOException {
        for (Path at = folder; at != null && madeParent != null; at = at.getParent()) {
            if (!files.exists(at) || files.listStatus(at).length > 0) {
                return;
            }
            files.delete(at, false);
            if (at.equals(madeParent)) {
                return;
            }
        }
    }

    private @Nullable Path highestMissing(@Nullable Path folder) throws IOException {
        Path highest = null;
        for (Path at = folder; at != null && !files.exists(at); at = at.getParent()) {
            highest = at;
        }
        return highest;
    }

    private void rename(Path from, Path to) throws IOException {
        if (!files.rename(from, to)) {
            throw new IOException("could not rename " + from + " to " + to);
        }
    }

    private static void refuseInside(Path input, Path target, Configuration configuration) throws IOException {
        Path at = input.getFileSystem(configuration).makeQualified(input);
        for (Path above = at; above != null; above = above.getParent()) {
            if (above.equals(target)) {
                throw KilnException.user(
                        "writing the output: " + target + " holds the input " + input,
                        "name another folder by --output");
            }
        }
    }
}
