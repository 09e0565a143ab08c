package io.kiln.jobs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that runs on Spark. */
final class SparkOptions {
    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master (default: spark-submit's, else local[*])")
    @Nullable
    String master;

    @Option(
            names = "--conf",
            paramLabel = "KEY=VALUE",
            description = "a setting of Spark or Kiln (spark.kiln.*); repeatable")
    Map<String, String> conf = new LinkedHashMap<>();

    @Option(
            names = "--plugin",
            paramLabel = "cpu|cuda|PATH",
            description = "the PJRT plugin to run on (default: the environment's, else the installed cpu plugin)")
    @Nullable
    String plugin;

    @Option(names = "--debug", description = "stack traces, and Spark's own warnings")
    boolean debug;
}
