package io.kiln.it;

import io.kiln.jobs.cluster.ClusterSettings;
import io.kiln.jobs.cluster.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * The cluster that all tests share, started by the first and ended with this JVM, and the applications that run on it. Spark allows one
 * application a JVM at a time.
 */
final class OnCluster {
    /** Where the cluster, its logs and the tests' tables lie. */
    static final Path FOLDER = Path.of("target", "it-cluster").toAbsolutePath();

    private static final String PLUGIN = "io.kiln.driver.KilnPlugin";

    private static LocalCluster shared;

    private OnCluster() {}

    /** One Master, two Workers, two executors of one core; authenticated. */
    static synchronized LocalCluster cluster() {
        if (shared == null) {
            deleteTree(FOLDER);
            shared =
                    LocalCluster.start(ClusterSettings.of(2, 2).executor(1, 640).folder(FOLDER.resolve("cluster")));
        }
        return shared;
    }

    /** An application on the shared cluster with Kiln's plugin and nothing on disk but what {@code extra} says. */
    static SparkSession application(String name, Map<String, String> extra) {
        return application(name, cluster(), extra);
    }

    /** An application on {@code cluster}. */
    static SparkSession application(String name, LocalCluster cluster, Map<String, String> extra) {
        SparkSession.Builder builder = builder(name).config("spark.plugins", PLUGIN);
        cluster.applicationConf().forEach(builder::config);
        builder.config(
                "spark.executor.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"); // they live for seconds
        extra.forEach(builder::config);
        return builder.getOrCreate();
    }

    /** A local application of as many task slots as the cluster has. */
    static SparkSession local(String name) {
        return builder(name).master("local[2]").getOrCreate();
    }

    /** A local application with Kiln's plugin. */
    static SparkSession local(String name, Map<String, String> extra) {
        SparkSession.Builder builder = builder(name).master("local[2]").config("spark.plugins", PLUGIN);
        extra.forEach(builder::config);
        return builder.getOrCreate();
    }

    private static SparkSession.Builder builder(String name) {
        return SparkSession.builder()
                .appName(name)
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.kiln.cache.dir", "none")
                .config("spark.sql.warehouse.dir", FOLDER.resolve("warehouse").toString());
    }

    static void deleteTree(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
