package io.kiln.store;

import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Files that appear whole, and only where no file of their name is: of many processes that create one name, one succeeds. It is the
 * compare-and-set of a store, and each kind of store has its own.
 */
final class ExclusiveFiles {
    /** What files that are being written are called until they are whole. */
    static final String UNFINISHED = "_unfinished-";

    /** Hadoop's {@code rename} says false, atomically, when the target is a file: a rule of the HDFS name node. */
    private static final Set<String> RENAME_KEEPS_WHAT_IS_THERE = Set.of("hdfs", "webhdfs", "swebhdfs");

    private enum Way {
        /** A finished file gets a second name; the operating system refuses a name that is taken. */
        HARD_LINK,
        /** A finished file is renamed; the name node refuses a name that is taken. */
        RENAME,
        /** The object appears when its stream is closed, if there is none by then: S3's If-None-Match. */
        CONDITIONAL_PUT
    }

    private final FileSystem files;
    private final Way way;

    private ExclusiveFiles(FileSystem files, Way way) {
        this.files = files;
        this.way = way;
    }

    /**
     * The way of a file system.
     *
     * @throws KilnException of category USER when it has none: two writers could both believe that they won
     */
    static ExclusiveFiles of(FileSystem files, Path folder) throws IOException {
        if (files.hasPathCapability(folder, FS_OPTION_CREATE_CONDITIONAL_OVERWRITE)) {
            return new ExclusiveFiles(files, Way.CONDITIONAL_PUT);
        }
        if (RENAME_KEEPS_WHAT_IS_THERE.contains(files.getUri().getScheme())) {
            return new ExclusiveFiles(files, Way.RENAME);
        }
        if (files instanceof RawLocalFileSystem) {
            return new ExclusiveFiles(files, Way.HARD_LINK);
        }
        throw KilnException.user(
                "opening %s: a store that can create a file without overwriting one is required, got %s, which does not say that it can"
                        .formatted(folder, files.getUri().getScheme()),
                "use a folder on hdfs or on a disk that all publishers share, or an s3a connector with conditional"
                        + " writes (fs.s3a.create.conditional.enabled)");
    }

    /**
     * Creates a file.
     *
     * @return whether it was created; false: there is one of this name
     * @throws IOException when the store failed; whether the file was created is then unknown
     */
    boolean create(Path file, byte[] bytes) throws IOException {
        return switch (way) {
            case HARD_LINK -> linked(file, bytes);
            case RENAME -> renamed(file, bytes);
            case CONDITIONAL_PUT -> put(file, bytes);
        };
    }

    private boolean linked(Path file, byte[] bytes) throws IOException {
        Path unfinished = unfinished(file, bytes);
        try {
            Files.createLink(local(file), local(unfinished));
            return true;
        } catch (java.nio.file.FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException e) {
            throw new IOException(file + ": a file system with hard links is required", e);
        } finally {
            files.delete(unfinished, false);
        }
    }

    private boolean renamed(Path file, byte[] bytes) throws IOException {
        Path unfinished = unfinished(file, bytes);
        if (files.rename(unfinished, file)) {
            return true;
        }
        files.delete(unfinished, false);
        return false;
    }

    private boolean put(Path file, byte[] bytes) throws IOException {
        FSDataOutputStreamBuilder<?, ?> create = files.createFile(file);
        create.overwrite(false);
        create.recursive();
        create.must(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
        try (FSDataOutputStream out = create.build()) {
            out.write(bytes);
        } catch (FileAlreadyExistsException e) {
            return false;
        }
        return true;
    }

    private Path unfinished(Path file, byte[] bytes) throws IOException {
        Path unfinished = new Path(file.getParent(), UNFINISHED + UUID.randomUUID());
        try (FSDataOutputStream out = files.create(unfinished, false)) {
            out.write(bytes);
            out.hsync();
        }
        return unfinished;
    }

    private java.nio.file.Path local(Path path) {
        return ((RawLocalFileSystem) files).pathToFile(path).toPath();
    }
}
