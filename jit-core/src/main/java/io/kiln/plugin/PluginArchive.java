package io.kiln.plugin;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A plugin as one zip file, which Spark's {@code --archives} unpacks on every node: {@code cuda13/xla_cuda_plugin.so}, and below
 * {@code nvidia/} what lies beside the plugin, where the library's own search path finds it.
 */
final class PluginArchive {
    private PluginArchive() {}

    /** Writes the archive, whole or not at all; returns where the library lies in it. */
    static String write(PluginFile plugin, Path archive) {
        Path target = archive.toAbsolutePath();
        String library = folder(plugin) + "/" + plugin.path().getFileName();
        try {
            Path folder = Optional.ofNullable(target.getParent())
                    .orElseThrow(() -> new IOException("a file's path is required"));
            Path temporary = Files.createTempFile(folder, "kiln-plugin", ".tmp");
            try {
                try (OutputStream out = Files.newOutputStream(temporary);
                        ZipOutputStream zip = new ZipOutputStream(out)) {
                    // Libraries hardly shrink more at a higher level, and take minutes.
                    zip.setLevel(Deflater.BEST_SPEED);
                    add(zip, plugin.path(), library);
                    for (Path packages : LibraryFolders.packagesBeside(plugin.path())) {
                        addNvidia(zip, packages);
                    }
                }
                Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
            return library;
        } catch (IOException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "writing the archive %s of the plugin %s: a writable folder with enough space is required, got %s"
                            .formatted(archive, plugin.path(), e),
                    "give a path in another folder by --archive",
                    e);
        }
    }

    /** The folder's name says the platform, as a wheel's does. */
    private static String folder(PluginFile plugin) {
        PluginName name = PluginName.of(plugin.path());
        return name.platform().isEmpty()
                ? "plugin"
                : name.platform() + (name.cudaMajor() == 0 ? "" : String.valueOf(name.cudaMajor()));
    }

    /** Adds all of {@code nvidia/}: besides libraries it holds the tools and the bit code that XLA compiles with. */
    private static void addNvidia(ZipOutputStream zip, Path packages) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(packages.resolve("nvidia"))) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            add(zip, file, packages.relativize(file).toString());
        }
    }

    private static void add(ZipOutputStream zip, Path file, String name) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        Files.copy(file, zip);
        zip.closeEntry();
    }
}
