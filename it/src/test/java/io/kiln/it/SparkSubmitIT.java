package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The {@code kiln} command under Spark's own SparkSubmit: Kiln's jars come to the executors by {@code --jars} alone. */
@Timeout(180)
class SparkSubmitIT {
    private final Expected expected = Expected.results();

    @TempDir
    Path folder;

    @Test
    void trainRunsOnTheClusterFromSubmittedJars() throws Exception {
        List<String> spark = new ArrayList<>();
        List<String> kiln = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry).toAbsolutePath().normalize();
            if (Files.exists(path) && !holdsTests(path)) {
                if (holds(path, "io/kiln/")) {
                    kiln.add((Files.isDirectory(path) ? jar(path, kiln.size()) : path).toString());
                } else {
                    spark.add(path.toString());
                }
            }
        }
        Path metrics = folder.resolve("metrics.json");
        Path model = folder.resolve("model");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of("-cp", String.join(File.pathSeparator, spark), "org.apache.spark.deploy.SparkSubmit"));
        command.addAll(List.of("--properties-file", properties().toString()));
        command.addAll(List.of("--class", "io.kiln.jobs.Main", "--jars", String.join(",", kiln), kiln.getFirst()));
        command.addAll(List.of("train", "--algorithm", "linear-regression", "--label", "label", "--features", "a,b"));
        command.addAll(List.of("--input", expected.table.toString(), "--output", model.toString()));
        command.addAll(List.of("--metrics", metrics.toString(), "--progress", "none"));
        Path log = folder.resolve("submit.log");
        Process submit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(submit.waitFor(150, TimeUnit.SECONDS)).as("it ends").isTrue();
        } finally {
            submit.destroyForcibly();
        }
        assertThat(submit.exitValue()).as(Files.readString(log)).isZero();
        assertThat(model.resolve("manifest.json")).isRegularFile();
        JsonNode written = new ObjectMapper().readTree(metrics.toFile());
        assertThat(written.path("rows").asLong()).isEqualTo(Expected.ROWS);
        assertThat(written.path("jvms").asInt()).isEqualTo(2);
        assertThat(written.path("rejects")).isEmpty();
    }

    /** The application's settings without the class path of folders; a file of mode 0600, for the secret is in it. */
    private Path properties() throws IOException {
        Map<String, String> conf = new TreeMap<>(OnCluster.cluster().applicationConf());
        conf.remove("spark.executor.extraClassPath");
        conf.put("spark.kiln.cache.dir", "none");
        Properties properties = new Properties();
        properties.putAll(conf);
        Path file = Files.createFile(
                folder.resolve("spark.properties"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (var writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
        return file;
    }

    private static boolean holdsTests(Path path) throws IOException {
        return holds(path, "io/kiln/it/")
                || path.endsWith("test-classes")
                || path.toString().endsWith("-tests.jar");
    }

    private static boolean holds(Path path, String prefix) throws IOException {
        if (Files.isDirectory(path)) {
            return Files.isDirectory(path.resolve(prefix));
        }
        try (JarFile jar = new JarFile(path.toFile())) {
            return jar.getEntry(prefix) != null;
        }
    }

    /** A jar of a folder of classes, as Maven would package it. */
    private Path jar(Path classes, int number) throws IOException {
        Path jar = folder.resolve("kiln-" + number + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(
                        new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
        return jar;
    }
}
