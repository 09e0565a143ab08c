package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.ExecutableCacheContract;
import io.kiln.cluster.CacheTrust.Published;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A member, or a cluster, of many applications: no key is shared, and entries are the publishers'. */
@Timeout(120)
final class TestStableMember extends ExecutableCacheContract {
    private static CacheMember member;

    private final KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    private final Path keyFile = Fixtures.keyFile(pair, "rw-------");

    TestStableMember() throws Exception {}

    @BeforeAll
    static void startMember() {
        member = CacheMember.start("127.0.0.1", 0, "kiln", 64L << 20);
    }

    @AfterAll
    static void stopMember() {
        member.close();
    }

    private static TieredExecutableCache open(CacheConf conf, KeyPair publisher, @Nullable Path key) {
        Published published =
                new Published(null, true, List.of(Fixtures.publicKey(publisher)), key == null ? null : key.toString());
        CacheTrust trust = new CacheTrust(false, false, CacheTrust.DEFAULT_KEY_LIFETIME, published);
        return TieredExecutableCache.open(conf.withTrust(trust), Fixtures.TARGET, null);
    }

    @Override
    protected ExecutableCache open() {
        return open(Fixtures.shared(member), pair, keyFile);
    }

    @Override
    protected String rememberingTier() {
        return "hazelcast";
    }

    @Test
    void theNameIsTheOneGiven_soThatClientsFindItAgain() {
        assertThat(member.clusterName()).isEqualTo("kiln");
        assertThat(member.address()).startsWith("127.0.0.1:");
    }

    @Test
    void aReaderFindsWhatAPublisherStored_andChangesNothing() {
        CacheKey other = freshKey();
        cache.get(key, () -> new byte[] {5});

        try (TieredExecutableCache reader = open(Fixtures.shared(member), pair, null)) {
            assertThat(reader.get(key, () -> new byte[] {6}).tier()).isEqualTo("hazelcast");
            assertThat(reader.get(other, () -> new byte[] {6}).tier()).isEqualTo("compile");
            reader.reject(key, "load");
            assertThat(reader.stats().stores()).isEmpty();
        }
        assertThat(cache.get(key, () -> new byte[] {7}).bytes()).containsExactly(5);
        assertThat(cache.get(other, () -> new byte[] {7}).tier()).isEqualTo("compile");
    }

    @Test
    void whatNoTrustedPublisherSignedIsRefused_alsoWhatAnApplicationSigned() throws Exception {
        cache.get(key, () -> new byte[] {5});
        KeyPair stranger = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        CacheKey applications = freshKey();
        try (ExecutableCache application = Fixtures.open(Fixtures.shared(member))) {
            application.get(applications, () -> new byte[] {8});
        }

        try (TieredExecutableCache reader = open(Fixtures.shared(member), stranger, null)) {
            assertThat(reader.get(key, () -> new byte[] {6}).bytes()).containsExactly(6);
            assertThat(reader.stats().rejects("foreign-key")).isEqualTo(1);
        }
        try (TieredExecutableCache reader = open(Fixtures.shared(member), pair, null)) {
            assertThat(reader.get(key, () -> new byte[] {6}).bytes()).containsExactly(5);
            assertThat(reader.get(applications, () -> new byte[] {6}).bytes()).containsExactly(6);
        }
    }

    @Test
    void twoOfThreeMembersKilledAtOnceCostNoMoreThanTheEntriesThatTheyHeld() throws Exception {
        List<Integer> ports = freePorts(3);
        List<CacheProcess> members = new ArrayList<>();
        try {
            for (int port : ports) {
                members.add(CacheProcess.start("cluster-member", "shared", Integer.toString(port), ports.toString()));
            }
            for (CacheProcess each : members) {
                assertThat(each.line()).isEqualTo("complete");
            }
            String addresses = ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
            CacheConf conf = Fixtures.shared(member).withShared(addresses, "shared");
            try (TieredExecutableCache before = open(conf, pair, keyFile)) {
                for (int i = 0; i < 20; i++) {
                    CacheKey entry = Fixtures.key("of three " + i);
                    before.get(entry, entry::bytes);
                }
            }
            try (TieredExecutableCache after = open(conf, pair, keyFile)) {
                CacheKey first = Fixtures.key("of three 0");
                assertThat(after.get(first, first::bytes).tier()).isEqualTo("hazelcast");
                members.get(0).kill();
                members.get(1).kill();

                for (int i = 0; i < 20; i++) {
                    CacheKey entry = Fixtures.key("of three " + i);
                    assertThat(after.get(entry, entry::bytes).bytes()).isEqualTo(entry.bytes());
                }
                assertThat(after.stats().compiles()).isLessThanOrEqualTo(20);
            }
        } finally {
            members.forEach(CacheProcess::close);
        }
    }

    private static List<Integer> freePorts(int count) throws Exception {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }
}
