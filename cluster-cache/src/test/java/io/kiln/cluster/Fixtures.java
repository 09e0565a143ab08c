package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import io.kiln.cache.HostRecord;
import io.kiln.cache.SerializedExecutable;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Values that several tests use. */
final class Fixtures {
    static final String PLUGIN = "ab".repeat(32);
    static final HostRecord HOST = new HostRecord("amd64", List.of("avx2", "fma", "sse2"));
    static final Target TARGET = target(PLUGIN, HOST);
    static final byte[] SECRET = bytes(32, 42);

    static final long COMPILE_NANOS = 1_500_000_000;

    private Fixtures() {}

    static Target target(String plugin, HostRecord host) {
        return new Target(plugin, host, host);
    }

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** An executable of these bytes that took a second and a half to compile. */
    static SerializedExecutable executable(byte[] bytes) {
        return new SerializedExecutable(bytes, COMPILE_NANOS);
    }

    static CacheKey key(String program) {
        return CacheKey.builder().add("program", program).build();
    }

    static EntrySeal seal() {
        return seal(SECRET, "application", TARGET, CacheConf.DEFAULT_ENTRY_BYTES);
    }

    static EntrySeal seal(byte[] secret, String scope, Target target, int maxBytes) {
        return seal(KeyRing.of(new MacKey(secret, scope)), false, target, maxBytes);
    }

    static EntrySeal seal(KeyRing ring, boolean encrypts, Target target, int maxBytes) {
        return new EntrySeal(() -> ring, encrypts, target, maxBytes);
    }

    static String pem(KeyPair pair) {
        return pem("PRIVATE KEY", pair.getPrivate().getEncoded())
                + pem("PUBLIC KEY", pair.getPublic().getEncoded());
    }

    static String pem(String name, byte[] content) {
        return "-----BEGIN " + name + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + name
                + "-----\n";
    }

    /** A publisher's pair in a file of this mode. */
    static Path keyFile(KeyPair pair, String mode) throws Exception {
        Path file = Files.writeString(folder().resolve("publisher.pem"), pem(pair));
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    /** What a reader lists to trust the pair. */
    static String publicKey(KeyPair pair) {
        return Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
    }

    /** Nothing on disk, shared through a member, waits of seconds. */
    static CacheConf shared(CacheMember member) {
        return CacheConf.standard()
                .withDisk(null)
                .withShared(member.address(), member.clusterName())
                // A build machine under load answers late; the tests of budgets set their own.
                .withBudgets(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(20))
                .withLease(Duration.ofSeconds(10), Duration.ofSeconds(20));
    }

    static TieredExecutableCache open(CacheConf conf) {
        return TieredExecutableCache.open(conf, TARGET, SECRET::clone);
    }

    /** A folder that only this user can write to, as a test's temporary folder is not everywhere. */
    static Path folder() throws Exception {
        Path folder = Files.createTempDirectory(
                "kiln-cache", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "delete " + folder));
        return folder;
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
