package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each bad input ends with its exit code and one message that names the fault, and leaves nothing behind. */
@Timeout(120)
class TestBadInput {
    private static final String GOOD_ROWS =
            "SELECT id, CAST(id AS FLOAT) AS a, CAST(id % 7 AS FLOAT) AS b, CAST(id % 3 AS FLOAT) AS c FROM range(1000)";

    @TempDir
    Path work;

    private Path model;
    private Path out;

    @BeforeEach
    void saveModel() {
        model = SharedSpark.digitsSum(work.resolve("model"));
        out = work.resolve("results").resolve("out");
    }

    /** Whatever a test did, the results' folder was made for an output that did not come to be. */
    @AfterEach
    void nothingIsLeftBehind() throws IOException {
        try (Stream<Path> all = Files.walk(work)) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.contains(".kiln-") || name.equals("_temporary"));
        }
        if (!Files.exists(out.resolve("keep_me.txt"))) {
            assertThat(out).doesNotExist();
            assertThat(out.getParent()).doesNotExist();
        }
    }

    private KilnRun score(Path input, String... more) {
        return KilnRun.of(Stream.concat(
                        Stream.of(
                                "score",
                                "--model",
                                model.toString(),
                                "--input",
                                input.toString(),
                                "--output",
                                out.toString(),
                                "--progress",
                                "none"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private Path table(String sql) {
        return SharedSpark.table(work.resolve("table"), sql);
    }

    @Test
    void inputPathThatDoesNotExist() {
        score(work.resolve("nowhere.parquet")).isRefused(3, "nowhere.parquet", "--input");
    }

    @Test
    void missingColumn() {
        score(table(GOOD_ROWS), "--features", "a,b,missing_one").isRefused(3, "missing_one");
    }

    @Test
    void stringColumn() {
        score(table("SELECT id, 1f AS a, 'words' AS b, 2f AS c FROM range(10)"), "--features", "a,b,c")
                .isRefused(3, "column b", "string", "f32");
    }

    @Test
    void columnWithNulls() {
        score(table("SELECT id, 1f AS a, IF(id = 7, NULL, 2f) AS b, 3f AS c FROM range(10)"), "--features", "a,b,c")
                .isRefused(3, "null", "column b", "nulls=");
    }

    @Test
    void featureCountOtherThanTheModels() {
        score(table(GOOD_ROWS), "--features", "a,b").isRefused(3, "f32[3]", "2");
    }

    @Test
    void truncatedParquetFile() throws IOException {
        Path folder = table(GOOD_ROWS);
        Path file;
        try (Stream<Path> files = Files.list(folder)) {
            file = files.filter(each -> each.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.write(work.resolve("cut.parquet"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        score(work.resolve("cut.parquet"), "--features", "a,b,c").isRefused(3, "cut.parquet");
    }

    @Test
    void partOfAFolderTruncated() throws IOException {
        Path folder = work.resolve("parts");
        SharedSpark.session().sql(GOOD_ROWS).repartition(3).write().parquet(folder.toString());
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(each -> each.getFileName().toString().startsWith("part-"))
                    .sorted()
                    .toList();
        }
        Path last = files.getLast();
        byte[] bytes = Files.readAllBytes(last);
        Files.delete(folder.resolve("." + last.getFileName() + ".crc"));
        Files.write(last, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        score(folder, "--features", "a,b,c").isRefused(3, last.getFileName().toString());
    }

    @Test
    void outputFolderThatExists() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("keep_me.txt"), "mine");
        score(table(GOOD_ROWS), "--features", "a,b,c").isRefused(3, out.toString(), "--overwrite");
        assertThat(out.resolve("keep_me.txt")).hasContent("mine");
    }

    @Test
    void inputInsideTheOutput() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("keep_me.txt"), "mine");
        Path table = SharedSpark.table(out.resolve("table"), GOOD_ROWS);
        score(table, "--features", "a,b,c", "--overwrite").isRefused(3, "holds the input");
        assertThat(table).isNotEmptyDirectory();
    }

    @Test
    void modelFolderWithAChangedByte() throws IOException {
        Path table = table(GOOD_ROWS);
        for (String file : List.of("program.kiln", "weights.safetensors")) {
            byte[] bytes = Files.readAllBytes(model.resolve(file));
            byte[] changed = bytes.clone();
            changed[changed.length / 2] ^= 1;
            Files.deleteIfExists(model.resolve("." + file + ".crc"));
            Files.write(model.resolve(file), changed);
            score(table, "--features", "a,b,c").isRefused(3, file);
            Files.write(model.resolve(file), bytes);
        }
    }

    @Test
    void modelFolderThatDoesNotExist() {
        model = work.resolve("no-model");
        score(table(GOOD_ROWS), "--features", "a,b,c").isRefused(3, "no-model");
    }

    @Test
    void metricsFileInAFolderThatDoesNotExist() {
        score(
                        table(GOOD_ROWS),
                        "--features",
                        "a,b,c",
                        "--metrics",
                        work.resolve("none/m.json").toString())
                .isRefused(3, "m.json", "--metrics");
    }

    @Test
    void csvOfAnArrayColumn() {
        score(table("SELECT array(1f, 2f, 3f) AS features FROM range(10)"), "--output-format", "csv")
                .isRefused(3, "features", "csv");
    }
}
