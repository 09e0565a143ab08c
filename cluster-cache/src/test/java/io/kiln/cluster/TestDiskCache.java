package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.PersistentCache;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Plain programs in processes of their own. */
final class TestDiskCache {
    private static String run(String classPath, Path folder) throws Exception {
        Path out = Files.createTempFile("kiln-plain", ".txt");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-D" + PersistentCache.FOLDER + "=" + folder,
                "-cp",
                classPath,
                PlainProgram.class.getName());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            return Files.readString(out, StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
            Files.delete(out);
        }
    }

    @Test
    void aPlainProgramFindsWhatAnEarlierProcessCompiled() throws Exception {
        Path folder = Fixtures.folder().resolve("executables");
        String classPath = without("hazelcast");
        assertThat(run(classPath, folder)).contains("[2.0, 5.0, 10.0] 1 compiles, from compile");
        assertThat(run(classPath, folder)).contains("[2.0, 5.0, 10.0] 0 compiles, from disk");
    }

    @Test
    void aFolderWithoutTheModuleThatKeepsItIsAnError() throws Exception {
        Path folder = Fixtures.folder().resolve("executables");
        assertThat(run(
                        without("hazelcast", "cluster-cache" + File.separator + "target" + File.separator + "classes"),
                        folder))
                .contains("opening the executable cache in " + folder
                        + " (kiln.cache.dir): Kiln's module cluster-cache is required" + " on the class path, got none")
                .contains("fix: add the jar of cluster-cache");
    }

    private static String without(String... parts) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Arrays.stream(parts).noneMatch(entry::contains))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
