package io.kiln.store;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A value that many processes change, one at a time: a folder of numbered files, each of them a whole state that is never written
 * again. The state is the file with the highest number, and the next one may be made by whoever is first. A reader sees a state or the
 * one after it, and nothing in between; a process that dies leaves the state as it was.
 *
 * <p>This is how table formats keep their pointer on file systems: Armbrust et al., Delta Lake: High-Performance ACID Table Storage over
 * Cloud Object Stores, VLDB 2020, section 3.2.
 */
public final class StateLog {
    private static final Pattern NAME = Pattern.compile("(\\d{12})\\.json");
    private static final int LIMIT = 64 << 20;

    private final FileSystem files;
    private final Path folder;

    /**
     * A state.
     *
     * @param sequence its number, from 1
     * @param text what was appended
     */
    public record State(long sequence, String text) {}

    /** The log in a folder, which need not exist yet. */
    public StateLog(FileSystem files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /**
     * The newest state, if there is any.
     *
     * @throws KilnException of category USER when it cannot be read
     */
    public Optional<State> latest() {
        while (true) {
            List<Long> sequences = sequences();
            if (sequences.isEmpty()) {
                return Optional.empty();
            }
            Path file = file(sequences.getLast());
            try {
                return Optional.of(new State(sequences.getLast(), new String(read(file), StandardCharsets.UTF_8)));
            } catch (FileNotFoundException e) {
                // Pruned since the folder was listed: there are newer states by now.
                if (sequences().equals(sequences)) {
                    throw unreadable(file, e);
                }
            } catch (IOException e) {
                throw unreadable(file, e);
            }
        }
    }

    /**
     * Makes {@code text} the state after number {@code sequence}. No two appends may have the same text: that tells one's own from
     * another's when a store fails and does not say whether it did what it was asked.
     *
     * @param sequence the number of the state that the new one was derived from; 0: there was none
     * @return whether it is now a state; false: another process was first, so read again
     * @throws KilnException of category JOB when the store failed and the state was not made
     */
    public boolean append(long sequence, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Path file = file(sequence + 1);
        try {
            files.mkdirs(folder);
            return ExclusiveFiles.of(files, folder).create(file, bytes) && !pruned(sequence, file);
        } catch (IOException e) {
            return outcome(file, bytes, e);
        }
    }

    /** Deletes all states but the newest {@code keep}, oldest first, and files that were never finished. */
    public void prune(int keep) {
        try {
            List<Long> sequences = sequences();
            for (long old : sequences.subList(0, Math.max(0, sequences.size() - keep))) {
                files.delete(file(old), false);
            }
            // An append takes a moment: what a day did not finish, a process left that died.
            long before = System.currentTimeMillis() - 86_400_000L;
            for (FileStatus each : list()) {
                if (each.getPath().getName().startsWith(ExclusiveFiles.UNFINISHED)
                        && each.getModificationTime() < before) {
                    files.delete(each.getPath(), false);
                }
            }
        } catch (IOException e) {
            throw failed("pruning", e);
        }
    }

    /** A process that slept while others went on and pruned may find its next number free again. */
    private boolean pruned(long sequence, Path made) throws IOException {
        List<Long> sequences = sequences();
        if (sequence == 0 ? sequences.getLast() == sequences.size() : sequences.contains(sequence)) {
            return false;
        }
        files.delete(made, false);
        return true;
    }

    private boolean outcome(Path file, byte[] bytes, IOException fault) {
        try {
            return Arrays.equals(read(file), bytes);
        } catch (IOException e) {
            fault.addSuppressed(e);
            throw failed("changing", fault);
        }
    }

    private byte[] read(Path file) throws IOException {
        try (FSDataInputStream in = files.open(file)) {
            byte[] bytes = in.readNBytes(LIMIT + 1);
            if (bytes.length > LIMIT) {
                throw new IOException("at most " + LIMIT + " bytes are required");
            }
            return bytes;
        }
    }

    /** The numbers of the states that there are, ascending. */
    private List<Long> sequences() {
        List<Long> sequences = new ArrayList<>();
        try {
            for (FileStatus each : list()) {
                Matcher name = NAME.matcher(each.getPath().getName());
                if (name.matches()) {
                    sequences.add(Long.parseLong(name.group(1)));
                }
            }
        } catch (IOException e) {
            throw failed("reading", e);
        }
        sequences.sort(null);
        return sequences;
    }

    private FileStatus[] list() throws IOException {
        try {
            return files.listStatus(folder);
        } catch (FileNotFoundException e) {
            return new FileStatus[0];
        }
    }

    private Path file(long sequence) {
        return new Path(folder, String.format(Locale.ROOT, "%012d.json", sequence));
    }

    private static KilnException unreadable(Path file, IOException cause) {
        return new KilnException(
                ErrorCategory.USER,
                "reading %s: it cannot be read: %s".formatted(file, cause.getMessage()),
                "see that this user may read it, and that its file system is there",
                cause);
    }

    private KilnException failed(String doing, IOException cause) {
        return new KilnException(
                ErrorCategory.JOB,
                "%s the state in %s: the store failed: %s".formatted(doing, folder, cause.getMessage()),
                "see that the store is reachable and this user may write there, then run it again: nothing was changed",
                cause);
    }
}
