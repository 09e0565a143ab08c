package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import io.kiln.cache.ExecutableCache;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(60)
final class TestCacheMember {
    private static final Logger HAZELCAST = Logger.getLogger("com.hazelcast");

    @BeforeAll
    static void silence() {
        // What fails here on purpose is severe, and logged by Hazelcast with its stack.
        HAZELCAST.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        HAZELCAST.setLevel(Level.SEVERE);
    }

    @Test
    void theAddressIsTheOneAskedFor_andTheNameIsRandom() {
        try (CacheMember a = CacheMember.start("127.0.0.1");
                CacheMember b = CacheMember.start("localhost")) {
            assertThat(a.address()).matches("127\\.0\\.0\\.1:\\d+");
            assertThat(a.clusterName()).matches("kiln-[0-9a-f]{32}").isNotEqualTo(b.clusterName());
        }
    }

    @Test
    void aWildcardOrAnUnknownHostIsAnErrorOfTheEnvironment() {
        assertThatThrownBy(() -> CacheMember.start("0.0.0.0")).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT);
            assertThat(e.problem())
                    .isEqualTo(
                            "starting the shared executable cache on 0.0.0.0: one address is required, got a wildcard");
            assertThat(e.fix()).contains("spark.driver.host");
        });
        assertThatThrownBy(() -> CacheMember.start("no-such-host.invalid")).hasMessageContaining("an unknown name");
        // A documentation address (RFC 5737), which is no interface of this host.
        assertThatThrownBy(() -> CacheMember.start("192.0.2.1")).isInstanceOf(KilnException.class);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void memberAndClientOpenNoSocketThatTheNetworkReaches() throws Exception {
        Set<String> before = sockets();
        try (CacheMember member = CacheMember.start("127.0.0.1");
                ExecutableCache client = Fixtures.open(Fixtures.shared(member))) {
            client.get(Fixtures.key("sockets"), () -> new byte[] {1});
            Set<String> opened = new HashSet<>(sockets());
            opened.removeAll(before);

            int port =
                    Integer.parseInt(member.address().substring(member.address().lastIndexOf(':') + 1));
            assertThat(opened).containsExactly("tcp 127.0.0.1:" + port);
        }
    }

    /** This process's listening TCP sockets and its UDP sockets, from the kernel's tables. */
    private static Set<String> sockets() throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                } catch (IOException e) {
                    // Closed meanwhile, as the one that reads this folder is.
                }
            }
        }
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path file = Path.of("/proc/self/net", table);
            if (!Files.exists(file)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] words = line.trim().split("\\s+", -1);
                boolean listens = table.startsWith("udp") || words[3].equals("0A");
                if (words.length > 9 && inodes.contains(words[9]) && listens) {
                    sockets.add(table.substring(0, 3) + " " + address(words[1]));
                }
            }
        }
        return sockets;
    }

    /** The kernel's text of an address, four little-endian bytes a word; IPv4 in IPv6 is read as IPv4. */
    private static String address(String text) {
        int colon = text.indexOf(':');
        String hex = text.substring(0, colon);
        int port = Integer.parseInt(text.substring(colon + 1), 16);
        if (hex.length() == 32 && hex.startsWith("0000000000000000FFFF0000")) {
            hex = hex.substring(24);
        }
        if (hex.length() != 8) {
            return "[" + hex + "]:" + port;
        }
        List<String> bytes = new ArrayList<>();
        for (int i = 6; i >= 0; i -= 2) {
            bytes.add(Integer.toString(Integer.parseInt(hex.substring(i, i + 2), 16)));
        }
        return String.join(".", bytes) + ":" + port;
    }

    @Test
    void executablesStayWithinTheBound() {
        int megabyte = 1 << 20;
        try (CacheMember member = CacheMember.start("127.0.0.1", 16L * megabyte);
                ExecutableCache client = Fixtures.open(Fixtures.shared(member))) {
            for (int i = 0; i < 60; i++) {
                client.get(Fixtures.key("bounded " + i), () -> new byte[megabyte]);
            }
            assertThat(member.bytes()).isBetween(8L * megabyte, 18L * megabyte);
            assertThat(client.get(Fixtures.key("bounded 59"), () -> new byte[0]).tier())
                    .isEqualTo("hazelcast");
            assertThat(client.stats().faults()).isEmpty();
        }
    }

    @Test
    void aMemberThatNobodyInvitedDoesNotGetIn() throws Exception {
        try (CacheMember member = CacheMember.start("127.0.0.1");
                ExecutableCache client = Fixtures.open(Fixtures.shared(member))) {
            Config config = new Config();
            config.setClusterName(member.clusterName());
            config.setProperty("hazelcast.socket.bind.any", "false");
            config.setProperty("hazelcast.phone.home.enabled", "false");
            config.setProperty("hazelcast.partition.count", "1");
            config.setProperty("hazelcast.logging.type", "none");
            config.setProperty("hazelcast.max.join.seconds", "4");
            config.getNetworkConfig()
                    .setPort(0)
                    .getInterfaces()
                    .setEnabled(true)
                    .addInterface("127.0.0.1");
            config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
            config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
            config.getNetworkConfig()
                    .getJoin()
                    .getTcpIpConfig()
                    .setEnabled(true)
                    .addMember(member.address());
            try {
                var rogue = Hazelcast.newHazelcastInstance(config);
                try {
                    assertThat(rogue.getCluster().getMembers()).hasSize(1);
                } finally {
                    rogue.getLifecycleService().terminate();
                }
            } catch (IllegalStateException refused) {
                assertThat(refused).hasMessageContaining("Node failed to start");
            }
            assertThat(member.uninvitedMembers()).isZero();
            assertThat(client.get(Fixtures.key("after the rogue"), () -> new byte[] {1})
                            .bytes())
                    .containsExactly(1);
            assertThat(client.stats().faults()).isEmpty();
        }
    }

    @Test
    void closingTwiceIsFine_andClientsGoOnAloneAfterOneWarning() {
        CacheMember member = CacheMember.start("127.0.0.1");
        CacheConf conf = Fixtures.shared(member)
                .withBudgets(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10));
        try (ExecutableCache client = Fixtures.open(conf);
                CacheLog log = new CacheLog()) {
            client.get(Fixtures.key("before"), () -> new byte[] {1});
            member.close();
            member.close();

            for (int i = 0; i < 10; i++) {
                long start = System.nanoTime();
                assertThat(client.get(Fixtures.key("gone " + i), () -> new byte[] {2})
                                .bytes())
                        .containsExactly(2);
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                        .isLessThan(1500);
            }
            // The breaker: three calls fail, then nobody asks.
            assertThat(client.stats().faults().get("hazelcast")).isBetween(1L, 3L);
            assertThat(client.stats().compiles()).isEqualTo(11);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("hazelcast did not answer, so this process compiles for itself (said once)");
        }
    }
}
