package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kiln.core.Tensor;
import io.kiln.driver.Kiln;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executors that are killed whenever they work on a program: two of them, and the job ends with an error that names it. */
@Timeout(300)
class QuarantineIT {
    private static final Pattern PROCESS = Pattern.compile("compiling .+ in process (\\d+)");

    /** The more, the longer it compiles. */
    private static final int SINES = 8000;

    @Test
    void atMostTwoExecutorsDieOfAProgram_andTheErrorNamesIt(@TempDir Path folder) throws Exception {
        Path quarantine = folder.resolve("quarantine");
        Map<String, String> conf = Map.of("spark.kiln.quarantine.dir", quarantine.toString());
        try (SparkSession spark = OnCluster.application("quarantine", conf)) {
            Kiln kiln = Kiln.on(spark);
            Dataset<Row> rows = spark.range(0, 100, 1, 2).selectExpr("cast(id as float) as x");
            CompletableFuture<Throwable> job = CompletableFuture.supplyAsync(() -> catchThrowable(
                    () -> rows.transform(kiln.score((Tensor x) -> sines(x))).collectAsList()));
            CountDownLatch look = new CountDownLatch(1);
            Set<Long> killed = new HashSet<>();
            while (!job.isDone()) {
                for (long process : atWork(quarantine)) {
                    if (killed.add(process)) {
                        ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
                    }
                }
                look.await(5, TimeUnit.MILLISECONDS);
            }

            Throwable failure = job.get(1, TimeUnit.SECONDS);
            assertThat(killed)
                    .as("killed before the job ended with %s", failure)
                    .hasSize(2);
            KilnException error = null;
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                error = cause instanceof KilnException kilns ? kilns : error;
            }
            assertThat(error).isNotNull();
            assertThat(error.category()).isEqualTo(ErrorCategory.JOB);
            assertThat(error).hasMessageContaining("a program that fewer than 2 processes died of is required");
            for (long process : killed) {
                assertThat(error).hasMessageContaining("in process " + process);
            }
        }
    }

    private static Tensor sines(Tensor x) {
        Tensor y = x;
        for (int i = 0; i < SINES; i++) {
            y = y.sin();
        }
        return y;
    }

    /** The processes that compile, by their breadcrumbs. */
    private static Set<Long> atWork(Path quarantine) throws IOException {
        Set<Long> found = new HashSet<>();
        if (!Files.exists(quarantine)) {
            return found;
        }
        try (Stream<Path> files = Files.list(quarantine)) {
            for (Path file : files.toList()) {
                try {
                    Matcher process = PROCESS.matcher(Files.readString(file));
                    if (process.find()) {
                        found.add(Long.parseLong(process.group(1)));
                    }
                } catch (NoSuchFileException e) {
                    // Deleted meanwhile: its process is done.
                }
            }
        }
        return found;
    }
}
