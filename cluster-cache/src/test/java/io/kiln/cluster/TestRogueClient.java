package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MapStoreConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.kiln.cache.CacheKey;
import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody who reaches the port and knows the cluster's name, which is all that open source Hazelcast asks for. */
@Timeout(60)
final class TestRogueClient {
    private static final AtomicInteger RAN = new AtomicInteger();

    private static final Logger HAZELCAST = Logger.getLogger("com.hazelcast");

    private static CacheMember member;
    private static HazelcastInstance rogue;

    @BeforeAll
    static void start() {
        // What these tests do is severe, and logged by Hazelcast with its stack.
        HAZELCAST.setLevel(Level.OFF);
        member = CacheMember.start("127.0.0.1");
        ClientConfig config = new ClientConfig();
        config.setClusterName(member.clusterName());
        config.setProperty("hazelcast.logging.type", "none");
        config.getNetworkConfig().addAddress(member.address());
        rogue = HazelcastClient.newHazelcastClient(config);
    }

    @AfterAll
    static void stop() {
        HAZELCAST.setLevel(Level.SEVERE);
        rogue.shutdown();
        member.close();
    }

    private static ExecutableCache open() {
        return Fixtures.open(Fixtures.shared(member));
    }

    @Test
    void garbageInPlaceOfEntriesIsRefused_andTheResultIsTheSame() {
        IMap<String, byte[]> entries = rogue.getMap(HazelcastNames.EXECUTABLES);
        List<CacheKey> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            keys.add(Fixtures.key("garbage " + i));
        }
        try (ExecutableCache writer = open();
                ExecutableCache reader = open()) {
            keys.forEach(key -> writer.get(key, () -> key.bytes()));
            keys.forEach(key -> entries.set(key.hex(), Fixtures.bytes(700, key.hashCode())));

            for (CacheKey key : keys) {
                ExecutableCache.Cached answer = reader.get(key, key::bytes);
                assertThat(answer.bytes()).isEqualTo(key.bytes());
                assertThat(answer.tier()).isEqualTo("compile");
            }
            CacheStats stats = reader.stats();
            assertThat(stats.rejects("not-an-entry")).isEqualTo(20);
            assertThat(stats.bytesRead()).isZero();
            // The garbage was replaced by what the reader compiled.
            assertThat(writer.get(keys.get(0), () -> new byte[0]).tier()).isEqualTo("hazelcast");
        }
    }

    @Test
    void wellFormedEntriesUnderAnotherSecretOrKeyAreRefused() {
        EntrySeal forger = Fixtures.seal(Fixtures.bytes(32, 666), "application", Fixtures.TARGET, 1 << 20);
        IMap<String, byte[]> entries = rogue.getMap(HazelcastNames.EXECUTABLES);
        CacheKey forged = Fixtures.key("forged");
        CacheKey swapped = Fixtures.key("swapped");
        CacheKey victim = Fixtures.key("victim");
        CacheKey renamed = Fixtures.key("key id copied");
        try (ExecutableCache writer = open();
                ExecutableCache reader = open()) {
            for (CacheKey key : List.of(forged, swapped, victim, renamed)) {
                writer.get(key, key::bytes);
            }
            entries.set(forged.hex(), forger.seal(forged, Fixtures.executable(new byte[] {66})));
            entries.set(victim.hex(), entries.get(swapped.hex()));
            byte[] withKeyId = forger.seal(renamed, Fixtures.executable(new byte[] {66}));
            ByteBuffer.wrap(withKeyId).position(12).put(entries.get(renamed.hex()), 12, 16);
            entries.set(renamed.hex(), withKeyId);

            for (CacheKey key : List.of(forged, swapped, victim, renamed)) {
                assertThat(reader.get(key, key::bytes).bytes()).isEqualTo(key.bytes());
            }
            assertThat(reader.stats().rejects("foreign-key")).isEqualTo(1);
            assertThat(reader.stats().rejects("other-key")).isEqualTo(1);
            assertThat(reader.stats().rejects("mac")).isEqualTo(1);
            assertThat(reader.stats().compiles()).isEqualTo(3);
        }
    }

    /** Forged in all ways in turn, each under a key that somebody will ask for. */
    @Test
    void aThousandForgedEntriesAreRefused_andNotAByteIsHandedOut() {
        EntrySeal forger = Fixtures.seal(Fixtures.bytes(32, 666), "application", Fixtures.TARGET, 1 << 20);
        IMap<String, byte[]> entries = rogue.getMap(HazelcastNames.EXECUTABLES);
        byte[] evil = Fixtures.bytes(2000, 6);
        CacheKey honest = Fixtures.key("honest");
        int forged = 1000;
        try (ExecutableCache writer = open();
                ExecutableCache reader = open()) {
            writer.get(honest, honest::bytes);
            byte[] intact = entries.get(honest.hex());
            for (int i = 0; i < forged; i++) {
                CacheKey key = Fixtures.key("thousand " + i);
                byte[] entry = forger.seal(key, Fixtures.executable(evil));
                switch (i % 5) {
                    case 0 -> {} // well-formed, under another secret
                    case 1 -> System.arraycopy(intact, 12, entry, 12, 16); // with our key's id
                    case 2 -> entry = intact.clone(); // our own, of another key
                    case 3 -> { // our own, renamed: the cache key is after the key's id
                        entry = intact.clone();
                        System.arraycopy(key.bytes(), 0, entry, 28, 32);
                    }
                    default -> entry = Fixtures.bytes(i, i);
                }
                entries.set(key.hex(), entry);
            }
            for (int i = 0; i < forged; i++) {
                CacheKey key = Fixtures.key("thousand " + i);
                assertThat(reader.get(key, key::bytes).bytes()).isEqualTo(key.bytes());
            }
            CacheStats stats = reader.stats();
            assertThat(stats.compiles()).isEqualTo(forged);
            assertThat(stats.totalRejects()).isEqualTo(forged);
            assertThat(stats.rejects("foreign-key")).isEqualTo(200);
            assertThat(stats.rejects("mac")).isEqualTo(400);
            assertThat(stats.rejects("other-key")).isEqualTo(200);
            assertThat(stats.bytesRead()).isZero();
            assertThat(stats.faults()).isEmpty();
        }
    }

    @Test
    void valuesOfOtherTypesAreRefused() {
        IMap<String, Object> entries = rogue.getMap(HazelcastNames.EXECUTABLES);
        CacheKey text = Fixtures.key("a text");
        CacheKey object = Fixtures.key("an object");
        entries.set(text.hex(), "not bytes");
        entries.set(object.hex(), new Ran());
        try (ExecutableCache reader = open()) {
            assertThat(reader.get(text, text::bytes).bytes()).isEqualTo(text.bytes());
            assertThat(reader.get(object, object::bytes).bytes()).isEqualTo(object.bytes());
            assertThat(reader.stats().totalHits()).isZero();
            assertThat(reader.stats().compiles()).isEqualTo(2);
            assertThat(reader.stats().rejects("not-an-entry")).isEqualTo(2);
            assertThat(reader.stats().faults()).isEmpty();
        }
        assertThat(RAN).hasValue(0);
    }

    @Test
    void aCallableIsRefusedByTheFilter() {
        assertThatThrownBy(
                        () -> rogue.getExecutorService("any").submit(new Ran()).get(10, TimeUnit.SECONDS))
                .hasStackTraceContaining("SecurityException")
                .hasStackTraceContaining("is not allowed");
        assertThat(RAN).hasValue(0);
    }

    @Test
    void anEntryProcessorIsRefusedByTheFilter() {
        IMap<String, byte[]> entries = rogue.getMap(HazelcastNames.EXECUTABLES);
        entries.set("any", new byte[1]);

        assertThatThrownBy(() -> entries.executeOnKey(
                        "any", (EntryProcessor<String, byte[], Object>) _ -> RAN.incrementAndGet()))
                .hasStackTraceContaining("is not allowed");
        assertThat(RAN).hasValue(0);
    }

    @Test
    void aMapStoreOfAStrangersClassIsRefused() {
        MapConfig config = new MapConfig("stranger")
                .setMapStoreConfig(new MapStoreConfig().setEnabled(true).setClassName(Ran.class.getName()));

        assertThatThrownBy(() -> rogue.getConfig().addMapConfig(config)).hasStackTraceContaining("is not allowed");
    }

    @Test
    void forgedLeasesCostOneBoundedWait() {
        IMap<String, Object> leases = rogue.getMap(HazelcastNames.LEASES);
        CacheKey held = Fixtures.key("held by nobody");
        CacheKey odd = Fixtures.key("held by a text");
        leases.set(held.hex(), Fixtures.bytes(16, 1));
        leases.set(odd.hex(), "a text");
        CacheConf impatient = Fixtures.shared(member).withLease(Duration.ofSeconds(10), Duration.ofMillis(400));
        try (ExecutableCache cache = Fixtures.open(impatient)) {
            long start = System.nanoTime();
            assertThat(cache.get(held, held::bytes).bytes()).isEqualTo(held.bytes());
            assertThat(cache.get(odd, odd::bytes).bytes()).isEqualTo(odd.bytes());
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
    }

    /** What an attacker would run. */
    static final class Ran implements Callable<Integer>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public Integer call() {
            return RAN.incrementAndGet();
        }
    }
}
