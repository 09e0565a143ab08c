package io.kiln.plugin;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Fetches wheels with the ordinary pip client, so that the user's own index, proxy and certificates are used. */
record PipDownload(Map<String, String> environment) {
    private static final List<List<String>> CLIENTS =
            List.of(List.of("python3", "-m", "pip"), List.of("pip3"), List.of("pip"), List.of("python", "-m", "pip"));
    private static final long MINUTES = 60;
    private static final int SHOWN_LINES = 4;

    /**
     * The wheel's file in {@code folder}, downloaded.
     *
     * @param home where a person would put the wheel by hand
     * @throws KilnException ENVIRONMENT with the command to run elsewhere
     */
    Path fetch(PluginWheel wheel, Path folder, KilnHome home) throws IOException {
        Path file = folder.resolve(wheel.fileName());
        List<String> failures =
                run(wheel.pipArguments(folder.toString()), folder.resolve("pip.log"), () -> Files.isRegularFile(file));
        if (failures.isEmpty()) {
            return file;
        }
        throw KilnException.environment(
                "installing the plugin %s: pip has to download %s, got:\n  %s"
                        .formatted(wheel.name(), wheel.requirement(), String.join("\n  ", failures)),
                "on a machine with a network run\n  python3 -m pip %s\nand copy %s into %s here, then run the command again"
                        .formatted(String.join(" ", wheel.pipArguments(".")), wheel.fileName(), home.plugins()));
    }

    /**
     * Installs wheels into {@code target}, beside what is there.
     *
     * @throws KilnException ENVIRONMENT with what pip said
     */
    void install(String plugin, List<String> requirements, Path target, Path log) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("install", "--no-deps", "--only-binary=:all:", "--upgrade", "--target", target.toString()));
        arguments.addAll(requirements);
        List<String> failures = run(arguments, log, () -> true);
        if (!failures.isEmpty()) {
            throw KilnException.environment(
                    "installing NVIDIA's libraries for the plugin %s: pip has to install %s, got:\n  %s"
                            .formatted(plugin, String.join(" ", requirements), String.join("\n  ", failures)),
                    "check the network and the space in %s, or install CUDA and cuDNN on the machine"
                            .formatted(target));
        }
    }

    /** Runs pip by whichever name it has; empty when it succeeded and {@code done} holds, else what each client said. */
    private List<String> run(List<String> arguments, Path log, BooleanSupplier done) throws IOException {
        List<String> failures = new ArrayList<>();
        for (List<String> client : CLIENTS) {
            List<String> command = new ArrayList<>(client);
            command.addAll(arguments);
            command.addAll(List.of("--no-input", "--disable-pip-version-check", "--quiet"));
            String failure = execute(command, log);
            if (failure.isEmpty() && done.getAsBoolean()) {
                return List.of();
            }
            failures.add(String.join(" ", client) + ": " + (failure.isEmpty() ? "it brought another file" : failure));
        }
        return failures;
    }

    /** Runs a command; empty if it succeeded, else what it said last. */
    private String execute(List<String> command, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return "not found";
        }
        try {
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                return "no end after " + MINUTES + " minutes";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue() == 0 ? "" : lastLines(log, process.exitValue());
    }

    private static String lastLines(Path log, int exit) throws IOException {
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        String last = lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()).stream()
                .map(String::strip)
                .collect(Collectors.joining(" | "));
        return "exit " + exit + ": " + last;
    }
}
