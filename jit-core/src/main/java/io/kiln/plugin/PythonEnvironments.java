package io.kiln.plugin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The Python environments that a process sees: {@code VIRTUAL_ENV}, {@code CONDA_PREFIX}, and where {@code python3} looks for modules.
 * A wheel that someone installed there with pip is used as it is.
 */
record PythonEnvironments(Map<String, String> environment) {
    private static final long SECONDS = 20;
    private static final String WHERE = "import sys; print('\\n'.join(p for p in sys.path if p))";

    /** The folders that hold installed packages, in the order of search. */
    List<Path> sitePackages() {
        Set<Path> folders = new LinkedHashSet<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String prefix = environment.getOrDefault(variable, "").strip();
            if (!prefix.isEmpty()) {
                for (Path python : entries(Path.of(prefix, "lib"), "python*")) {
                    folders.add(python.resolve("site-packages"));
                }
            }
        }
        ofPython3().stream().map(Path::of).forEach(folders::add);
        return folders.stream().filter(Files::isDirectory).toList();
    }

    /** The plugins in these environments. */
    List<Path> plugins() {
        List<Path> found = new ArrayList<>();
        for (Path packages : sitePackages()) {
            for (String namespace : List.of("jax_plugins", "xla_plugins")) {
                for (Path plugin : entries(packages.resolve(namespace), "*")) {
                    found.addAll(entries(plugin, "*{pjrt,plugin}*.so"));
                }
            }
        }
        return found;
    }

    /** The folders with libraries of NVIDIA's wheels in {@code packages}. */
    static List<Path> nvidiaFolders(Path packages) {
        return entries(packages.resolve("nvidia"), "*").stream()
                .map(part -> part.resolve("lib"))
                .filter(Files::isDirectory)
                .toList();
    }

    /** What a folder holds, sorted; nothing of what is no folder or cannot be read. */
    private static List<Path> entries(Path folder, String glob) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(found::add);
        } catch (IOException e) {
            return List.of(); // as if it were not there: the search goes on, and its message names the folders
        }
        found.sort(null);
        return found;
    }

    private List<String> ofPython3() {
        ProcessBuilder builder =
                new ProcessBuilder("python3", "-c", WHERE).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        Process process = null;
        try {
            process = builder.start();
            process.getOutputStream().close();
            byte[] said = process.getInputStream().readAllBytes();
            boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
            return ended && process.exitValue() == 0
                    ? new String(said, StandardCharsets.UTF_8).lines().toList()
                    : List.of();
        } catch (IOException e) {
            return List.of(); // there is no Python
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
