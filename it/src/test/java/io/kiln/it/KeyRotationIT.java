package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.driver.Kiln;
import io.kiln.worker.WorkerMetrics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The application's key is replaced while it runs, and executors that start later go on with what earlier ones compiled. */
@Timeout(300)
class KeyRotationIT {
    private final Expected expected = Expected.results();

    @Test
    void laterExecutorsFindWhatWasSignedUnderTheKeyBefore_andKeepItForTheNextOne() throws Exception {
        try (SparkSession spark = OnCluster.application("rotation", Map.of())) {
            Kiln kiln = Kiln.on(spark);
            assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark)))).isEqualTo(expected.risk);
            for (int rotation = 1; rotation <= 2; rotation++) {
                kiln.rotateCacheKey();
                killExecutors();
                long found = hits(kiln);

                assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark))))
                        .isEqualTo(expected.risk);

                WorkerMetrics work = kiln.metrics().work();
                assertThat(work.compiles())
                        .as("compiles after rotation " + rotation)
                        .isEqualTo(1);
                assertThat(work.rejects())
                        .as("refused after rotation " + rotation)
                        .isEmpty();
                assertThat(hits(kiln)).as("hits after rotation " + rotation).isGreaterThan(found);
            }
        }
    }

    private static long hits(Kiln kiln) {
        return kiln.metrics().work().hits().getOrDefault("hazelcast", 0L);
    }

    private static void killExecutors() throws Exception {
        List<ProcessHandle> executors = OnCluster.cluster().executors();
        assertThat(executors).isNotEmpty();
        for (ProcessHandle executor : executors) {
            executor.destroyForcibly();
            executor.onExit().get(30, TimeUnit.SECONDS);
        }
    }
}
