package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kiln score} with a model folder: results, order, formats, options, metrics. */
@Timeout(120)
class TestScoreCommand {
    private static final int ROWS = 10_007;

    @TempDir
    static Path shared;

    @TempDir
    Path work;

    private static Path model;
    private static Path table;

    @BeforeAll
    static void writeInputs() {
        model = SharedSpark.digitsSum(shared.resolve("model"));
        table = SharedSpark.table(
                shared.resolve("table"),
                "SELECT id, CAST(id % 10 AS FLOAT) AS a, CAST(id DIV 10 % 10 AS FLOAT) AS b,"
                        + " CAST(id DIV 100 % 10 AS FLOAT) AS c FROM range(" + ROWS + ")");
    }

    private KilnRun score(String... more) {
        return scoreOf(table, more);
    }

    private KilnRun scoreOf(Path input, String... more) {
        return KilnRun.of(Stream.concat(
                        Stream.of(
                                "score",
                                "--model",
                                model.toString(),
                                "--input",
                                input.toString(),
                                "--output",
                                work.resolve("out").toString(),
                                "--progress",
                                "none"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private List<Row> rows() {
        return SharedSpark.session()
                .read()
                .parquet(work.resolve("out").toString())
                .collectAsList();
    }

    @Test
    void scoresEveryRowAndKeepsTheFilesOrder() {
        score("--features", "a,b,c", "--conf", "spark.sql.files.maxPartitionBytes=10000")
                .isDone();
        List<Row> rows = rows();
        assertThat(rows.stream().map(row -> row.<Long>getAs("id")))
                .containsExactlyElementsOf(LongStream.range(0, ROWS).boxed().toList());
        // 1, 10 and 100 times the digits of id: exact in f32
        assertThat(rows)
                .allSatisfy(row -> assertThat((double) row.<Float>getAs("score"))
                        .isEqualTo((double) (row.<Long>getAs("id") % 1000)));
    }

    @Test
    void resultsDoNotDependOnTheBatch() {
        score("--features", "a,b,c", "--batch-rows", "3").isDone();
        List<Row> small = rows();
        score("--features", "a,b,c", "--batch-rows", "16384", "--overwrite").isDone();
        assertThat(rows()).isEqualTo(small);
    }

    @Test
    void columnsAreChosenAndNamed() {
        score("--bind", "features=c,b,a", "--keep", "id,a", "--output-columns", "reversed")
                .isDone();
        Row row = rows().get(123);
        assertThat(row.schema().fieldNames()).containsExactly("id", "a", "reversed");
        assertThat((double) row.<Float>getAs("reversed")).isEqualTo(321);
    }

    private JsonNode metricsOf(String... more) throws IOException {
        Path file = work.resolve("metrics.json");
        score(Stream.concat(
                                Stream.of("--features", "a,b,c", "--overwrite", "--metrics", file.toString()),
                                Stream.of(more))
                        .toArray(String[]::new))
                .isDone();
        return new JsonMapper().readTree(file.toFile());
    }

    @Test
    void metricsShowOneCompileAShapeHoweverManyPartitionsAndNoneTheNextTime() throws IOException {
        String[] manyTasks = {"--batch-rows", "777", "--conf", "spark.sql.files.maxPartitionBytes=8000"};
        JsonNode first = metricsOf(manyTasks);
        assertThat(first.path("rows").asLong()).isEqualTo(ROWS);
        assertThat(first.path("seconds").asDouble()).isPositive();
        assertThat(first.path("rows_per_s").asDouble()).isPositive();
        assertThat(first.path("traces").asLong()).isZero(); // a model comes with its program
        assertThat(first.path("live_handles").asLong()).isZero();
        assertThat(first.path("rejects").isObject()).isTrue();
        long shapes = first.path("compiles").asLong();
        assertThat(shapes).isBetween(1L, 4L); // the batch, and the buckets of a partition's last rows
        JsonNode second = metricsOf(manyTasks);
        assertThat(second.path("compiles").asLong()).isZero();
        assertThat(second.path("cache_hits").path("disk").asLong()).isEqualTo(shapes);
    }

    @Test
    void rowsWithNullsAreSkippedOrPropagatedWhenAsked() {
        Path nulls = SharedSpark.table(
                work.resolve("nulls"), "SELECT id, 1f AS a, IF(id % 5 = 0, NULL, 2f) AS b, 3f AS c FROM range(100)");
        scoreOf(nulls, "--features", "a,b,c", "--nulls", "skip").isDone();
        assertThat(rows()).hasSize(80);
        scoreOf(nulls, "--features", "a,b,c", "--nulls", "propagate", "--overwrite")
                .isDone();
        assertThat(rows())
                .hasSize(100)
                .allSatisfy(row ->
                        assertThat(row.isNullAt(row.fieldIndex("score"))).isEqualTo(row.<Long>getAs("id") % 5 == 0));
        scoreOf(nulls, "--features", "a,b,c", "--nulls", "0", "--overwrite").isDone();
        assertThat((double) rows().getFirst().<Float>getAs("score")).isEqualTo(301);
    }

    @Test
    void noRowsGiveAnEmptyTableWithTheColumns() {
        Path empty = SharedSpark.table(
                work.resolve("empty"), "SELECT id, 1f AS a, 2f AS b, 3f AS c FROM range(100) WHERE id < 0");
        scoreOf(empty, "--features", "a,b,c").isDone();
        assertThat(SharedSpark.session()
                        .read()
                        .parquet(work.resolve("out").toString())
                        .schema()
                        .fieldNames())
                .containsExactly("id", "a", "b", "c", "score");
        assertThat(rows()).isEmpty();
    }

    @Test
    void csvInAndJsonOut() throws IOException {
        Path csv = work.resolve("in put.csv");
        List<String> lines = new ArrayList<>(List.of("id,a,b,c"));
        for (int i = 0; i < 200; i++) {
            lines.add("%d,%d.0,%d.0,0.0".formatted(i, i % 10, i / 10 % 10));
        }
        Files.write(csv, lines);
        scoreOf(csv, "--input-format", "csv", "--output-format", "json", "--features", "a,b,c")
                .isDone();
        List<Row> rows = SharedSpark.session()
                .read()
                .json(work.resolve("out").toString())
                .orderBy("id")
                .collectAsList();
        assertThat(rows).hasSize(200);
        assertThat(rows.get(57).<Double>getAs("score")).isEqualTo(57.0);
    }

    @Test
    void overwriteReplacesTheWholeFolder() throws IOException {
        Files.createDirectories(work.resolve("out"));
        Files.writeString(work.resolve("out/old.txt"), "old");
        score("--features", "a,b,c", "--overwrite").isDone();
        assertThat(work.resolve("out/old.txt")).doesNotExist();
        assertThat(rows()).hasSize(ROWS);
    }

    @Test
    void aFailedOverwriteLeavesTheOldOutput() throws IOException {
        Files.createDirectories(work.resolve("out"));
        Files.writeString(work.resolve("out/old.txt"), "old");
        score("--features", "a,b,nowhere", "--overwrite").isRefused(3, "nowhere");
        assertThat(work.resolve("out/old.txt")).hasContent("old");
    }
}
