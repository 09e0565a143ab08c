package io.kiln.jobs;

import static org.apache.spark.sql.functions.col;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnConf;
import io.kiln.driver.KilnMetrics;
import io.kiln.driver.train.TrainedModel;
import io.kiln.error.KilnException;
import io.kiln.jobs.cluster.ClusterSettings;
import io.kiln.jobs.cluster.LocalCluster;
import io.kiln.model.Model;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kiln demo}: trains two models on the example tables and scores the rows that were held out. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Train two models on real data, score held-out rows, and show what was traced and compiled.")
public final class DemoCommand implements Callable<Integer> {
    private static final List<DemoTask> TASKS = List.of(DemoTask.DIGITS, DemoTask.FLIGHTS);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--output",
            defaultValue = "kiln-demo",
            paramLabel = "FOLDER",
            description =
                    "where models and scored rows go (default ${DEFAULT-VALUE}); its digits and flights are replaced")
    private Path output;

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "the folder of digits.parquet and flights.parquet (default: examples/data of the repository)")
    private @Nullable Path data;

    @Option(
            names = "--cluster",
            paramLabel = "N",
            description = "run on a Master, a Worker and N executors on this machine, started and stopped by the demo,"
                    + " with a compile cache of their own below the output")
    private @Nullable Integer cluster;

    @Option(
            names = "--progress",
            defaultValue = "auto",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
    private ProgressLine.Mode progress;

    @Mixin
    private SparkOptions sparkOptions;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new DemoCommand(), args));
    }

    @Override
    public Integer call() throws IOException {
        Path tables = tables();
        if (cluster == null) {
            run(tables, Map.of());
            return 0;
        }
        if (cluster < 1 || sparkOptions.master != null) {
            throw new ParameterException(
                    spec.commandLine(), "--cluster takes 1 or more executors, and no --master beside it");
        }
        try (LocalCluster started = LocalCluster.start(ClusterSettings.of(1, cluster))) {
            Map<String, String> conf = new LinkedHashMap<>(started.applicationConf());
            // A cache of its own, so that what the executors share is seen even where this user's cache is warm.
            conf.put(
                    KilnConf.CACHE_DIR.key(),
                    output.toAbsolutePath().resolve("cache").toString());
            run(tables, conf);
        }
        return 0;
    }

    private void run(Path tables, Map<String, String> clusterConf) throws IOException {
        List<DemoStep> steps = new ArrayList<>();
        PrintWriter out = spec.commandLine().getOut();
        long live;
        try (JobSession session = JobSession.open(sparkOptions, clusterConf);
                ProgressLine line =
                        ProgressLine.start(session.spark(), spec.commandLine().getErr(), progress, "demo")) {
            Kiln kiln = Kiln.on(session.spark());
            for (DemoTask task : TASKS) {
                out.printf("%s: %s%n", task.name(), task.what());
                out.flush();
                steps.addAll(run(kiln, task, tables.resolve(task.file()), line));
            }
            kiln.closeWorkers();
            live = kiln.metrics().work().liveHandles();
        }
        out.println();
        DemoStep.print(out, steps);
        finish(out, steps, tables, live);
    }

    /** Trains on some rows, saves the model, loads it again, and scores the rows that were held out. */
    private List<DemoStep> run(Kiln kiln, DemoTask task, Path table, ProgressLine line) {
        SparkSession spark = kiln.session();
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        Path folder = output.toAbsolutePath().resolve(task.name());
        TableFormat.parquet.read(spark, table.toString()).createOrReplaceTempView("input");

        KilnMetrics start = kiln.metrics();
        TrainedModel trained = task.settings()
                .apply(kiln.train(task.algorithm()).label(task.label()).name(task.name()))
                .onStep(step -> line.note(
                        "%s: iteration %d, objective %.4f".formatted(task.name(), step.iteration(), step.objective())))
                .fit(spark.sql(task.train()));
        String model = folder.resolve("model").toString();
        try (OutputFolder place = OutputFolder.open(model, true, hadoop, List.of(table.toString()))) {
            trained.model().save(place.temporary(), hadoop, false);
            place.commit();
        }
        KilnMetrics afterTraining = kiln.metrics();

        String scored = folder.resolve("scored").toString();
        ScoreRun.Result done;
        try (OutputFolder place = OutputFolder.open(scored, true, hadoop, List.of(table.toString()))) {
            Dataset<Row> rows = spark.sql(task.heldOut())
                    .transform(kiln.score(Model.load(model, hadoop))
                            .keep(task.keep().toArray(String[]::new)));
            done = ScoreRun.write(kiln, afterTraining, rows, TableFormat.parquet, place, line);
        }
        Dataset<Row> written = spark.read().parquet(scored);
        double accuracy =
                Quality.accuracy(written, col(task.label()), col("prediction")).value();
        Double auc = task.probability() == null
                ? null
                : Double.valueOf(Quality.auc(written, col(task.label()).equalTo(1), col(task.probability())));
        return List.of(
                new DemoStep(
                        "train %s (%s)".formatted(task.name(), task.algorithm().id()),
                        trained.rows(),
                        trained.seconds(),
                        null,
                        null,
                        afterTraining.since(start)),
                new DemoStep(
                        "score %s, held-out rows".formatted(task.name()),
                        done.rows(),
                        done.seconds(),
                        accuracy,
                        auc,
                        done.kiln()));
    }

    private void finish(PrintWriter out, List<DemoStep> steps, Path tables, long liveHandles) throws IOException {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("steps", steps.stream().map(DemoStep::toMap).toList());
        long compiles =
                steps.stream().mapToLong(step -> step.kiln().work().compiles()).sum();
        long traces = steps.stream().mapToLong(step -> step.kiln().traces()).sum();
        metrics.put("traces", traces);
        metrics.put("compiles", compiles);
        metrics.put("live_handles", liveHandles);
        MetricsFile.write(output.resolve("metrics.json"), metrics);
        int jvms = steps.stream().mapToInt(step -> step.kiln().jvms()).max().orElse(1);
        out.printf(
                "%d traces and %d compiles in all%s: %s%n",
                traces,
                compiles,
                cluster == null ? "" : " for " + jvms + " executors",
                compiles == 0 ? "every executable came from the cache" : "run it again and nothing is compiled");
        out.printf("results: %s (models, scored rows as Parquet, metrics.json)%n", output.toAbsolutePath());
        Path flights = output.resolve("flights").resolve("model");
        out.printf(
                "next:    ./kiln score --model %s --input %s --output scored --keep id,dest --nulls skip%n",
                quoted(flights), quoted(tables.resolve(DemoTask.FLIGHTS.file())));
        out.flush();
    }

    private Path tables() {
        String home = System.getProperty("kiln.home");
        Path folder = data != null ? data : home != null ? Path.of(home, "examples", "data") : null;
        if (folder == null) {
            throw new ParameterException(
                    spec.commandLine(), "--data is required where the demo is not started by ./kiln");
        }
        for (DemoTask task : TASKS) {
            if (!Files.isRegularFile(folder.resolve(task.file()))) {
                throw KilnException.user(
                        "looking for the demo's data: %s is required, there is none in %s"
                                .formatted(task.file(), folder),
                        "name the repository's examples/data by --data");
            }
        }
        return folder;
    }

    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
