package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kiln demo} on its real data: good models, and nothing compiled the second time. */
class TestDemoCommand {
    @TempDir
    Path work;

    private JsonNode demo() throws IOException {
        Path data = Path.of(System.getProperty("kiln.repository", "..")).resolve("examples/data");
        KilnRun run = KilnRun.of(
                        "demo",
                        "--data",
                        data.toString(),
                        "--output",
                        work.resolve("demo").toString(),
                        "--progress",
                        "none")
                .isDone();
        assertThat(run.out()).contains("accuracy", "AUC", "traces", "compiles", "cache hits", "results: ", "next: ");
        return new JsonMapper().readTree(work.resolve("demo/metrics.json").toFile());
    }

    @Test
    @Timeout(400)
    void heldOutRowsAreScoredWellAndTheSecondRunCompilesNothing() throws IOException {
        JsonNode first = demo();
        JsonNode digits = first.path("steps").path(1);
        assertThat(digits.path("rows").asLong()).isEqualTo(360);
        assertThat(digits.path("accuracy").asDouble()).isGreaterThanOrEqualTo(0.96);
        JsonNode flights = first.path("steps").path(3);
        assertThat(flights.path("accuracy").asDouble()).isGreaterThan(0.9);
        assertThat(flights.path("auc").asDouble()).isGreaterThan(0.89);
        assertThat(first.path("live_handles").asLong()).isZero();
        assertThat(first.path("compiles").asLong()).isPositive();
        JsonNode second = demo();
        assertThat(second.path("compiles").asLong()).isZero();
        assertThat(second.path("steps").path(1).path("cache_hits").path("disk").asLong())
                .isPositive();
        assertThat(SharedSpark.session()
                        .read()
                        .parquet(work.resolve("demo/digits/scored").toString())
                        .count())
                .isEqualTo(360);
    }
}
