package io.kiln.cluster;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A folder of mode 0700 in which nobody but this user, and root, can put or replace a file: what lies in it is loaded as machine code. Files
 * appear in it whole or not at all.
 */
final class DiskFolder {
    /** What the names of files that are being written start with. */
    static final String TEMPORARY = ".tmp-";

    private static final FileAttribute<?> OWNER_FOLDER = mode("rwx------");
    private static final FileAttribute<?> OWNER_FILE = mode("rw-------");
    private static final int OTHERS_WRITE = 0022;
    private static final int OTHERS_ANY = 0077;
    private static final int STICKY = 01000;

    private final Path path;
    private final int user;

    private DiskFolder(Path path, int user) {
        this.path = path;
        this.user = user;
    }

    /**
     * Makes the folder if it is not there, and checks it and every folder above it.
     *
     * @throws IOException when somebody else could write into it, or it cannot be made
     */
    static DiskFolder open(Path folder) throws IOException {
        return open(folder, true);
    }

    /**
     * The folder as it is, to be read: it may be on a read-only file system.
     *
     * @throws IOException when somebody else could write into it, or it is not there
     */
    static DiskFolder openToRead(Path folder) throws IOException {
        return open(folder, false);
    }

    private static DiskFolder open(Path folder, boolean writes) throws IOException {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            throw new IOException("a file system with owners and modes is required");
        }
        Path absolute = folder.toAbsolutePath().normalize();
        if (writes && !Files.isDirectory(absolute)) {
            Path parent = absolute.getParent();
            if (parent != null) {
                Files.createDirectories(parent, OWNER_FOLDER);
            }
            try {
                Files.createDirectory(absolute, OWNER_FOLDER);
            } catch (FileAlreadyExistsException e) {
                // Another process was first; what it made is checked below like any other.
            }
        }
        Path real = absolute.toRealPath();
        int user = writes ? user(real) : Math.toIntExact(new UnixSystem().getUid());
        require(uid(real) == user, real, "a folder of this user is required, got one of user " + uid(real));
        require((mode(real) & OTHERS_ANY) == 0, real, "mode 0700 is required, got " + octal(real));
        for (Path above = real.getParent(); above != null; above = above.getParent()) {
            require(
                    uid(above) == user || uid(above) == 0,
                    above,
                    "a folder of this user or root is required, got one of user " + uid(above));
            require(
                    (mode(above) & OTHERS_WRITE) == 0 || (mode(above) & STICKY) != 0,
                    above,
                    "a folder that others cannot write to is required, got mode " + octal(above));
        }
        return new DiskFolder(real, user);
    }

    /** Where the entries of a cache's folder lie: versions of the format keep apart. */
    static Path entries(Path cache) {
        return cache.resolve("v" + EntrySeal.VERSION);
    }

    /** The real path. */
    Path path() {
        return path;
    }

    /**
     * The bytes of a file; null when there is none.
     *
     * @param maxBytes a longer file is not read
     * @throws RejectedEntry when the file is longer
     * @throws IOException when it cannot be read, is a link, or is another user's
     */
    byte @Nullable [] read(String name, int maxBytes) throws IOException, RejectedEntry {
        Path file = path.resolve(name);
        try (SeekableByteChannel in =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            require(
                    uid(file) == user
                            && (mode(file) & OTHERS_WRITE) == 0
                            && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS),
                    file,
                    "a file of this user that others cannot write to is required, got mode " + octal(file));
            return bytes(in, maxBytes);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * All bytes of a file.
     *
     * @throws RejectedEntry when it is longer than {@code maxBytes}; nothing is read then
     */
    static byte[] bytes(SeekableByteChannel in, int maxBytes) throws IOException, RejectedEntry {
        if (in.size() > maxBytes) {
            throw new RejectedEntry(RejectReason.TOO_LONG);
        }
        byte[] bytes = new byte[(int) in.size()];
        ByteBuffer into = ByteBuffer.wrap(bytes);
        while (into.hasRemaining() && in.read(into) >= 0) {}
        return into.hasRemaining() ? Arrays.copyOf(bytes, into.position()) : bytes;
    }

    /** When a file was last written; null when there is none. */
    @Nullable
    FileTime modified(String name) throws IOException {
        try {
            return Files.getLastModifiedTime(path.resolve(name), LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** A file of mode 0600 to be locked, made when it is not there. */
    FileChannel lock(String name) throws IOException {
        return FileChannel.open(
                path.resolve(name),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                OWNER_FILE);
    }

    /** Puts a file of mode 0600 in place of the one of this name, at once for every reader. */
    void replace(String name, byte[] bytes) throws IOException {
        Path temporary = write(bytes);
        try {
            Files.move(
                    temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Puts a file of mode 0600 there unless one of this name is there, at once for every reader. */
    void create(String name, byte[] bytes) throws IOException {
        Path temporary = write(bytes);
        try {
            // A hard link fails when the name is taken, which an atomic move does not.
            Files.createLink(path.resolve(name), temporary);
        } catch (FileAlreadyExistsException e) {
            // Another process was first.
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private Path write(byte[] bytes) throws IOException {
        Path temporary = path.resolve(TEMPORARY + UUID.randomUUID());
        try (SeekableByteChannel out = Files.newByteChannel(
                temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_FILE)) {
            ByteBuffer from = ByteBuffer.wrap(bytes);
            while (from.hasRemaining()) {
                out.write(from);
            }
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        return temporary;
    }

    /** The user that this process's files belong to, seen on one that it makes. */
    private static int user(Path folder) throws IOException {
        Path probe = Files.createFile(folder.resolve(TEMPORARY + UUID.randomUUID()), OWNER_FILE);
        try {
            return uid(probe);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private static int uid(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int mode(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    }

    private static String octal(Path file) throws IOException {
        return "0" + Integer.toOctalString(mode(file) & 07777);
    }

    private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static void require(boolean holds, Path file, String message) throws IOException {
        if (!holds) {
            throw new IOException(file + ": " + message);
        }
    }
}
