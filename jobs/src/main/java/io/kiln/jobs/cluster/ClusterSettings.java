package io.kiln.jobs.cluster;

import io.kiln.error.KilnException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a {@link LocalCluster} is made of.
 *
 * @param workers Worker processes, at least 1
 * @param executors executor processes that one application gets, a multiple of {@code workers}
 * @param coresPerExecutor task slots of an executor
 * @param executorMemoryMb heap of an executor in MiB, at least 512 (Spark refuses less)
 * @param authenticated whether Spark's RPC is authenticated and encrypted (AES-GCM), as Kiln's shared cache requires
 * @param sparkJars the jars of Spark and of all that executors need beside {@code kilnClassPath}
 * @param kilnClassPath Kiln's own jars or class folders, which executors read in place: all is on this machine
 * @param folder where the cluster keeps its files; empty: a new temporary folder, deleted on close
 */
public record ClusterSettings(
        int workers,
        int executors,
        int coresPerExecutor,
        int executorMemoryMb,
        boolean authenticated,
        List<Path> sparkJars,
        List<Path> kilnClassPath,
        Optional<Path> folder) {
    private static final int LEAST_MEMORY_MB = 512;

    /** Validates the numbers and copies the lists. */
    public ClusterSettings {
        if (workers < 1 || executors < workers || executors % workers != 0) {
            throw KilnException.usage(
                    "starting a local cluster: executors must be a positive multiple of workers, got " + executors
                            + " executors on " + workers + " workers",
                    "ask for as many executors as workers, or twice as many");
        }
        if (coresPerExecutor < 1 || executorMemoryMb < LEAST_MEMORY_MB) {
            throw KilnException.usage(
                    "starting a local cluster: an executor needs at least 1 core and " + LEAST_MEMORY_MB + " MiB, got "
                            + coresPerExecutor + " cores and " + executorMemoryMb + " MiB",
                    "give executors more");
        }
        sparkJars = List.copyOf(sparkJars);
        kilnClassPath = List.copyOf(kilnClassPath);
    }

    /** An authenticated cluster of {@code workers} Workers and {@code executors} executors of one core and 1 GiB. */
    public static ClusterSettings of(int workers, int executors) {
        List<Path> kiln = classPathOf("kiln.jars", ",");
        List<Path> spark = classPathOf("kiln.spark.jars", File.pathSeparator);
        if (kiln.isEmpty() || spark.isEmpty()) {
            // Not started by the launcher: this JVM's own class path serves, its folders being Kiln's.
            List<Path> own = classPathOf("java.class.path", File.pathSeparator);
            kiln = own.stream().filter(path -> !isJar(path)).toList();
            spark = own.stream().filter(ClusterSettings::isJar).toList();
        }
        return new ClusterSettings(workers, executors, 1, 1024, true, spark, kiln, Optional.empty());
    }

    /** These settings with RPC authenticated and encrypted, or neither. */
    public ClusterSettings authenticated(boolean value) {
        return new ClusterSettings(
                workers, executors, coresPerExecutor, executorMemoryMb, value, sparkJars, kilnClassPath, folder);
    }

    /** These settings with the cluster's files kept in {@code value}, also after close. */
    public ClusterSettings folder(Path value) {
        return new ClusterSettings(
                workers,
                executors,
                coresPerExecutor,
                executorMemoryMb,
                authenticated,
                sparkJars,
                kilnClassPath,
                Optional.of(value));
    }

    /** These settings with {@code cores} task slots an executor and {@code memoryMb} MiB of heap. */
    public ClusterSettings executor(int cores, int memoryMb) {
        return new ClusterSettings(
                workers, executors, cores, memoryMb, authenticated, sparkJars, kilnClassPath, folder);
    }

    private static boolean isJar(Path path) {
        return path.toString().toLowerCase(Locale.ROOT).endsWith(".jar");
    }

    private static List<Path> classPathOf(String property, String separator) {
        List<Path> paths = new ArrayList<>();
        for (String entry : System.getProperty(property, "").split(separator, -1)) {
            Path path = Path.of(entry).toAbsolutePath().normalize();
            if (!entry.isBlank() && Files.exists(path)) {
                paths.add(path);
            }
        }
        return paths;
    }
}
