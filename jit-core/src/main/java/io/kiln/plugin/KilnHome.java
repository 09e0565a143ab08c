package io.kiln.plugin;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/** The folder of this user where Kiln keeps what it has installed: {@code $KILN_HOME}, else {@code $XDG_CACHE_HOME/kiln}, else {@code ~/.cache/kiln}. */
public record KilnHome(Path path) {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    /** The folder that the environment of this process names. */
    public static KilnHome standard() {
        return of(System.getenv(), Path.of(System.getProperty("user.home", ".")));
    }

    static KilnHome of(Map<String, String> environment, Path userHome) {
        String kiln = environment.getOrDefault("KILN_HOME", "");
        if (!kiln.isBlank()) {
            return new KilnHome(Path.of(kiln).toAbsolutePath());
        }
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG specification says to ignore a relative path.
        boolean xdg = !cache.isBlank() && Path.of(cache).isAbsolute();
        return new KilnHome((xdg ? Path.of(cache) : userHome.resolve(".cache"))
                .resolve("kiln")
                .toAbsolutePath());
    }

    /** The folder of plugins, which is also where a wheel is put by hand. */
    public Path plugins() {
        return path.resolve("plugins");
    }

    /** The folder that remembers which programs killed a process. */
    public Path quarantine() {
        return path.resolve("quarantine");
    }

    /**
     * Makes {@code folder} and its parents where they are missing; {@code folder} itself is readable and writable by its owner only.
     *
     * @throws KilnException ENVIRONMENT if that is not possible
     */
    static Path privateFolder(Path folder) {
        try {
            Path parent = folder.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(folder)) {
                    throw e;
                }
                if (!Files.getPosixFilePermissions(folder).equals(OWNER_ONLY)) {
                    Files.setPosixFilePermissions(folder, OWNER_ONLY);
                }
            }
            return folder;
        } catch (IOException | UnsupportedOperationException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "preparing Kiln's folder %s: a folder of this user is required, got %s".formatted(folder, e),
                    "set KILN_HOME to a folder that this user can write to",
                    e);
        }
    }
}
