package io.kiln.isolate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A locked file that says which program native code is running on. The system takes the lock back when its process ends in any way, and the
 * file stays: one that can be locked and is not empty tells of a death.
 */
final class Breadcrumb implements AutoCloseable {
    private static final int MOST_BYTES = 16 << 10;

    /** Files that this JVM holds: to open one again and close it would drop the lock, as POSIX has it. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private Breadcrumb(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** The file, made where it is missing and locked; null while another process or thread holds it. */
    static @Nullable Breadcrumb lock(Path file) throws IOException {
        if (!HELD.add(file)) {
            return null;
        }
        boolean locked = false;
        FileChannel channel = null;
        try {
            Object before = identity(file);
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            // Its holder may have deleted it between opening and locking; then the lock is one on nothing.
            locked = lock != null && before != null && before.equals(identity(file));
            return locked ? new Breadcrumb(file, channel) : null;
        } catch (NoSuchFileException e) {
            return null;
        } finally {
            if (!locked) {
                if (channel != null) {
                    channel.close();
                }
                HELD.remove(file);
            }
        }
    }

    private static @Nullable Object identity(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // as it is for all but the first
        } catch (NoSuchFileException e) {
            throw new IOException(file.getParent() + ": a folder is required, got none", e);
        }
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** The file. */
    Path file() {
        return file;
    }

    /** What the file says; empty when nobody died. */
    String content() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
        return new String(Arrays.copyOf(bytes.array(), bytes.position()), StandardCharsets.UTF_8);
    }

    /** Takes back what the file says. */
    void clear() throws IOException {
        channel.truncate(0);
    }

    /** Adds a line, at once on the disk as far as a process's death is concerned. */
    void add(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        long at = channel.size();
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Lets go of the file and leaves what it says. */
    void leave() {
        release(false);
    }

    /** Deletes the file: the program did no harm. */
    @Override
    public void close() {
        release(true);
    }

    private void release(boolean delete) {
        try (channel) {
            if (delete) {
                // In this order: emptied first, so that who opened it before sees no death.
                channel.truncate(0);
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // A breadcrumb that cannot be removed is read as a death; the message of a refusal names the file.
        } finally {
            HELD.remove(file);
        }
    }
}
