package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import io.kiln.cache.SerializedExecutable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A folder of executables that applications share, such as a mounted one or one of a container image: one file an entry, signed by a
 * publisher. Whoever can write to the folder can put anything there; what no trusted publisher signed is not read.
 */
final class PublishedTier implements Tier {
    static final String NAME = "published";

    private final Path folder;
    private final EntrySeal seal;

    private PublishedTier(Path folder, EntrySeal seal) {
        this.folder = folder;
        this.seal = seal;
    }

    /**
     * The tier of a folder.
     *
     * @throws IOException when the key to publish under cannot be read, or others can read it
     */
    static PublishedTier open(String folder, CacheTrust trust, int entryBytes, Target target) throws IOException {
        KeyRing ring = PublisherKey.ring(trust);
        return new PublishedTier(
                DiskFolder.entries(Path.of(folder)), new EntrySeal(() -> ring, false, target, entryBytes));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public @Nullable SerializedExecutable find(CacheKey key) throws RejectedEntry, TierFault {
        try (SeekableByteChannel in = Files.newByteChannel(folder.resolve(key.hex()))) {
            return seal.open(key, DiskFolder.bytes(in, seal.maxBytes()));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw fault("reading from", e);
        }
    }

    @Override
    public boolean store(CacheKey key, SerializedExecutable executable) throws TierFault {
        if (!seal.fits(key, executable.length())) {
            return false;
        }
        Path temporary = folder.resolve(DiskFolder.TEMPORARY + UUID.randomUUID());
        try {
            Files.createDirectories(folder);
            try {
                Files.write(temporary, seal.seal(key, executable));
                Files.move(
                        temporary,
                        folder.resolve(key.hex()),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
            return true;
        } catch (IOException e) {
            throw fault("writing to", e);
        }
    }

    /** Drops an entry where this process publishes; a reader leaves the folder as it is. */
    @Override
    public void drop(CacheKey key) throws TierFault {
        if (seal.signs()) {
            try {
                Files.deleteIfExists(folder.resolve(key.hex()));
            } catch (IOException e) {
                throw fault("deleting from", e);
            }
        }
    }

    @Override
    public void close() {}

    private TierFault fault(String doing, IOException e) {
        return TierFault.failed(doing + " the published executables in " + folder + " failed", e);
    }
}
