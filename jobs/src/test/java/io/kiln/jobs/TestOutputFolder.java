package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.error.KilnException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An output appears whole or not at all. */
@Timeout(60)
class TestOutputFolder {
    @TempDir
    Path work;

    private OutputFolder open(String name, boolean overwrite) {
        return OutputFolder.open(work.resolve(name).toString(), overwrite, new Configuration(), List.of());
    }

    private static void write(OutputFolder folder, String text) throws IOException {
        Path temporary = Files.createDirectories(Path.of(java.net.URI.create(folder.temporary())));
        Files.writeString(temporary.resolve("part"), text);
    }

    @Test
    void aCommittedFolderIsInItsPlaceAndNothingElseIsLeft() throws IOException {
        try (OutputFolder folder = open("a/b/out", false)) {
            write(folder, "new");
            folder.commit();
        }
        assertThat(work.resolve("a/b/out/part")).hasContent("new");
        assertThat(work.resolve("a/b")).isDirectoryNotContaining(path -> !path.endsWith("out"));
    }

    @Test
    void withoutCommitNothingIsLeftNorTheParentsThatWereMade() throws IOException {
        try (OutputFolder folder = open("a/b/out", false)) {
            write(folder, "new");
        }
        assertThat(work).isEmptyDirectory();
    }

    @Test
    void parentsThatSomebodyElseUsesStay() throws IOException {
        try (OutputFolder folder = open("a/b/out", false)) {
            write(folder, "new");
            Files.writeString(work.resolve("a/other"), "theirs");
        }
        assertThat(work.resolve("a/other")).hasContent("theirs");
        assertThat(work.resolve("a/b")).doesNotExist();
    }

    @Test
    void overwriteReplacesOnlyOnCommit() throws IOException {
        Files.createDirectories(work.resolve("out"));
        Files.writeString(work.resolve("out/old"), "old");
        try (OutputFolder folder = open("out", true)) {
            write(folder, "new");
        }
        assertThat(work.resolve("out/old")).hasContent("old");
        try (OutputFolder folder = open("out", true)) {
            write(folder, "new");
            assertThat(work.resolve("out/old")).hasContent("old");
            folder.commit();
        }
        assertThat(work.resolve("out")).isDirectoryContaining("glob:**part").isDirectoryNotContaining("glob:**old");
        assertThat(work).isDirectoryNotContaining(path -> !path.endsWith("out"));
    }

    @Test
    void anOutputThatExistsIsRefused() throws IOException {
        Files.writeString(work.resolve("out"), "a file");
        Assertions.assertThatThrownBy(() -> open("out", false))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("exists already");
    }

    /** Ctrl-C and a cluster manager's SIGTERM end the JVM by its shutdown hooks. */
    @Test
    void aJvmThatIsToldToStopLeavesNothing() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        work.resolve("deep/out").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("written");
            assertThat(work.resolve("deep")).isNotEmptyDirectory();
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(work).isEmptyDirectory();
    }

    /** Writes to an output and waits to be ended. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws IOException {
            OutputFolder folder = OutputFolder.open(args[0], false, new Configuration(), List.of());
            write(folder, "half");
            System.out.println("written");
            System.out.flush();
            System.in.read();
        }
    }
}
