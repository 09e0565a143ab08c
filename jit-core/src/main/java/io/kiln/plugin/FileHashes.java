package io.kiln.plugin;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of files, remembered: a plugin is large, and its hash is needed at every start. A file in {@code stamps} says which hash a path
 * had at which size, inode, time of modification and time of change; what differs in one of them is hashed anew. The kernel sets the time
 * of change on every write and no program can set it back. The folder belongs to the user alone, who could as well change the plugin.
 */
record FileHashes(Path stamps) {

    /** The hash of {@code file}, from its stamp if that still holds. */
    String sha256(Path file) {
        try {
            Path real = file.toRealPath();
            String state = state(real);
            Path stamp = stamps.resolve(name(real));
            String known = state == null ? null : read(stamp, state);
            if (known != null) {
                return known;
            }
            String hash = hash(real);
            // Written only if nothing changed the file meanwhile.
            if (state != null && state.equals(state(real))) {
                write(stamp, state, hash);
            }
            return hash;
        } catch (IOException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "reading the plugin %s: a readable file is required, got %s".formatted(file, e),
                    "check the path, the permissions and the disk",
                    e);
        }
    }

    /** The hash of the content, read now. */
    static String hash(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return copy(in, OutputStream.nullOutputStream());
        }
    }

    /** Copies all of {@code in} and returns the hash of what was copied. */
    static String copy(InputStream in, OutputStream out) throws IOException {
        MessageDigest digest = sha256();
        byte[] block = new byte[1 << 18];
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
            digest.update(block, 0, n);
            out.write(block, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static String name(Path real) {
        return HexFormat.of().formatHex(sha256().digest(real.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** What tells versions of a file apart; null on a file system that does not say. */
    private static @Nullable String state(Path real) throws IOException {
        try {
            Map<String, Object> unix = new TreeMap<>(
                    Files.readAttributes(real, "unix:size,ino,dev,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS));
            // Times of files are kept in nanoseconds and print so.
            return unix.toString();
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String read(Path stamp, String state) {
        try {
            String text = Files.readString(stamp);
            String prefix = state + "\n";
            return text.startsWith(prefix) && text.length() == prefix.length() + 64
                    ? text.substring(prefix.length())
                    : null;
        } catch (IOException e) {
            return null; // no stamp, or none that can be read: the file is hashed
        }
    }

    private void write(Path stamp, String state, String hash) {
        try {
            KilnHome.privateFolder(stamps);
            Path temporary = Files.createTempFile(stamps, "stamp", ".tmp");
            Files.writeString(temporary, state + "\n" + hash);
            Files.move(temporary, stamp, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | KilnException e) {
            // Without a stamp the next start hashes again; that is slower and nothing else. A full or read-only disk
            // must not stop a job.
            return;
        }
    }
}
