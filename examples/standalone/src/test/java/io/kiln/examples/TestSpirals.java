package io.kiln.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example as a user runs it: a JVM of its own with jit-core and what that needs on its class path, and nothing else. */
class TestSpirals {
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void onlyJitCoreTrainsTheNetworkAndPrintsItsProgram(@TempDir Path folder) throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath(),
                        "io.kiln.examples.Spirals")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        assertThat(text).contains("{ lambda ;", "dot_general", "1 traces, 1500 calls of the step");
        Matcher right = Pattern.compile("told right: ([0-9.]+) of 1000").matcher(text);
        assertThat(right.find()).as(text).isTrue();
        assertThat(Double.parseDouble(right.group(1))).isGreaterThan(0.98);
    }

    /** The example's classes and, of the jars beside them, none of Spark's. */
    private static String classPath() throws Exception {
        try (Stream<Path> jars = Files.list(TARGET.resolve("lib"))) {
            List<String> names = jars.map(Path::toString).sorted().toList();
            assertThat(names).isNotEmpty().noneMatch(name -> name.contains("spark") || name.contains("arrow"));
            return TARGET.resolve("classes") + File.pathSeparator + String.join(File.pathSeparator, names);
        }
    }
}
