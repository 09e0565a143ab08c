package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import io.kiln.jobs.cluster.ClusterSettings;
import io.kiln.jobs.cluster.LocalCluster;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a cluster whose RPC is not authenticated and encrypted, no key travels: caches are private, and one message says what to set. */
@Timeout(180)
class PrivateCachesIT {
    private final Expected expected = Expected.results();

    @Test
    void withoutAuthenticationExecutorsShareNothingAndOneMessageSaysWhatToSet(@TempDir Path folder) throws Exception {
        ClusterSettings settings =
                ClusterSettings.of(1, 2).executor(1, 640).authenticated(false).folder(folder);
        try (LocalCluster cluster = LocalCluster.start(settings);
                SparkSession spark = OnCluster.application("private", cluster, Map.of())) {
            Kiln kiln = Kiln.on(spark);
            assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark)))).isEqualTo(expected.risk);
            Expected.risk(Kiln.on(spark), expected.rows(spark)).count();
            KilnMetrics metrics = kiln.metrics();
            assertThat(kiln.workerConf().cache().address()).isNull();
            assertThat(metrics.jvms()).isEqualTo(2);
            assertThat(metrics.work().compiles()).as("each executor for itself").isEqualTo(2);
            assertThat(metrics.work().hits()).doesNotContainKey("hazelcast");
            assertThat(kiln.notes())
                    .singleElement()
                    .asString()
                    .contains("spark.authenticate=true", "spark.network.crypto.cipher=AES/GCM/NoPadding")
                    .contains("spark.network.crypto.authEngineVersion=2", "spark.network.crypto.saslFallback=false")
                    .contains("spark.kiln.cache.trust=network");
        }
    }
}
