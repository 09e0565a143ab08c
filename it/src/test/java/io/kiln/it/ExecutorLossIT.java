package io.kiln.it;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.driver.Kiln;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An executor that is killed in the middle of a partition leaves no trace in the results. */
@Timeout(180)
class ExecutorLossIT {
    /** A row in the middle of a partition. */
    private static final long GATE_ROW = 22_222;

    private final Expected expected = Expected.results();

    @TempDir
    Path folder;

    @Test
    void aKilledExecutorLeavesTheSameBytes() throws Exception {
        // Small row batches: the executor dies with results of the partition already written.
        Map<String, String> conf = Map.of("spark.sql.inMemoryColumnarStorage.batchSize", "500");
        try (SparkSession spark = OnCluster.application("loss", conf)) {
            Path undisturbed = folder.resolve("undisturbed");
            Files.createFile(folder.resolve("open"));
            score(spark).write().parquet(undisturbed.toString());
            Files.delete(folder.resolve("open"));
            deleteWaiting();

            Path killed = folder.resolve("killed");
            ProcessHandle victim;
            CompletableFuture<Void> job;
            try (WatchService watch = FileSystems.getDefault().newWatchService()) {
                folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                job = CompletableFuture.runAsync(() -> score(spark).write().parquet(killed.toString()));
                victim = executorAtTheGate(watch, job);
            }
            assertThat(OnCluster.cluster().executors()).contains(victim);
            assertThat(victim.destroyForcibly()).isTrue(); // SIGKILL, and it is asleep at the gate
            Files.createFile(folder.resolve("open"));
            job.get(120, TimeUnit.SECONDS);
            assertThat(victim.isAlive()).isFalse();

            assertThat(Expected.bits(spark.read().parquet(killed.toString()))).isEqualTo(expected.risk);
            assertThat(pages(killed)).as("the pages of the written files").isEqualTo(pages(undisturbed));
        }
    }

    /** The risk of every row; one row waits until the gate is open. */
    private Dataset<Row> score(SparkSession spark) {
        var gate = udf(new Gate(folder.toString()), DataTypes.FloatType).asNondeterministic();
        Dataset<Row> rows = expected.rows(spark);
        return Expected.risk(Kiln.on(spark), rows.withColumn("a", gate.apply(col("id"), col("a"))));
    }

    /** Gives its second argument; at one row says who it is and waits for the gate, a minute at most. */
    private record Gate(String folder) implements UDF2<Long, Float, Float> {
        @Override
        public Float call(Long id, Float value) throws Exception {
            Path open = Path.of(folder, "open");
            if (id == GATE_ROW && !Files.exists(open)) {
                try (WatchService watch = FileSystems.getDefault().newWatchService()) {
                    Path.of(folder).register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                    Files.createFile(
                            Path.of(folder, "waiting-" + ProcessHandle.current().pid()));
                    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
                    while (!Files.exists(open) && System.nanoTime() < end) {
                        WatchKey key = watch.poll(1, TimeUnit.SECONDS);
                        if (key != null) {
                            key.pollEvents();
                            key.reset();
                        }
                    }
                }
            }
            return value;
        }
    }

    private ProcessHandle executorAtTheGate(WatchService watch, CompletableFuture<Void> job) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (System.nanoTime() < end) {
            try (Stream<Path> files = Files.list(folder)) {
                var waiting = files.map(file -> file.getFileName().toString())
                        .filter(name -> name.startsWith("waiting-"))
                        .findFirst();
                if (waiting.isPresent()) {
                    long pid = Long.parseLong(waiting.get().substring("waiting-".length()));
                    return ProcessHandle.of(pid).orElseThrow();
                }
            }
            assertThat(job).as("the job, whose gate is shut").isNotDone();
            WatchKey key = watch.poll(1, TimeUnit.SECONDS);
            if (key != null) {
                key.pollEvents();
                key.reset();
            }
        }
        throw new AssertionError("no executor came to the gate within a minute");
    }

    private void deleteWaiting() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("waiting-"))
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    /**
     * The SHA-256 of the pages of each written file, in the order of the partitions. The footer is left out: Parquet's writer lists a
     * column's encodings in the order of a hash set, which differs from JVM to JVM.
     */
    private static List<String> pages(Path output) throws Exception {
        List<String> hashes = new ArrayList<>();
        try (Stream<Path> files = Files.list(output)) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("part-"))
                    .sorted()
                    .toList()) {
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
                // pages | footer | length of the footer, 4 bytes | PAR1
                bytes.limit(bytes.limit() - 8 - bytes.getInt(bytes.limit() - 8));
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                sha256.update(bytes);
                hashes.add(HexFormat.of().formatHex(sha256.digest()));
            }
        }
        assertThat(hashes).isNotEmpty();
        return hashes;
    }
}
