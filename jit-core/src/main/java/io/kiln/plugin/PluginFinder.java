package io.kiln.plugin;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The choice of a plugin: a path that was asked for, else the environment variables {@code PJRT_NAMES_AND_LIBRARY_PATHS} (entries
 * {@code name:path}, by commas) and {@code PJRT_PLUGIN_LIBRARY_PATH} (files or folders, by colons), else the installed one, else one in a
 * Python environment. What was asked for by name is found or an error: no other platform takes its place.
 */
public final class PluginFinder {
    private static final String NAMED = "PJRT_NAMES_AND_LIBRARY_PATHS";
    private static final String FOLDERS = "PJRT_PLUGIN_LIBRARY_PATH";
    private static final List<String> NAMES = List.of("cpu", "cuda", "cuda12", "cuda13");

    private final Map<String, String> environment;
    private final PluginInstaller installer;
    private final PythonEnvironments pythons;

    PluginFinder(Map<String, String> environment, PluginInstaller installer) {
        this.environment = environment;
        this.installer = installer;
        this.pythons = new PythonEnvironments(environment);
    }

    /**
     * The plugin to use.
     *
     * @param requested {@code cpu}, {@code cuda}, {@code cuda12}, {@code cuda13}, a path, or null (or blank) for whatever is found first
     * @param install whether the CPU plugin may be downloaded when it is the one to use and not installed
     * @param progress takes a line when something is done that takes seconds
     * @throws KilnException USAGE for a request that is no name and no path, ENVIRONMENT if there is no such plugin
     */
    public static PluginFile find(@Nullable String requested, boolean install, Consumer<String> progress) {
        return new PluginFinder(System.getenv(), PluginInstaller.standard()).choose(requested, install, progress);
    }

    PluginFile choose(@Nullable String requested, boolean install, Consumer<String> progress) {
        String wish = requested == null ? "" : requested.strip();
        if (!wish.isEmpty() && !NAMES.contains(wish)) {
            return file(pathOf(wish), "asked for", "");
        }
        return named(wish).or(() -> inFolders(wish)).orElseGet(() -> installed(wish, install, progress));
    }

    private static Path pathOf(String wish) {
        boolean looksLikePath = wish.contains("/") || wish.endsWith(".so") || wish.endsWith(".dylib");
        try {
            Path path = Path.of(wish);
            if (looksLikePath || Files.exists(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // said below
        }
        throw KilnException.usage(
                "choosing a plugin: cpu, cuda, cuda12, cuda13 or the path of a PJRT plugin is required, got " + wish,
                "give one of these by --plugin or spark.kiln.plugin, or leave it out");
    }

    /** The entry of PJRT_NAMES_AND_LIBRARY_PATHS with the wished name; with no wish the one for the CPU, else the first. */
    private Optional<PluginFile> named(String wish) {
        String value = environment.getOrDefault(NAMED, "").strip();
        if (value.isEmpty()) {
            return Optional.empty();
        }
        List<String[]> entries = Stream.of(value.split(",", -1))
                .filter(entry -> !entry.isBlank())
                .map(entry -> entry.strip().split(":", 2))
                .toList();
        for (String[] entry : entries) {
            if (entry.length != 2 || entry[0].isBlank() || entry[1].isBlank()) {
                throw KilnException.environment(
                        "reading the environment variable %s: name:path entries by commas are required, got %s"
                                .formatted(NAMED, value),
                        "correct or unset it");
            }
        }
        return entries.stream()
                .filter(entry -> entry[0].equals(wish.isEmpty() ? PluginName.CPU : wish)
                        || (!wish.isEmpty()
                                && nameOf(entry[0], Path.of(entry[1])).fits(wish)))
                .findFirst()
                .or(() -> wish.isEmpty() ? entries.stream().findFirst() : Optional.empty())
                .map(entry -> file(Path.of(entry[1]), NAMED, entry[0]));
    }

    private Optional<PluginFile> inFolders(String wish) {
        for (String part : environment.getOrDefault(FOLDERS, "").split(":", -1)) {
            Path path = Path.of(part.strip());
            if (part.isBlank()) {
                continue;
            }
            if (!Files.exists(path)) {
                throw KilnException.environment(
                        "reading the environment variable %s: existing files or folders are required, got %s"
                                .formatted(FOLDERS, part),
                        "correct or unset it");
            }
            Optional<Path> found =
                    candidates(path).filter(p -> PluginName.of(p).fits(wish)).findFirst();
            if (found.isPresent()) {
                return found.map(p -> file(p, FOLDERS, ""));
            }
        }
        return Optional.empty();
    }

    private static Stream<Path> candidates(Path path) {
        if (!Files.isDirectory(path)) {
            return Stream.of(path);
        }
        try (Stream<Path> files = Files.list(path)) {
            return files
                    .filter(p -> (name(p).contains("pjrt") || name(p).contains("plugin")) && name(p).endsWith(".so"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "reading the environment variable %s: readable folders are required, got %s".formatted(FOLDERS, e),
                    "correct or unset it",
                    e);
        }
    }

    private static String name(Path path) {
        Path file = path.getFileName();
        return file == null ? "" : file.toString().toLowerCase(Locale.ROOT);
    }

    /** The name of the entry of a variable: what it is called, and what its path says more of the same platform. */
    private static PluginName nameOf(String declared, Path path) {
        PluginName said = PluginName.of(declared);
        PluginName more = PluginName.of(path);
        boolean same = said.platform().equals(more.platform());
        return said.platform().isEmpty() || (same && said.cudaMajor() == 0) ? more : said;
    }

    private PluginFile installed(String wish, boolean install, Consumer<String> progress) {
        if (PluginName.of(wish).platform().equals(PluginName.CUDA)) {
            return installedCuda(wish);
        }
        PluginWheel wheel = PluginInstaller.wheelHere(PluginName.CPU);
        return install
                ? installer.installed(wheel, progress)
                : installer
                        .find(wheel)
                        .or(() -> inPython(PluginName.CPU))
                        .orElseThrow(() -> KilnException.environment(
                                "choosing a plugin: the installed CPU plugin is required, got none, and"
                                        + " installing is switched off",
                                "run `kiln plugin install cpu` on this machine as this user, or give a path by"
                                        + " --plugin or spark.kiln.plugin"));
    }

    /** A job does not fetch it: with NVIDIA's libraries it is some gigabytes, which an administrator or an archive brings. */
    private PluginFile installedCuda(String wish) {
        return PluginInstaller.cudaNames().stream()
                .filter(name -> PluginName.of(name).fits(wish))
                .map(PluginInstaller::wheelHere)
                .flatMap(wheel -> installer.find(wheel).stream())
                .findFirst()
                .or(() -> inPython(wish))
                .orElseThrow(() -> KilnException.environment(
                        "choosing a plugin: a CUDA plugin is required because %s was asked for, got none in %s, %s, Kiln's folder and the Python environments"
                                .formatted(wish, NAMED, FOLDERS),
                        "run `kiln plugin install %s` on every machine, ship it with --archives (docs/running.md), or give the path of a plugin by --plugin or spark.kiln.plugin"
                                .formatted(wish.equals(PluginName.CUDA) ? "cuda13" : wish)));
    }

    private Optional<PluginFile> inPython(String wish) {
        return pythons.plugins().stream()
                .filter(plugin -> PluginName.of(plugin).fits(wish))
                .findFirst()
                .map(plugin -> file(plugin, "Python environment", ""));
    }

    /** The plugins in the Python environments that this process sees. */
    public static List<PluginFile> inPythonEnvironments() {
        PluginFinder finder = new PluginFinder(System.getenv(), PluginInstaller.standard());
        return finder.pythons.plugins().stream()
                .map(plugin -> finder.file(plugin, "Python environment", ""))
                .toList();
    }

    private PluginFile file(Path path, String source, String declared) {
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            String got = !Files.exists(path)
                    ? "none"
                    : Files.isRegularFile(path) ? "one that this user may not read" : "something else";
            throw KilnException.environment(
                    "loading the PJRT plugin %s (%s): a readable file is required, got %s".formatted(path, source, got),
                    "give the path of a PJRT plugin (a .so that exports GetPjrtApi), or leave it out to use the"
                            + " installed one");
        }
        return new PluginFile(
                path.toAbsolutePath(),
                installer.sha256(path),
                source,
                nameOf(declared, path).platform());
    }
}
