package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A client that knows the address and the name of the cluster can write what it likes, and nothing of it is loaded. What it knows of
 * Kiln's entries it learns as an attacker would, by reading them.
 */
@Timeout(180)
class RogueClientIT {
    private final Expected expected = Expected.results();

    @Test
    void nothingThatARogueClientWroteIsLoaded() throws Exception {
        // What an earlier application shows to whoever reads along: the keys of four programs, and entries signed under
        // its key.
        Map<Integer, Map<String, byte[]>> learnt = new HashMap<>();
        try (SparkSession spark = OnCluster.application("spied-on", Map.of())) {
            Kiln kiln = Kiln.on(spark);
            try (Rogue rogue = new Rogue(kiln)) {
                for (int i = 0; i < 4; i++) {
                    Set<String> before = rogue.entries().keySet();
                    checkOther(kiln, spark, i);
                    Map<String, byte[]> fresh = rogue.entries();
                    fresh.keySet().removeAll(before);
                    assertThat(fresh).as("entries of program " + i).hasSize(1);
                    learnt.put(i, fresh);
                }
            }
        }
        try (SparkSession spark = OnCluster.application("attacked", Map.of())) {
            Kiln kiln = Kiln.on(spark);
            try (Rogue rogue = new Rogue(kiln)) {
                // Garbage; and an intact entry that is signed under another application's key.
                rogue.plant(learnt.get(0), bytes -> new byte[bytes.length]);
                rogue.plant(learnt.get(1), bytes -> bytes);
                checkOther(kiln, spark, 0);
                checkOther(kiln, spark, 1);
                byte[] genuine =
                        rogue.entries().get(learnt.get(1).keySet().iterator().next());
                assertThat(genuine)
                        .as("the entry that replaced the planted one")
                        .isNotNull();
                // An entry of this very application, of another program; and one with a changed byte.
                rogue.plant(learnt.get(2), bytes -> genuine);
                rogue.plant(learnt.get(3), bytes -> {
                    byte[] changed = genuine.clone();
                    changed[changed.length / 2] ^= 1;
                    return changed;
                });
                checkOther(kiln, spark, 2);
                checkOther(kiln, spark, 3);
            }
            KilnMetrics metrics = kiln.metrics();
            assertThat(metrics.work().rejects()).containsOnlyKeys("not-an-entry", "foreign-key", "other-key", "mac");
            assertThat(metrics.work().rejects().values()).allMatch(count -> count >= 1);
            assertThat(metrics.work().compiles())
                    .as("each program compiled here")
                    .isBetween(4L, 8L);
        }
    }

    private void checkOther(Kiln kiln, SparkSession spark, int which) {
        Dataset<Row> scored = Expected.other(kiln, expected.rows(spark), which);
        assertThat(String.join("\n", Expected.bits(scored))).isEqualTo(expected.others.get(which));
    }

    /** A Hazelcast client that was told the address and the cluster's name, and no key. */
    private static final class Rogue implements AutoCloseable {
        private final HazelcastInstance client;

        Rogue(Kiln kiln) {
            ClientConfig config = new ClientConfig();
            config.setClusterName(kiln.workerConf().cache().clusterName());
            config.getNetworkConfig().addAddress(kiln.workerConf().cache().address());
            config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(10_000);
            config.setProperty("hazelcast.logging.type", "none");
            client = HazelcastClient.newHazelcastClient(config);
        }

        private Iterable<IMap<Object, Object>> maps() {
            return client.getDistributedObjects().stream()
                    .filter(IMap.class::isInstance)
                    .map(object -> client.getMap(object.getName()))
                    .toList();
        }

        /** All entries whose values are long enough to be executables, by map and key. */
        Map<String, byte[]> entries() {
            Map<String, byte[]> found = new HashMap<>();
            for (IMap<Object, Object> map : maps()) {
                map.forEach((key, value) -> {
                    if (value instanceof byte[] bytes && bytes.length > 1000) {
                        found.put(map.getName() + " " + key, bytes);
                    }
                });
            }
            return found;
        }

        /** Overwrites the entries of the learnt keys in this application's maps. */
        void plant(Map<String, byte[]> learnt, UnaryOperator<byte[]> forge) {
            learnt.forEach((name, bytes) -> {
                int space = name.indexOf(' ');
                client.getMap(name.substring(0, space)).put(name.substring(space + 1), forge.apply(bytes));
            });
        }

        @Override
        public void close() {
            client.shutdown();
        }
    }
}
