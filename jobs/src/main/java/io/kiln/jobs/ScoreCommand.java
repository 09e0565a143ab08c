package io.kiln.jobs;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import io.kiln.driver.Score;
import io.kiln.model.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kiln score}: a table in, the same rows with a model's or a function's results out. */
@Command(
        name = "score",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Score a table with a model, or with a Java function of one row.")
public final class ScoreCommand implements Callable<Integer> {
    private static final Set<String> NULL_POLICIES = Set.of("error", "nan", "skip", "propagate");

    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    /** Exactly one of the two says what scores. */
    static final class Source {
        @Option(names = "--model", paramLabel = "FOLDER", description = "a Kiln model folder")
        @Nullable
        String model;

        @Option(
                names = "--function",
                paramLabel = "CLASS::METHOD",
                description =
                        "a public static method of one row: Tensor parameters, Tensor (or record of Tensor) result")
        @Nullable
        String function;
    }

    @Option(names = "--jars", split = ",", paramLabel = "JAR", description = "jars of the function and what it needs")
    private List<Path> jars = new ArrayList<>();

    @Option(names = "--input", required = true, paramLabel = "PATH", description = "a file, a folder or a glob")
    private String input;

    @Option(names = "--output", required = true, paramLabel = "FOLDER", description = "a folder that does not exist")
    private String output;

    @Option(
            names = "--input-format",
            defaultValue = "parquet",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
    private TableFormat inputFormat;

    @Option(
            names = "--output-format",
            defaultValue = "parquet",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
    private TableFormat outputFormat;

    @Option(
            names = "--features",
            split = ",",
            paramLabel = "COLUMN",
            description =
                    "the columns of a model with one input of k values, in order; 'f*' gives them in schema order")
    private List<String> features = new ArrayList<>();

    @Option(
            names = "--bind",
            paramLabel = "INPUT=COLUMN[,COLUMN...]",
            description = "the columns of one input, by its name or position; repeatable")
    private Map<String, String> binds = new LinkedHashMap<>();

    @Option(
            names = "--output-columns",
            split = ",",
            paramLabel = "NAME",
            description = "names of the outputs, in order (default: the model's)")
    private List<String> outputColumns = new ArrayList<>();

    @Option(
            names = "--keep",
            defaultValue = "all",
            paramLabel = "all|none|COLUMN,...",
            description = "input columns to pass through (default ${DEFAULT-VALUE})")
    private String keep;

    @Option(
            names = "--nulls",
            paramLabel = "error|nan|skip|propagate|VALUE",
            description = "rows with nulls in a feature (default: the model's, else error)")
    private @Nullable String nulls;

    @Option(
            names = "--batch-rows",
            defaultValue = "auto",
            paramLabel = "N|auto",
            description = "rows a batch (default ${DEFAULT-VALUE})")
    private String batchRows;

    @Option(names = "--overwrite", description = "replace the output if it exists")
    private boolean overwrite;

    @Option(names = "--metrics", paramLabel = "FILE.json", description = "write rows, seconds, compiles, cache hits...")
    private @Nullable Path metrics;

    @Option(
            names = "--progress",
            defaultValue = "auto",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
    private ProgressLine.Mode progress;

    @Mixin
    private SparkOptions sparkOptions;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new ScoreCommand(), args));
    }

    @Override
    public Integer call() throws IOException {
        int rows = rowsOfABatch();
        requireNullPolicy();
        MetricsFile.requireWritable(metrics);
        try (JobSession session = JobSession.open(sparkOptions)) {
            SparkSession spark = session.spark();
            ScoreRun.Result done;
            Map<String, Object> measured;
            try (OutputFolder folder = OutputFolder.open(
                            output, overwrite, spark.sparkContext().hadoopConfiguration(), List.of(input));
                    ProgressLine line =
                            ProgressLine.start(spark, spec.commandLine().getErr(), progress, "scoring")) {
                Dataset<Row> table = inputFormat.read(spark, input);
                Kiln kiln = Kiln.on(spark);
                KilnMetrics before = kiln.metrics();
                Dataset<Row> scored = table.transform(configured(scoreOf(kiln), rows));
                done = ScoreRun.write(kiln, before, scored, outputFormat, folder, line);
                kiln.closeWorkers();
                measured = done.toMap();
                measured.put("live_handles", kiln.metrics().work().liveHandles());
            }
            MetricsFile.write(metrics, measured);
            spec.commandLine()
                    .getOut()
                    .println("scored %,d rows in %.1f s to %s".formatted(done.rows(), done.seconds(), output));
        }
        return 0;
    }

    private Score scoreOf(Kiln kiln) {
        if (source.model != null) {
            return kiln.score(
                    Model.load(source.model, kiln.session().sparkContext().hadoopConfiguration()));
        }
        UserFunction function = UserFunction.find(String.valueOf(source.function), jars);
        return kiln.score(function.method()).as(function.name());
    }

    private Score configured(Score score, int rows) {
        Score result = score.batchRows(rows);
        if (!features.isEmpty()) {
            result = result.columns(features.toArray(String[]::new));
        }
        for (Map.Entry<String, String> bind : binds.entrySet()) {
            result = result.bind(bind.getKey(), bind.getValue().split(",", -1));
        }
        if (!outputColumns.isEmpty()) {
            result = result.outputs(outputColumns.toArray(String[]::new));
        }
        if (nulls != null) {
            result = result.nulls(nulls);
        }
        return switch (keep) {
            case "all" -> result.keepAll();
            case "none" -> result.keepNone();
            default -> result.keep(keep.split(",", -1));
        };
    }

    private int rowsOfABatch() {
        if (batchRows.equals("auto")) {
            return 0;
        }
        try {
            int rows = Integer.parseInt(batchRows);
            if (rows > 0) {
                return rows;
            }
        } catch (NumberFormatException e) {
            // Reported below, as for a number that is none of rows.
        }
        throw new ParameterException(
                spec.commandLine(), "--batch-rows: a number of rows from 1, or auto, is required, got " + batchRows);
    }

    private void requireNullPolicy() {
        if (nulls == null || NULL_POLICIES.contains(nulls.toLowerCase(Locale.ROOT))) {
            return;
        }
        try {
            Double.parseDouble(nulls);
        } catch (NumberFormatException e) {
            throw new ParameterException(
                    spec.commandLine(), "--nulls: error, nan, skip, propagate or a number is required, got " + nulls);
        }
    }
}
