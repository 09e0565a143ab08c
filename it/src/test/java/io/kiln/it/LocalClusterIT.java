package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.error.KilnException;
import io.kiln.jobs.cluster.ClusterSettings;
import io.kiln.jobs.cluster.LocalCluster;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The cluster of {@code kiln demo --cluster} and of these tests: real processes, started and ended. */
@Timeout(180)
class LocalClusterIT {
    @TempDir
    Path folder;

    @Test
    void runsPlainSparkOnItsExecutorsAndEndsExactlyWhatItStarted() throws Exception {
        List<ProcessHandle> started = new ArrayList<>();
        String secret;
        try (LocalCluster cluster =
                LocalCluster.start(ClusterSettings.of(1, 2).executor(1, 512).folder(folder))) {
            Map<String, String> conf = cluster.applicationConf();
            secret = conf.get("spark.authenticate.secret");
            SparkSession.Builder builder = SparkSession.builder().appName("plain");
            conf.forEach(builder::config);
            builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2");
            try (SparkSession spark = builder.getOrCreate()) {
                assertThat(spark.range(0, 1000, 1, 4)
                                .selectExpr("sum(id)")
                                .collectAsList()
                                .getFirst()
                                .getLong(0))
                        .isEqualTo(499_500L);
                started.addAll(cluster.daemons());
                started.addAll(cluster.executors());
                assertThat(cluster.executors()).hasSize(2);
            }
            for (ProcessHandle process : started) {
                assertThat(process.info().commandLine().orElse("")).doesNotContain(secret);
            }
            assertThat(cluster.toString()).doesNotContain(secret);
        }
        assertThat(started).hasSize(4).noneMatch(ProcessHandle::isAlive);
        assertThat(folder.resolve("cluster.properties")).doesNotExist();
        try (var files = Files.walk(folder.resolve("logs"))) {
            for (Path log : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(log)).as(log.toString()).doesNotContain(secret);
            }
        }
    }

    @Test
    void noProcessOutlivesAnOwnerThatIsKilled() throws Exception {
        Process owner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        folder.toString())
                .redirectError(folder.resolve("owner.log").toFile())
                .start();
        List<ProcessHandle> daemons = new ArrayList<>();
        try (BufferedReader lines = owner.inputReader()) {
            String line = lines.readLine();
            assertThat(line).as(() -> "first line of the owner").isNotNull().startsWith("pids ");
            for (String pid : line.substring("pids ".length()).split(" ", -1)) {
                daemons.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
            }
            owner.destroyForcibly().waitFor();
            for (ProcessHandle daemon : daemons) {
                daemon.onExit().get(30, TimeUnit.SECONDS);
            }
        } finally {
            owner.destroyForcibly();
            daemons.forEach(ProcessHandle::destroyForcibly);
            // What a killed owner leaves behind is links; JUnit would warn about each.
            try (var links = Files.list(folder.resolve("cluster/jars"))) {
                for (Path link : links.toList()) {
                    Files.delete(link);
                }
            }
        }
        assertThat(daemons).hasSize(2);
    }

    /** Starts a cluster, prints its processes' ids, and never ends by itself. */
    static final class Owner {
        public static void main(String[] folder) throws InterruptedException {
            LocalCluster cluster =
                    LocalCluster.start(ClusterSettings.of(1, 1).executor(1, 512).folder(Path.of(folder[0], "cluster")));
            System.out.println("pids "
                    + cluster.daemons().stream()
                            .map(process -> Long.toString(process.pid()))
                            .collect(Collectors.joining(" ")));
            new CountDownLatch(1).await();
        }
    }

    @Test
    void aClusterWithoutSparksJarsIsAnErrorThatSaysSo() {
        ClusterSettings none = new ClusterSettings(
                1,
                1,
                1,
                512,
                true,
                List.of(),
                List.of(),
                ClusterSettings.of(1, 1).folder());
        assertThatThrownBy(() -> LocalCluster.start(none))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("no spark-core among the 0 jars")
                .hasMessageContaining("\nfix: ");
    }
}
