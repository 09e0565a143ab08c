package io.kiln.jobs.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.pjrt.FakePlugin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands in a JVM of their own: the exit code that a shell sees, and faults that only a new session has. */
@Timeout(180)
class TestKilnProcess {
    private static final Duration LIMIT = Duration.ofSeconds(100);

    @TempDir
    Path work;

    @Test
    void anUnknownOptionEndsWithTwo() throws IOException {
        KilnProcess ended = KilnProcess.run(List.of("bogus"), LIMIT);
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).contains("bogus", "--help");
    }

    @Test
    void aPluginPathThatIsNoPluginIsTheEnvironments() throws IOException {
        Path text = Files.writeString(work.resolve("plugin.so"), "this is no shared library");
        for (Path plugin : List.of(text, work.resolve("none.so"))) {
            KilnProcess ended = KilnProcess.run(List.of("doctor", "--plugin", plugin.toString()), LIMIT);
            assertThat(ended.exitCode()).isEqualTo(4);
            ended = KilnProcess.run(List.of("plugin", "verify", plugin.toString()), LIMIT);
            assertThat(ended.exitCode()).isEqualTo(4);
            assertThat(ended.err())
                    .contains(plugin.getFileName().toString(), "fix: ")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void aPluginWithTooOldAnApiIsTheEnvironments() throws IOException {
        Path old = FakePlugin.write(work.resolve("old.so"), 0, 54);
        KilnProcess ended = KilnProcess.run(List.of("doctor", "--plugin", old.toString()), LIMIT);
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(4);
        ended = KilnProcess.run(List.of("plugin", "verify", old.toString()), LIMIT);
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(4);
        assertThat(ended.err()).contains("old.so", "0.54", "0.71", "fix: ").doesNotContain("\tat ");
    }

    @Test
    void trainingWithAPluginThatIsNoneLeavesNothing() throws IOException {
        Path table = Files.writeString(work.resolve("table.csv"), "a,b\n1.5,2.5\n");
        KilnProcess ended = KilnProcess.run(
                List.of(
                        "train",
                        "--algorithm",
                        "linear-regression",
                        "--input",
                        table.toString(),
                        "--input-format",
                        "csv",
                        "--label",
                        "b",
                        "--output",
                        work.resolve("model").toString(),
                        "--master",
                        "local[1]",
                        "--plugin",
                        Files.writeString(work.resolve("no plugin.so"), "no").toString()),
                LIMIT);
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(4);
        assertThat(ended.err()).contains("no plugin.so", "fix: ").doesNotContain("\tat ");
        assertThat(work.resolve("model")).doesNotExist();
    }
}
