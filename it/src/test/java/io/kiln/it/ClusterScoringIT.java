package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scoring on two executors: the local run's bits, one trace, one compile. */
@Timeout(180)
class ClusterScoringIT {
    private final Expected expected = Expected.results();

    @Test
    void theClusterCompilesOnceAndTheNextApplicationNotAtAll(@TempDir Path disk) throws Exception {
        try (SparkSession spark = OnCluster.application("scoring", Map.of())) {
            Kiln kiln = Kiln.on(spark);
            assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark)))).isEqualTo(expected.risk);
            KilnMetrics metrics = kiln.metrics();
            assertThat(metrics.jvms()).as("executors that ran batches").isEqualTo(2);
            assertThat(metrics.work().rows()).isEqualTo(Expected.ROWS);
            assertThat(metrics.traces()).isEqualTo(1);
            assertThat(metrics.work().compiles()).as("over the whole cluster").isEqualTo(1);
            assertThat(metrics.work().hits()).as("the other executor's").containsEntry("hazelcast", 1L);
            assertThat(metrics.work().rejects()).isEmpty();
            assertThat(kiln.notes()).isEmpty();

            // Again, with other partitions: nothing is traced or compiled.
            KilnMetrics before = kiln.metrics();
            var again = Expected.risk(kiln, expected.rows(spark).repartition(5));
            assertThat(Expected.bits(again)).isEqualTo(expected.risk);
            assertThat(kiln.metrics().since(before).work().compiles()).isZero();
        }
        Map<String, String> onDisk =
                Map.of("spark.kiln.cache.dir", disk.resolve("executables").toString());
        for (int application = 0; application < 2; application++) {
            try (SparkSession spark = OnCluster.application("disk-" + application, onDisk)) {
                Kiln kiln = Kiln.on(spark);
                assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark))))
                        .isEqualTo(expected.risk);
                KilnMetrics metrics = kiln.metrics();
                assertThat(metrics.work().compiles())
                        .as("compiles of application " + application)
                        .isEqualTo(1 - application);
                if (application == 1) {
                    assertThat(metrics.work().hits()).containsEntry("disk", 2L);
                }
            }
        }
    }
}
