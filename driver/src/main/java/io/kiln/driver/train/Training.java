package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.driver.Kiln;
import io.kiln.error.KilnException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * A training with one of Kiln's algorithms, as it is said: columns, feature steps, limits. {@link #fit} runs it.
 *
 * <pre>{@code
 * TrainedModel trained = kiln.train(Algorithm.LOGISTIC_REGRESSION)
 *     .label("target").standardizeAll().l2(0.01).fit(table);
 * trained.model().save("models/risk");
 * }</pre>
 */
public final class Training {
    /** Factors of a factorisation that is not told how many. */
    static final int FACTORS = 16;

    final Kiln kiln;
    final Algorithm algorithm;
    List<String> features = List.of();
    String label = "label";

    @Nullable
    String weight;

    List<String> categorical = List.of();
    /** Columns to standardise; null for all numbers. */
    @Nullable
    List<String> standardize = List.of();

    String impute = "none";
    double l1;
    double l2;
    int maxIterations = 200;
    double tolerance = 1e-9;

    @Nullable
    DType dtype;

    long seed;
    int k;
    List<Long> initRows = List.of();
    List<Integer> hidden = List.of(64);
    Activation activation = Activation.RELU;

    @Nullable
    Optimizer optimizer;

    int batchRows;
    String name = "model";
    Consumer<Optimizer.Step> listener = step -> {};

    private Training(Kiln kiln, Algorithm algorithm) {
        this.kiln = kiln;
        this.algorithm = algorithm;
        this.name = algorithm.id();
    }

    /** A training that nothing was said about. */
    public static Training of(Kiln kiln, Algorithm algorithm) {
        return new Training(kiln, algorithm);
    }

    /** The feature columns or patterns, in order; default: all columns of numbers but the label and the weight. */
    public Training features(List<String> columns) {
        this.features = List.copyOf(columns);
        return this;
    }

    /** The column to predict; default {@code label}. */
    public Training label(String column) {
        this.label = column;
        return this;
    }

    /** The column of the rows' weights; default: every row weighs 1. */
    public Training weight(@Nullable String column) {
        this.weight = column;
        return this;
    }

    /**
     * Feature columns whose values are categories: each becomes one feature a category, but for the first in sorted order. Columns of text
     * must be among them.
     */
    public Training categorical(List<String> columns) {
        this.categorical = List.copyOf(columns);
        return this;
    }

    /** Feature columns that are standardised: their mean taken off and divided by their standard deviation (of the population). */
    public Training standardize(List<String> columns) {
        this.standardize = List.copyOf(columns);
        return this;
    }

    /** All columns of numbers are standardised. */
    public Training standardizeAll() {
        this.standardize = null;
        return this;
    }

    /** What stands in for a missing number: {@code none} (it is an error), {@code mean} or a number. */
    public Training impute(String policy) {
        if (!policy.equals("none") && !policy.equals("mean")) {
            try {
                Double.parseDouble(policy);
            } catch (NumberFormatException e) {
                throw new KilnException(
                        io.kiln.error.ErrorCategory.USAGE,
                        "choosing how to impute: required none, mean or a number, got " + policy,
                        "say for example --impute mean",
                        e);
            }
        }
        this.impute = policy;
        return this;
    }

    /** How much the squared weights count: {@code (l2/2) |w|²}. */
    public Training l2(double value) {
        this.l2 = atLeastZero("l2", value);
        return this;
    }

    /** How much the weights' magnitudes count: {@code l1 |w|₁}; the optimum has zeros. */
    public Training l1(double value) {
        this.l1 = atLeastZero("l1", value);
        return this;
    }

    /** The most iterations; default 200. */
    public Training maxIterations(int value) {
        this.maxIterations = (int) atLeastZero("max-iter", value);
        return this;
    }

    /** When to stop, see {@link Optimizer.Limits}; default 1e-9. */
    public Training tolerance(double value) {
        this.tolerance = atLeastZero("tolerance", value);
        return this;
    }

    /** f32 or f64; default f64, and f32 for mlp. */
    public Training dtype(DType value) {
        if (!value.isFloat()) {
            throw KilnException.usage(
                    "choosing a dtype to train in: required f32 or f64, got " + value, "say --dtype f64");
        }
        this.dtype = value;
        return this;
    }

    /** How many centres, components or factors; kmeans and pca must be told, the default of factorization is 16. */
    public Training k(int value) {
        if (value < 1) {
            throw KilnException.usage("setting k: required a number from 1, got " + value, "say for example --k 8");
        }
        this.k = value;
        return this;
    }

    /**
     * The rows that are the first centres of kmeans, by their numbers from 0: rows are numbered file after file, sorted by path, and in the
     * order in which they stand in a file. Default: they are drawn by k-means||.
     */
    public Training initRows(List<Long> rows) {
        this.initRows = List.copyOf(rows);
        return this;
    }

    /** Where a network's first weights, first factors and first centres come from; default 0. */
    public Training seed(long value) {
        this.seed = value;
        return this;
    }

    /** The sums of each hidden layer of mlp; default one of 64. */
    public Training hidden(List<Integer> sizes) {
        for (int size : sizes) {
            if (size < 1) {
                throw KilnException.usage(
                        "choosing hidden layers: required sizes from 1, got " + size, "say for example --hidden 64,64");
            }
        }
        this.hidden = List.copyOf(sizes);
        return this;
    }

    /** What mlp's hidden layers do to their sums; default relu. */
    public Training activation(Activation value) {
        this.activation = value;
        return this;
    }

    /** Default L-BFGS, and OWL-QN where l1 is above 0, which takes no other. */
    public Training optimizer(Optimizer value) {
        this.optimizer = value;
        return this;
    }

    /** Rows of a batch; 0 for auto. Objectives do not depend on it but for rounding. */
    public Training batchRows(int rows) {
        this.batchRows = rows;
        return this;
    }

    /** The model's name; default the algorithm's. */
    public Training name(String value) {
        this.name = value;
        return this;
    }

    /** Told of each iteration. */
    public Training onStep(Consumer<Optimizer.Step> value) {
        this.listener = value;
        return this;
    }

    private static double atLeastZero(String what, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw KilnException.usage(
                    "setting %s: required a number from 0, got %s".formatted(what, value), "give a number from 0");
        }
        return value;
    }

    /**
     * Trains on the rows of {@code table}.
     *
     * @throws KilnException of category USER naming the column that is missing, of the wrong type, null or out of range
     */
    public TrainedModel fit(Dataset<Row> table) {
        long start = System.nanoTime();
        if (k == 0 && !algorithm.isSupervised()) {
            throw KilnException.usage(
                    "training %s: required k, got none".formatted(name),
                    algorithm == Algorithm.KMEANS ? "say how many centres: --k 8" : "say how many components: --k 8");
        }
        try (TrainingData data = TrainingData.of(this, table)) {
            TrainedModel trained = switch (algorithm) {
                case KMEANS -> new KMeans(data).fit();
                case PCA -> new Pca(data).fit();
                case LINEAR_REGRESSION, LOGISTIC_REGRESSION, MULTINOMIAL, POISSON, MLP, FACTORIZATION ->
                    new Fitting(data).fit();
            };
            return trained.took((System.nanoTime() - start) / 1e9);
        }
    }
}
