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
    private static final Pattern NEEDED = Pattern.compile(
            "(standalone/target/classes|jit-core/target/classes|jit-core-[^/]*[.]jar|commons-numbers-[^/]*[.]jar|jspecify-[^/]*[.]jar)/?$");

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

    /** Of this test's class path, the example, jit-core and what that needs. */
    private static String classPath() {
        List<String> entries = Stream.of(
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                .split(File.pathSeparator))
                .filter(entry ->
                        NEEDED.matcher(entry.replace(File.separatorChar, '/')).find())
                .toList();
        assertThat(entries)
                .as("the example, jit-core, three of Commons Numbers, JSpecify")
                .hasSizeBetween(4, 7);
        return String.join(File.pathSeparator, entries);
    }
}
