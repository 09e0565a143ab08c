package io.kiln.jobs;

import io.kiln.core.DType;
import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import io.kiln.driver.train.Activation;
import io.kiln.driver.train.Algorithm;
import io.kiln.driver.train.TrainedModel;
import io.kiln.driver.train.Training;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code kiln train}: a table in, a model folder out. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Train a model on a table.")
public final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--algorithm",
            required = true,
            converter = AlgorithmName.class,
            description =
                    "linear-regression, logistic-regression, multinomial, poisson, mlp, kmeans, pca or factorization")
    private Algorithm algorithm;

    @Option(names = "--input", required = true, paramLabel = "PATH", description = "a file, a folder or a glob")
    private String input;

    @Option(
            names = "--input-format",
            defaultValue = "parquet",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
    private TableFormat inputFormat;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "MODEL-FOLDER",
            description = "a folder that does not exist")
    private String output;

    @Option(
            names = "--sql",
            paramLabel = "\"SELECT ... FROM input\"",
            description = "the rows and columns to train on, by Spark SQL over the view `input`")
    private @Nullable String sql;

    @Option(names = "--label", defaultValue = "label", description = "the column to predict (default ${DEFAULT-VALUE})")
    private String label;

    @Option(
            names = "--features",
            split = ",",
            paramLabel = "COLUMN",
            description = "the feature columns in order, or one array column; 'f*' gives them in schema order"
                    + " (default: all columns of numbers but label and weight)")
    private List<String> features = new ArrayList<>();

    @Option(names = "--weight", paramLabel = "COLUMN", description = "the rows' weights (default: 1 each)")
    private @Nullable String weight;

    @Option(
            names = "--categorical",
            split = ",",
            paramLabel = "COLUMN",
            description = "features whose values are categories: one feature each, but for the first in sorted order")
    private List<String> categorical = new ArrayList<>();

    @Option(
            names = "--standardize",
            defaultValue = "none",
            paramLabel = "none|all|COLUMN,...",
            description = "features brought to mean 0 and standard deviation 1 (default ${DEFAULT-VALUE})")
    private String standardize;

    @Option(
            names = "--impute",
            defaultValue = "none",
            paramLabel = "none|mean|VALUE",
            description = "what stands in for a missing number (default ${DEFAULT-VALUE}: it is an error)")
    private String impute;

    @Option(names = "--l1", defaultValue = "0", description = "l1 |w|_1 is added to the objective (default 0)")
    private double l1;

    @Option(names = "--l2", defaultValue = "0", description = "(l2/2) |w|^2 is added to the objective (default 0)")
    private double l2;

    @Option(names = "--max-iter", paramLabel = "N", description = "the most iterations (default 200)")
    private @Nullable Integer maxIterations;

    @Option(
            names = "--tolerance",
            description = "stop when objective or gradient change less than this, relatively (default 1e-9)")
    private @Nullable Double tolerance;

    @Option(
            names = "--dtype",
            converter = FloatName.class,
            paramLabel = "f32|f64",
            description = "numbers to compute in (default f64; f32 for mlp)")
    private @Nullable DType dtype;

    @Option(
            names = "--seed",
            defaultValue = "0",
            description = "of first weights, factors and centres (default ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--k",
            description = "how many centres (kmeans), components (pca) or factors (factorization, default 16)")
    private @Nullable Integer k;

    @Option(
            names = "--init-rows",
            split = ",",
            paramLabel = "ROW",
            description = "kmeans' first centres: row numbers from 0 in file order (default: k-means||)")
    private List<Long> initRows = new ArrayList<>();

    @Option(names = "--hidden", split = ",", paramLabel = "SIZE", description = "an mlp's hidden layers (default 64)")
    private List<Integer> hidden = new ArrayList<>();

    @Option(
            names = "--activation",
            converter = ActivationName.class,
            paramLabel = "relu|tanh|sigmoid",
            description = "of an mlp's hidden layers (default relu)")
    private @Nullable Activation activation;

    @Option(names = "--overwrite", description = "replace the output if it exists")
    private boolean overwrite;

    @Option(names = "--metrics", paramLabel = "FILE.json", description = "write objective, iterations, coefficients...")
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
        System.exit(Main.executeAlone(new TrainCommand(), args));
    }

    @Override
    public Integer call() throws IOException {
        if (algorithm != Algorithm.MLP && (!hidden.isEmpty() || activation != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--hidden and --activation are options of mlp, got --algorithm " + algorithm.id());
        }
        boolean takesK = switch (algorithm) {
            case KMEANS, PCA, FACTORIZATION -> true;
            case LINEAR_REGRESSION, LOGISTIC_REGRESSION, MULTINOMIAL, POISSON, MLP -> false;
        };
        if ((k != null && !takesK) || (!initRows.isEmpty() && algorithm != Algorithm.KMEANS)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--k is an option of kmeans, pca and factorization, --init-rows of kmeans, got --algorithm "
                            + algorithm.id());
        }
        MetricsFile.requireWritable(metrics);
        try (JobSession session = JobSession.open(sparkOptions)) {
            SparkSession spark = session.spark();
            Configuration hadoop = spark.sparkContext().hadoopConfiguration();
            Map<String, Object> result = new LinkedHashMap<>();
            TrainedModel trained;
            try (OutputFolder folder = OutputFolder.open(output, overwrite, hadoop, List.of(input));
                    ProgressLine line =
                            ProgressLine.start(spark, spec.commandLine().getErr(), progress, "training")) {
                Dataset<Row> table = rows(spark);
                Kiln kiln = Kiln.on(spark);
                KilnMetrics before = kiln.metrics();
                trained = configured(kiln.train(algorithm), line).fit(table);
                Map<String, Object> quality = algorithm.isSupervised()
                        ? Quality.of(kiln, trained.model(), table, label).toMap()
                        : Map.of();
                Map<String, Object> described =
                        new LinkedHashMap<>(trained.model().metrics());
                described.putAll(quality);
                trained.model().withMetrics(described).save(folder.temporary(), hadoop, false);
                folder.commit();
                result.put("algorithm", algorithm.id());
                result.putAll(trained.toMap());
                result.putAll(quality);
                result.putAll(kiln.metrics().since(before).toMap());
                kiln.closeWorkers();
                result.put("live_handles", kiln.metrics().work().liveHandles());
            }
            MetricsFile.write(metrics, result);
            spec.commandLine()
                    .getOut()
                    .println("trained on %,d rows in %.1f s: objective %.6g after %d iterations, model in %s"
                            .formatted(
                                    trained.rows(),
                                    trained.seconds(),
                                    trained.objective(),
                                    trained.iterations(),
                                    output));
        }
        return 0;
    }

    private Dataset<Row> rows(SparkSession spark) {
        Dataset<Row> table = inputFormat.read(spark, input);
        if (sql == null) {
            return table;
        }
        table.createOrReplaceTempView("input");
        return spark.sql(sql);
    }

    private Training configured(Training training, ProgressLine line) {
        training.features(features)
                .label(label)
                .weight(weight)
                .categorical(categorical)
                .impute(impute)
                .l1(l1)
                .l2(l2)
                .seed(seed)
                .onStep(step ->
                        line.note("iteration %d, objective %.6g".formatted(step.iteration(), step.objective())));
        switch (standardize) {
            case "none" -> training.standardize(List.of());
            case "all" -> training.standardizeAll();
            default -> training.standardize(Arrays.asList(standardize.split(",", -1)));
        }
        if (k != null) {
            training.k(k);
        }
        training.initRows(initRows);
        if (maxIterations != null) {
            training.maxIterations(maxIterations);
        }
        if (tolerance != null) {
            training.tolerance(tolerance);
        }
        if (dtype != null) {
            training.dtype(dtype);
        }
        if (!hidden.isEmpty()) {
            training.hidden(hidden);
        }
        if (activation != null) {
            training.activation(activation);
        }
        return training;
    }

    /** Reads {@code --algorithm}. */
    static final class AlgorithmName implements ITypeConverter<Algorithm> {
        @Override
        public Algorithm convert(String value) {
            return orUsage(() -> Algorithm.of(value));
        }
    }

    /** Reads {@code --activation}. */
    static final class ActivationName implements ITypeConverter<Activation> {
        @Override
        public Activation convert(String value) {
            return orUsage(() -> Activation.of(value));
        }
    }

    /** Reads {@code --dtype}. */
    static final class FloatName implements ITypeConverter<DType> {
        @Override
        public DType convert(String value) {
            return switch (value) {
                case "f32" -> DType.F32;
                case "f64" -> DType.F64;
                default -> throw new TypeConversionException("f32 or f64 is required, got " + value);
            };
        }
    }

    private static <T> T orUsage(java.util.function.Supplier<T> value) {
        try {
            return value.get();
        } catch (KilnException e) {
            throw new TypeConversionException(e.problem());
        }
    }
}
