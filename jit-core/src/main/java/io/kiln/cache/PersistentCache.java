package io.kiln.cache;

import io.kiln.error.KilnException;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * How a process without Spark gets a cache whose executables outlive it, as JAX has by {@code jax_compilation_cache_dir}: the system
 * property {@code kiln.cache.dir} names a folder, and the module {@code cluster-cache} on the class path, a service of this type,
 * keeps signed entries there.
 */
public interface PersistentCache {
    /** The system property with the folder; not set: nothing is kept. */
    String FOLDER = "kiln.cache.dir";

    /**
     * A cache with entries of earlier processes.
     *
     * @param folder made with mode 0700 if it is not there
     * @param pluginSha256 the hash of the plugin that compiles and loads them, in hexadecimal
     */
    ExecutableCache open(Path folder, String pluginSha256);

    /**
     * The cache that {@link #FOLDER} asks for, else one of this process.
     *
     * @throws KilnException ENVIRONMENT if it asks for a folder and nothing on the class path can keep one
     */
    static ExecutableCache ofProcess(String pluginSha256) {
        String folder = System.getProperty(FOLDER, "");
        if (folder.isBlank()) {
            return new LocalExecutableCache();
        }
        return ServiceLoader.load(PersistentCache.class, PersistentCache.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> KilnException.environment(
                        "opening the executable cache in %s (%s): Kiln's module cluster-cache is required on the class path, got none"
                                .formatted(folder, FOLDER),
                        "add the jar of cluster-cache (Hazelcast is not needed), or do not set " + FOLDER))
                .open(Path.of(folder), pluginSha256);
    }
}
