package io.kiln.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folders where a plugin's libraries are looked for: NVIDIA's wheels next to the plugin, those of the Python environments,
 * {@code LD_LIBRARY_PATH}, CUDA's own folders, and those of the system's dynamic loader.
 *
 * @param root the root of the file system
 */
record LibraryFolders(Map<String, String> environment, PythonEnvironments pythons, Path root) {
    private static final List<String> USUAL = List.of(
            "usr/local/nvidia/lib64", // where container runtimes mount the driver
            "usr/lib/wsl/lib",
            "usr/lib/x86_64-linux-gnu",
            "usr/lib/aarch64-linux-gnu",
            "lib/x86_64-linux-gnu",
            "lib/aarch64-linux-gnu",
            "usr/lib64",
            "lib64",
            "usr/lib",
            "lib");

    /** The folders that this process sees. */
    static LibraryFolders standard() {
        Map<String, String> environment = System.getenv();
        return new LibraryFolders(environment, new PythonEnvironments(environment), Path.of("/"));
    }

    /** The folders for {@code plugin}, in the order of search; those that exist. */
    List<Path> of(Path plugin) {
        Set<Path> folders = new LinkedHashSet<>(beside(plugin));
        pythons.sitePackages().forEach(packages -> folders.addAll(PythonEnvironments.nvidiaFolders(packages)));
        for (String part : environment.getOrDefault("LD_LIBRARY_PATH", "").split(":", -1)) {
            if (!part.isBlank()) {
                folders.add(Path.of(part.strip()));
            }
        }
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            Optional.ofNullable(environment.get(variable))
                    .filter(home -> !home.isBlank())
                    .ifPresent(home -> folders.add(Path.of(home.strip(), "lib64")));
        }
        folders.add(root.resolve("usr/local/cuda/lib64"));
        loaderConfiguration().forEach(folders::add);
        USUAL.forEach(folder -> folders.add(root.resolve(folder)));
        return folders.stream().filter(Files::isDirectory).toList();
    }

    /** The folders of libraries of NVIDIA's wheels beside {@code plugin}. */
    static List<Path> beside(Path plugin) {
        return packagesBeside(plugin).stream()
                .flatMap(packages -> PythonEnvironments.nvidiaFolders(packages).stream())
                .toList();
    }

    /** The folders of packages around {@code plugin} that hold NVIDIA's: one or two above its own, as plugins' search paths have it. */
    static List<Path> packagesBeside(Path plugin) {
        List<Path> folders = new ArrayList<>();
        Path above = plugin.toAbsolutePath().getParent();
        for (int i = 0; i < 2 && above != null; i++) {
            above = above.getParent();
            if (above != null && Files.isDirectory(above.resolve("nvidia"))) {
                folders.add(above);
            }
        }
        return folders;
    }

    /** The lines of the dynamic loader's configuration that are folders. */
    private List<Path> loaderConfiguration() {
        List<Path> folders = new ArrayList<>();
        try (Stream<Path> files = Files.list(root.resolve("etc/ld.so.conf.d"))) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".conf")).sorted().toList()) {
                Files.readAllLines(file).stream()
                        .map(String::strip)
                        .filter(line -> line.startsWith("/"))
                        .map(line -> root.resolve(line.substring(1)))
                        .forEach(folders::add);
            }
        } catch (IOException e) {
            return folders; // what was readable: the loader itself still knows the rest
        }
        return folders;
    }
}
