package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import io.kiln.cache.SerializedExecutable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The node's disk: one file an entry, shared by all of this user's processes on the node and kept when they end. Signed under keys of its
 * own, {@link DiskKeys}, in files of mode 0600 beside the entries; bounded by bytes, the entries that were read longest ago go first.
 */
final class DiskTier implements Tier {
    static final String NAME = "disk";

    private static final Duration ABANDONED = Duration.ofHours(1);

    /** How many entries are read to explain a miss. */
    private static final int RECENT = 64;

    private final DiskFolder folder;
    private final EntrySeal seal;
    private final long maxBytes;
    private final boolean readOnly;

    private DiskTier(DiskFolder folder, EntrySeal seal, long maxBytes, boolean readOnly) {
        this.readOnly = readOnly;
        this.folder = folder;
        this.seal = seal;
        this.maxBytes = maxBytes;
    }

    /**
     * The tier in a folder, which is made with its key when it is not there.
     *
     * @throws IOException when the folder or the key cannot be trusted or made
     */
    static DiskTier open(Path path, long maxBytes, int entryBytes, Target target, CacheTrust trust) throws IOException {
        Path entries = DiskFolder.entries(path);
        DiskFolder folder = trust.readOnly() ? DiskFolder.openToRead(entries) : DiskFolder.open(entries);
        DiskKeys keys = new DiskKeys(folder, trust.keyLifetime(), trust.readOnly());
        return new DiskTier(folder, new EntrySeal(keys, false, target, entryBytes), maxBytes, trust.readOnly());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public @Nullable SerializedExecutable find(CacheKey key) throws RejectedEntry, TierFault {
        try {
            byte[] entry = folder.read(key.hex(), seal.maxBytes());
            if (entry == null) {
                return null;
            }
            SerializedExecutable executable = seal.open(key, entry);
            if (!readOnly) {
                byte[] renewed = seal.renewed(entry);
                if (renewed == null) {
                    used(key);
                } else {
                    folder.replace(key.hex(), renewed);
                }
            }
            return executable;
        } catch (IOException e) {
            throw fault("reading from", e);
        }
    }

    @Override
    public boolean store(CacheKey key, SerializedExecutable executable) throws TierFault {
        if (!seal.fits(key, executable.length()) || seal.entryBytes(key, executable.length()) > maxBytes) {
            return false;
        }
        try {
            folder.replace(key.hex(), seal.seal(key, executable));
            evict();
            return true;
        } catch (IOException e) {
            throw fault("writing to", e);
        }
    }

    @Override
    public void drop(CacheKey key) throws TierFault {
        try {
            Files.deleteIfExists(folder.path().resolve(key.hex()));
        } catch (IOException e) {
            throw fault("deleting from", e);
        }
    }

    /** The keys of the entries that were used last, with their descriptions, the latest last. */
    List<CacheKey> recent() {
        List<CacheKey> keys = new ArrayList<>();
        try {
            List<Kept> entries = entries();
            for (Kept each : entries.subList(Math.max(0, entries.size() - RECENT), entries.size())) {
                CacheKey key = new CacheKey(String.valueOf(each.file().getFileName()), List.of());
                try {
                    byte[] entry = folder.read(key.hex(), seal.maxBytes());
                    if (entry != null) {
                        keys.add(seal.describe(key, entry));
                    }
                } catch (RejectedEntry e) {
                    // Damaged, or of a retired key: it explains nothing.
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // What was read so far explains as well.
        }
        return keys;
    }

    @Override
    public void close() {}

    /** The time of use, set by hand because most file systems do not keep the time of reading. */
    private void used(CacheKey key) throws IOException {
        try {
            Files.setLastModifiedTime(folder.path().resolve(key.hex()), FileTime.from(Instant.now()));
        } catch (NoSuchFileException e) {
            // Another process dropped it meanwhile.
        }
    }

    /** An entry's file. */
    record Kept(Path file, long bytes, FileTime used) {}

    private void evict() throws IOException {
        List<Kept> entries = entries();
        long bytes = entries.stream().mapToLong(Kept::bytes).sum();
        for (Kept oldest : entries) {
            if (bytes <= maxBytes) {
                return;
            }
            Files.deleteIfExists(oldest.file());
            bytes -= oldest.bytes();
        }
    }

    /** All entries, the one used longest ago first; deletes what writers that died left behind. */
    private List<Kept> entries() throws IOException {
        return kept(folder.path(), file -> {
            if (!readOnly && file.used().toInstant().isBefore(Instant.now().minus(ABANDONED))) {
                Files.deleteIfExists(file.file());
            }
        });
    }

    /** What is done with a file that is being written, or was left behind by a writer that died. */
    interface Unfinished {
        void found(Kept file) throws IOException;
    }

    /** The entries of a folder, the one used longest ago first. */
    static List<Kept> kept(Path folder, Unfinished unfinished) throws IOException {
        List<Kept> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path path : (Iterable<Path>) files::iterator) {
                String name = String.valueOf(path.getFileName());
                try {
                    BasicFileAttributes is = Files.readAttributes(path, BasicFileAttributes.class);
                    Kept file = new Kept(path, is.size(), is.lastModifiedTime());
                    if (name.startsWith(DiskFolder.TEMPORARY)) {
                        unfinished.found(file);
                    } else if (!name.startsWith(DiskKeys.PREFIX)) {
                        entries.add(file);
                    }
                } catch (NoSuchFileException e) {
                    // Another process was faster.
                }
            }
        }
        entries.sort(Comparator.comparing(Kept::used));
        return entries;
    }

    private TierFault fault(String doing, IOException e) {
        return TierFault.failed(doing + " the executable cache in " + folder.path() + " failed", e);
    }
}
