package io.kiln.jobs.cases;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One {@code kiln} command in a JVM of its own, so that a crash or a hang is an outcome and not the end of the run.
 *
 * @param exitCode the process's; {@link #HANGING} when it had to be ended
 * @param err what it wrote to standard error
 */
record KilnProcess(int exitCode, String err) {
    static final int HANGING = -1;

    /** Runs a command with this JVM's class path and options. */
    static KilnProcess run(List<String> arguments, Duration limit) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-javaagent"))
                .forEach(line::add);
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.kiln.jobs.Main"));
        line.addAll(arguments);
        File err = Files.createTempFile("kiln-case-", ".err").toFile();
        try {
            Process process = new ProcessBuilder(line)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(err)
                    .start();
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            return new KilnProcess(ended ? process.exitValue() : HANGING, Files.readString(err.toPath()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a command ran", e);
        } finally {
            Files.deleteIfExists(err.toPath());
        }
    }
}
