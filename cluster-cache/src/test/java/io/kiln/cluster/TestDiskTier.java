package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.cache.CacheKey;
import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.ExecutableCacheContract;
import io.kiln.cache.HostRecord;
import io.kiln.cache.SerializedExecutable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class TestDiskTier extends ExecutableCacheContract {
    private final Path folder;
    private final CacheConf conf;

    TestDiskTier() throws Exception {
        folder = Fixtures.folder().resolve("executables");
        conf = CacheConf.standard().withDisk(folder.toString());
    }

    @Override
    protected ExecutableCache open() {
        return open(conf);
    }

    private static TieredExecutableCache open(CacheConf conf) {
        return TieredExecutableCache.open(conf, Fixtures.TARGET, null);
    }

    @Override
    protected String rememberingTier() {
        return "disk";
    }

    private Path file(CacheKey key) {
        return folder.resolve("v3").resolve(key.hex());
    }

    @Test
    void entriesSurviveTheProcessThatWroteThem() {
        cache.get(key, () -> new byte[] {5});
        cache.close();

        try (ExecutableCache later = open()) {
            ExecutableCache.Cached found = later.get(key, () -> new byte[] {6});
            assertThat(found.bytes()).containsExactly(5);
            assertThat(found.tier()).isEqualTo("disk");
            assertThat(later.stats().compiles()).isZero();
        }
        CacheUsage usage = CacheUsage.of(folder.toString());
        assertThat(usage.entries()).isEqualTo(1);
        assertThat(usage.compileTime().toNanos())
                .isEqualTo(cache.stats().compileNanos())
                .isPositive();
    }

    @Test
    void onlyTheUserReadsAndWrites() throws Exception {
        cache.get(key, () -> new byte[] {5});

        assertThat(permissions(folder)).isEqualTo("rwx------");
        assertThat(permissions(folder.resolve("v3"))).isEqualTo("rwx------");
        assertThat(permissions(folder.resolve("v3/mac.key"))).isEqualTo("rw-------");
        assertThat(permissions(file(key))).isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(folder.resolve("v3"))) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("mac.key", key.hex());
        }
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void damagedFilesAreRefused_countedAndReplaced() throws Exception {
        byte[] executable = Fixtures.bytes(500, 1);
        cache.get(key, executable::clone);
        byte[] intact = Files.readAllBytes(file(key));
        int refused = 0;
        for (int bit = 0; bit < intact.length * 8; bit += 41) {
            byte[] damaged = intact.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(file(key), damaged);

            ExecutableCache.Cached answer = cache.get(key, executable::clone);

            refused++;
            assertThat(answer.tier()).as("bit " + bit).isEqualTo("compile");
            assertThat(cache.get(key, () -> new byte[0]).bytes()).isEqualTo(executable);
        }
        assertThat(cache.stats().totalRejects()).isEqualTo(refused);
        assertThat(cache.stats().faults()).isEmpty();
    }

    @Test
    void anOldKeyIsReplaced_andStillReadUntilTheNextOne() throws Exception {
        CacheKey second = freshKey();
        CacheKey unused = freshKey();
        Path current = folder.resolve("v3/mac.key");
        try (ExecutableCache other = open()) {
            cache.get(key, () -> new byte[] {5});
            cache.get(unused, () -> new byte[] {5});
            byte[] first = Files.readAllBytes(current);
            age(current, 31);

            assertThat(cache.get(key, () -> new byte[] {6}).tier()).isEqualTo("disk");
            assertThat(Files.readAllBytes(current)).isNotEqualTo(first);
            assertThat(Files.readAllBytes(folder.resolve("v3/mac.key.before"))).isEqualTo(first);
            assertThat(permissions(current)).isEqualTo("rw-------");
            cache.get(second, () -> new byte[] {7});
            // Another process, which knew the first key only.
            assertThat(other.get(second, () -> new byte[] {8}).tier()).isEqualTo("disk");
            assertThat(other.get(key, () -> new byte[] {8}).tier()).isEqualTo("disk");

            // What was used meanwhile is signed anew and outlives the next key too; what was not is gone.
            age(current, 31);
            assertThat(other.get(second, () -> new byte[] {8}).tier()).isEqualTo("disk");
            assertThat(other.get(key, () -> new byte[] {9}).tier()).isEqualTo("disk");
            assertThat(other.get(unused, () -> new byte[] {9}).bytes()).containsExactly(9);
            assertThat(other.stats().rejects("foreign-key")).isEqualTo(1);
            assertThat(cache.get(unused, () -> new byte[] {6}).bytes()).containsExactly(9);
            assertThat(cache.stats().totalRejects()).isZero();
        }
    }

    @Test
    void manyThatSeeAnOldKeyReplaceItOnce() throws Exception {
        cache.get(key, () -> new byte[] {5});
        Path current = folder.resolve("v3/mac.key");
        byte[] first = Files.readAllBytes(current);
        age(current, 31);
        CyclicBarrier together = new CyclicBarrier(8);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> tiers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                tiers.add(pool.submit(() -> {
                    together.await();
                    try (ExecutableCache each = open()) {
                        return each.get(key, () -> new byte[] {6}).tier();
                    }
                }));
            }
            for (Future<String> tier : tiers) {
                assertThat(tier.get()).isEqualTo("disk");
            }
        }
        assertThat(Files.readAllBytes(folder.resolve("v3/mac.key.before"))).isEqualTo(first);
    }

    private static void age(Path file, int days) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(java.time.Duration.ofDays(days))));
    }

    @Test
    void aReadOnlyCacheReadsAndChangesNothing() throws Exception {
        CacheKey damaged = freshKey();
        CacheKey absent = freshKey();
        cache.get(key, () -> new byte[] {5});
        cache.get(damaged, () -> new byte[] {6});
        Files.write(file(damaged), new byte[] {1});
        age(folder.resolve("v3/mac.key"), 99);
        age(file(key), 3);
        List<String> before = listing();

        try (ExecutableCache reader = open(conf.withTrust(readOnly()))) {
            assertThat(reader.get(key, () -> new byte[] {9}).bytes()).containsExactly(5);
            assertThat(reader.get(damaged, () -> new byte[] {9}).bytes()).containsExactly(9);
            assertThat(reader.get(absent, () -> new byte[] {9}).bytes()).containsExactly(9);
            reader.reject(key, "load");
            assertThat(reader.stats().hits("disk")).isEqualTo(1);
            assertThat(reader.stats().rejects("not-an-entry") + reader.stats().rejects("truncated"))
                    .isEqualTo(1);
            assertThat(reader.stats().stores()).isEmpty();
            assertThat(reader.stats().faults()).isEmpty();
        }
        assertThat(listing()).isEqualTo(before);
    }

    @Test
    void aReadOnlyCacheMakesNoFolder() throws Exception {
        Path absent = Fixtures.folder().resolve("absent");
        try (TieredExecutableCache reader =
                open(CacheConf.standard().withDisk(absent.toString()).withTrust(readOnly()))) {
            assertThat(reader.get(key, () -> new byte[] {9}).tier()).isEqualTo("compile");
            assertThat(reader.stats().faults()).isEmpty();
        }
        assertThat(absent).doesNotExist();
    }

    private static CacheTrust readOnly() {
        return new CacheTrust(true, false, CacheTrust.DEFAULT_KEY_LIFETIME, null);
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("v3"))) {
            List<String> lines = new ArrayList<>();
            for (Path each : files.sorted().toList()) {
                lines.add(each + " " + Files.getLastModifiedTime(each) + " " + Files.size(each));
            }
            return lines;
        }
    }

    @Test
    void aSparseGibibyteIsRefusedUnread() throws Exception {
        cache.get(key, () -> new byte[] {5});
        try (RandomAccessFile file = new RandomAccessFile(file(key).toFile(), "rw")) {
            file.setLength(1L << 30);
        }

        assertThat(cache.get(key, () -> new byte[] {5}).tier()).isEqualTo("compile");
        assertThat(cache.stats().rejects("too-long")).isEqualTo(1);
        assertThat(Files.size(file(key))).isLessThan(1000);
    }

    @Test
    void theFileOfAnotherKeyIsRefused() throws Exception {
        CacheKey other = freshKey();
        cache.get(key, () -> new byte[] {5});
        cache.get(other, () -> new byte[] {6});
        Files.copy(file(other), file(key), java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertThat(cache.get(key, () -> new byte[] {5}).bytes()).containsExactly(5);
        assertThat(cache.stats().rejects("other-key")).isEqualTo(1);
    }

    @Test
    void aLinkInPlaceOfAFileIsNotFollowed() throws Exception {
        cache.get(key, () -> new byte[] {5});
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(file(key), elsewhere);
        Files.createSymbolicLink(file(key), elsewhere);

        assertThat(cache.get(key, () -> new byte[] {5}).tier()).isEqualTo("compile");
    }

    @Test
    void anotherPluginOrALesserHostReadsNothing() {
        cache.get(key, () -> new byte[] {5});

        try (ExecutableCache plugin =
                TieredExecutableCache.open(conf, Fixtures.target("cd".repeat(32), Fixtures.HOST), null)) {
            assertThat(plugin.get(key, () -> new byte[] {6}).bytes()).containsExactly(6);
            assertThat(plugin.stats().rejects("plugin")).isEqualTo(1);
        }
        cache.reject(key, "test");
        cache.get(key, () -> new byte[] {5});
        try (ExecutableCache lesser = TieredExecutableCache.open(
                conf, Fixtures.target(Fixtures.PLUGIN, new HostRecord("amd64", List.of("sse2"))), null)) {
            assertThat(lesser.get(key, () -> new byte[] {6}).bytes()).containsExactly(6);
            assertThat(lesser.stats().rejects("features")).isEqualTo(1);
        }
    }

    @Test
    void theEntryUsedLongestAgoMakesRoom() throws Exception {
        CacheConf small = conf.withSizes(3500, 3500);
        CacheKey a = freshKey();
        CacheKey b = freshKey();
        CacheKey c = freshKey();
        try (ExecutableCache bounded = open(small)) {
            bounded.get(a, () -> new byte[1000]);
            bounded.get(b, () -> new byte[1000]);
            Files.setLastModifiedTime(file(a), FileTime.from(Instant.now().minusSeconds(100)));
            Files.setLastModifiedTime(file(b), FileTime.from(Instant.now().minusSeconds(50)));
            bounded.get(a, () -> new byte[0]);
            bounded.get(c, () -> new byte[1000]);

            assertThat(file(a)).exists();
            assertThat(file(b)).doesNotExist();
            assertThat(file(c)).exists();
        }
    }

    @Test
    void theFolderStaysWithinItsBound() throws Exception {
        CacheConf small = conf.withSizes(100_000, 100_000);
        try (ExecutableCache bounded = open(small)) {
            for (int i = 0; i < 60; i++) {
                bounded.get(freshKey(), () -> new byte[9000]);
            }
            bounded.get(key, () -> new byte[100_000]);
        }
        try (Stream<Path> files = Files.list(folder.resolve("v3"))) {
            assertThat(files.mapToLong(f -> f.toFile().length()).sum()).isBetween(80_000L, 100_100L);
        }
        assertThat(file(key)).doesNotExist();
    }

    @Test
    void processesThatStartAtOnceAgreeOnOneKey() throws Exception {
        int openers = 16;
        CyclicBarrier start = new CyclicBarrier(openers);
        Path fresh = Fixtures.folder().resolve("new");
        List<Future<DiskTier>> opened = new ArrayList<>();
        try (var pool = Executors.newFixedThreadPool(openers)) {
            for (int i = 0; i < openers; i++) {
                opened.add(pool.submit(() -> {
                    start.await();
                    return DiskTier.open(fresh, 1 << 20, 1 << 20, Fixtures.TARGET, CacheTrust.standard());
                }));
            }
            opened.get(0).get().store(key, new SerializedExecutable(new byte[] {5}, 0));
            for (Future<DiskTier> tier : opened) {
                assertThat(tier.get().find(key).bytes()).containsExactly(5);
            }
        }
    }

    @Test
    void aFolderThatOthersCanWriteToIsNotUsed() throws Exception {
        Path open = Fixtures.folder().resolve("open");
        Files.createDirectory(open);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> DiskTier.open(open, 1 << 20, 1 << 20, Fixtures.TARGET, CacheTrust.standard()))
                .hasMessageContaining("a folder that others cannot write to is required, got mode 0777");

        Path loose = Fixtures.folder();
        DiskTier.open(loose, 1 << 20, 1 << 20, Fixtures.TARGET, CacheTrust.standard());
        Files.setPosixFilePermissions(loose.resolve("v3"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> DiskTier.open(loose, 1 << 20, 1 << 20, Fixtures.TARGET, CacheTrust.standard()))
                .hasMessageContaining("mode 0700 is required, got 0755");
    }

    @Test
    void withoutAFolderEverythingIsCompiled_andTheFaultCounted() throws Exception {
        Path notAFolder = Files.createFile(Fixtures.folder().resolve("file"));
        try (ExecutableCache none = open(conf.withDisk(notAFolder.toString()))) {
            assertThat(none.get(key, () -> new byte[] {5}).tier()).isEqualTo("compile");
            assertThat(none.stats().faults()).containsEntry("disk", 1L);
        }
    }

    @Test
    void aFolderThatVanishesIsAFaultAndNoFailure() throws Exception {
        cache.get(key, () -> new byte[] {5});
        try (Stream<Path> files = Files.list(folder.resolve("v3"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder.resolve("v3"));

        assertThat(cache.get(key, () -> new byte[] {5}).bytes()).containsExactly(5);
        CacheStats stats = cache.stats();
        assertThat(stats.faults()).containsEntry("disk", 1L);
    }

    @Test
    void aKeyThatDoesNotLoadTwiceIsCompiledPrivately() {
        for (int i = 0; i < 2; i++) {
            cache.get(key, () -> new byte[] {5});
            cache.reject(key, "load");
        }
        cache.get(key, () -> new byte[] {5});

        assertThat(file(key)).doesNotExist();
        assertThat(cache.stats().rejects("load")).isEqualTo(2);
    }
}
