package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.ExecutableCacheContract;
import io.kiln.cluster.CacheTrust.Published;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TestPublishedTier extends ExecutableCacheContract {
    private final Path folder;
    private final KeyPair pair;
    private final Path keyFile;

    TestPublishedTier() throws Exception {
        folder = Fixtures.folder();
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        keyFile = Fixtures.keyFile(pair, "rw-------");
    }

    private TieredExecutableCache open(List<String> publishers, @Nullable Path key) {
        Published published = new Published(folder.toString(), false, publishers, key == null ? null : key.toString());
        CacheTrust trust = new CacheTrust(false, false, CacheTrust.DEFAULT_KEY_LIFETIME, published);
        return TieredExecutableCache.open(CacheConf.standard().withDisk(null).withTrust(trust), Fixtures.TARGET, null);
    }

    @Override
    protected ExecutableCache open() {
        return open(List.of(Fixtures.publicKey(pair)), keyFile);
    }

    @Override
    protected String rememberingTier() {
        return "published";
    }

    @Test
    void anApplicationWithoutTheKeyReadsAndLeavesTheFolderAsItIs() throws Exception {
        CacheKey other = freshKey();
        cache.get(key, () -> new byte[] {5});

        try (ExecutableCache reader = open(List.of(Fixtures.publicKey(pair)), null)) {
            assertThat(reader.get(key, () -> new byte[] {6}).bytes()).containsExactly(5);
            assertThat(reader.get(other, () -> new byte[] {6}).tier()).isEqualTo("compile");
            reader.reject(key, "load");
            assertThat(reader.stats().stores()).isEmpty();
        }
        assertThat(files()).containsExactly(key.hex());
    }

    @Test
    void whatNoTrustedPublisherSignedIsNotRead() throws Exception {
        cache.get(key, () -> new byte[] {5});
        KeyPair stranger = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();

        try (ExecutableCache reader = open(List.of(Fixtures.publicKey(stranger)), null)) {
            assertThat(reader.get(key, () -> new byte[] {6}).bytes()).containsExactly(6);
            assertThat(reader.stats().rejects("foreign-key")).isEqualTo(1);
        }
        assertThat(files()).containsExactly(key.hex());
        try (ExecutableCache both = open(List.of(Fixtures.publicKey(stranger), Fixtures.publicKey(pair)), null)) {
            assertThat(both.get(key, () -> new byte[] {6}).bytes()).containsExactly(5);
        }
    }

    @Test
    void aKeyFileThatOthersReadIsNotUsed() throws Exception {
        try (TieredExecutableCache loose =
                open(List.of(Fixtures.publicKey(pair)), Fixtures.keyFile(pair, "rw-r--r--"))) {
            loose.get(key, () -> new byte[] {5});
            assertThat(loose.stats().faults()).containsEntry("published", 1L);
        }
        assertThat(folder).isEmptyDirectory();
    }

    private List<String> files() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("v3"))) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
