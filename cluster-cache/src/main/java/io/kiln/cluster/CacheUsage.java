package io.kiln.cluster;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a node's folder of executables holds. It is looked at from outside: no entry is checked or used, nothing is changed.
 *
 * @param folder the folder
 * @param entries executables in it
 * @param bytes their files' lengths together
 * @param compileTime what compiling them took together, as they claim
 * @param lastUse when one of them was used or written last; empty without entries
 * @param keySince since when the key that signs them does; empty where there is none
 */
public record CacheUsage(
        Path folder,
        int entries,
        long bytes,
        Duration compileTime,
        Optional<Instant> lastUse,
        Optional<Instant> keySince) {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /**
     * What the folder holds.
     *
     * @param diskFolder as {@link CacheConf#diskFolder} names it: {@link CacheConf#AUTO} is the user's cache folder
     * @throws KilnException ENVIRONMENT when the folder cannot be read; one that is not there holds nothing
     */
    public static CacheUsage of(String diskFolder) {
        Path folder = CacheConf.folder(diskFolder);
        Path entries = DiskFolder.entries(folder);
        try {
            List<DiskTier.Kept> kept = Files.exists(entries) ? DiskTier.kept(entries, file -> {}) : List.of();
            return new CacheUsage(
                    folder,
                    kept.size(),
                    kept.stream().mapToLong(DiskTier.Kept::bytes).sum(),
                    Duration.ofNanos(compileNanos(kept)),
                    kept.isEmpty()
                            ? Optional.empty()
                            : Optional.of(kept.getLast().used().toInstant()),
                    modified(entries.resolve(DiskKeys.CURRENT)));
        } catch (IOException e) {
            throw KilnException.environment(
                    "looking at the executable cache in %s: a folder that can be read is required, got %s"
                            .formatted(entries, e),
                    "run it as the user of the executors, or name another folder");
        }
    }

    private static long compileNanos(List<DiskTier.Kept> entries) throws IOException {
        long nanos = 0;
        for (DiskTier.Kept entry : entries) {
            ByteBuffer start = ByteBuffer.allocate(EntrySeal.HEADER_BYTES);
            try (SeekableByteChannel in = Files.newByteChannel(entry.file())) {
                while (start.hasRemaining() && in.read(start) >= 0) {}
            } catch (NoSuchFileException e) {
                // Another process dropped it meanwhile.
            }
            nanos += EntrySeal.claimedCompileNanos(start.flip());
        }
        return nanos;
    }

    private static Optional<Instant> modified(Path file) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * How many executables a member, or the cluster that it is of, holds.
     *
     * @param address {@code host:port}, or several by commas
     * @throws KilnException ENVIRONMENT when none answers
     */
    public static int entriesOf(String address, String clusterName) {
        try (CacheClient client = CacheClient.connect(address, clusterName, ANSWER)) {
            return client.call(
                    "counting entries",
                    ANSWER,
                    () -> client.map(HazelcastNames.EXECUTABLES).size());
        } catch (TierFault | RuntimeException e) {
            throw KilnException.environment(
                    "looking at the executable cache at %s: a member of the cluster %s is required, got %s"
                            .formatted(address, clusterName, e.getMessage()),
                    "see that `kiln cache serve` runs there, and under this name");
        }
    }
}
