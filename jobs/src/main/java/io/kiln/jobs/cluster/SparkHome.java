package io.kiln.jobs.cluster;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder that Spark takes for an installation: {@code jars/} of links, {@code conf/}, and beside them the logs and
 * the Workers' folders. It is readable by its owner only, for it holds the cluster's secret.
 */
record SparkHome(Path root) {
    private static final String LOGGING = """
            rootLogger.level = info
            rootLogger.appenderRef.stderr.ref = stderr
            appender.console.type = Console
            appender.console.name = stderr
            appender.console.target = SYSTEM_ERR
            appender.console.layout.type = PatternLayout
            appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n%ex
            """;

    /** Lays the folder out at {@code root}, which is made when it is not there. */
    static SparkHome create(Path root, List<Path> jars, Map<String, String> properties) {
        if (jars.stream().noneMatch(jar -> jar.getFileName().toString().startsWith("spark-core_"))) {
            throw KilnException.environment(
                    "starting a local cluster: Spark's jars must be known, but there is no spark-core among the "
                            + jars.size() + " jars of the class path",
                    "start it by ./kiln, or put Spark on the class path");
        }
        SparkHome home = new SparkHome(root);
        try {
            Files.createDirectories(root);
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
            for (Path folder : List.of(home.jars(), home.conf(), home.logs(), home.local())) {
                Files.createDirectories(folder);
            }
            for (Path jar : jars) {
                link(home.jars(), jar);
            }
            Files.writeString(home.conf().resolve("log4j2.properties"), LOGGING);
            Files.deleteIfExists(home.properties());
            Files.createFile(
                    home.properties(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            StringBuilder text = new StringBuilder();
            new TreeMap<>(properties)
                    .forEach((key, value) ->
                            text.append(key).append('=').append(value).append('\n'));
            Files.writeString(home.properties(), text);
        } catch (IOException e) {
            throw KilnException.environment(
                    "starting a local cluster: its folder " + root + " could not be written: " + e,
                    "make the folder writable, or set java.io.tmpdir to one that is");
        }
        return home;
    }

    /** The links to Spark's jars. */
    Path jars() {
        return root.resolve("jars");
    }

    /** What Spark calls its configuration folder; executors have it on their class path. */
    Path conf() {
        return root.resolve("conf");
    }

    /** The output of every process; executors' in {@code work/}. */
    Path logs() {
        return root.resolve("logs");
    }

    /** Executors' scratch space. */
    Path local() {
        return root.resolve("local");
    }

    /** The settings of Master and Workers, the secret among them; mode 0600. */
    Path properties() {
        return root.resolve("cluster.properties");
    }

    /** Deletes all but the logs, or these too. */
    void delete(boolean logsToo) {
        try {
            if (logsToo) {
                deleteTree(root);
                return;
            }
            Files.deleteIfExists(properties());
            for (Path folder : List.of(jars(), conf(), local())) {
                deleteTree(folder);
            }
        } catch (IOException | UncheckedIOException e) {
            // Leftovers in a temporary folder harm nobody; failing a finished job for them would.
        }
    }

    private static void link(Path folder, Path jar) throws IOException {
        try {
            Files.createSymbolicLink(folder.resolve(jar.getFileName()), jar);
        } catch (FileAlreadyExistsException e) {
            // The class path named it twice, or an earlier cluster used this folder: the first one wins, as in Java.
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
