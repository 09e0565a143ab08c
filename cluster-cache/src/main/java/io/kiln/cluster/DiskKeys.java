package io.kiln.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The disk tier's keys, a file each for the one that signs and the one before. A key whose file is older than its lifetime is replaced by the
 * process that sees it first; the others see the new file at their next entry.
 */
final class DiskKeys implements KeySource {
    static final String CURRENT = "mac.key";
    static final String BEFORE = "mac.key.before";

    /** What the names of these files start with, which are no entries. */
    static final String PREFIX = "mac.";

    private static final String LOCK = "mac.lock";

    private final DiskFolder folder;
    private final Duration lifetime;
    private final boolean readOnly;
    private KeyRing ring; // guarded by this
    private FileTime read; // guarded by this

    /**
     * The keys of a folder.
     *
     * @throws IOException when they cannot be read, or made
     */
    DiskKeys(DiskFolder folder, Duration lifetime, boolean readOnly) throws IOException {
        this.folder = folder;
        this.lifetime = lifetime;
        this.readOnly = readOnly;
        if (!readOnly && folder.modified(CURRENT) == null) {
            folder.create(CURRENT, fresh());
        }
        this.read = modified();
        this.ring = load();
        now();
    }

    /** The keys now; those known before when the files cannot be read. */
    @Override
    public synchronized KeyRing now() {
        try {
            FileTime modified = modified();
            if (!readOnly && isOld(modified)) {
                rotate();
                modified = modified();
            }
            if (!modified.equals(read)) {
                ring = load();
                read = modified;
            }
        } catch (IOException e) {
            // The tier's next access to an entry says what is wrong with the folder.
        }
        return ring;
    }

    private boolean isOld(FileTime made) {
        return made.toInstant().plus(lifetime).isBefore(Instant.now());
    }

    private void rotate() throws IOException {
        try (FileChannel channel = folder.lock(LOCK);
                FileLock _ = channel.lock()) {
            if (isOld(modified())) {
                folder.replace(BEFORE, key(CURRENT));
                folder.replace(CURRENT, fresh());
            }
        } catch (OverlappingFileLockException e) {
            // Another cache of this JVM is at it.
        }
    }

    private FileTime modified() throws IOException {
        FileTime modified = folder.modified(CURRENT);
        if (modified == null) {
            throw new IOException(folder.path().resolve(CURRENT) + ": a key is required, got no file");
        }
        return modified;
    }

    private KeyRing load() throws IOException {
        MacKey current = new MacKey(key(CURRENT), DiskTier.NAME);
        List<EntryKey> reads = folder.modified(BEFORE) == null
                ? List.of(current)
                : List.of(current, new MacKey(key(BEFORE), DiskTier.NAME));
        return new KeyRing(readOnly ? null : current, reads);
    }

    private byte[] key(String name) throws IOException {
        byte @Nullable [] key = null;
        try {
            key = folder.read(name, MacKey.SECRET_BYTES);
        } catch (RejectedEntry e) {
            // Too long: reported below like any other length.
        }
        if (key == null || key.length != MacKey.SECRET_BYTES) {
            throw new IOException(folder.path().resolve(name) + ": a file of " + MacKey.SECRET_BYTES
                    + " bytes is required\nfix: delete it");
        }
        return key;
    }

    private static byte[] fresh() {
        byte[] fresh = new byte[MacKey.SECRET_BYTES];
        new SecureRandom().nextBytes(fresh);
        return fresh;
    }
}
