package io.kiln.driver.train;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.ClosedProgram;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.driver.Kiln;
import io.kiln.error.KilnException;
import io.kiln.jit.F3;
import io.kiln.jit.Pytree;
import io.kiln.model.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/**
 * A training of the user's own: the loss of one example, {@code (params, x, y) -> scalar}, where {@code x} is the row's features as a vector
 * and {@code y} the label as a scalar of the same float dtype. Kiln batches, masks and sums it, so that the objective, the mean loss over
 * all rows, is exact for every number of rows.
 *
 * <pre>{@code
 * record Params(Tensor w, Tensor b) {}
 * var result = kiln.trainer((Params p, Tensor x, Tensor y) -> Nn.squaredError(x.dot(p.w()).plus(p.b()), y), initial)
 *     .optimizer(Optimizers.adam(1e-2)).iterations(100).fit(table, List.of("a", "b"), "y");
 * }</pre>
 *
 * @param <P> the parameters: a tensor, or a record, list or map of tensors
 */
public final class Trainer<P> {
    private final Kiln kiln;
    private final F3<P, Tensor, Tensor, Tensor> loss;
    private final P initial;
    private Optimizer optimizer = Optimizers.lbfgs();
    private int iterations = 100;
    private double tolerance = 1e-9;
    private int batchRows;
    private @Nullable String weight;
    private String name = "loss";
    private Consumer<Optimizer.Step> listener = step -> {};

    private Trainer(Kiln kiln, F3<P, Tensor, Tensor, Tensor> loss, P initial) {
        this.kiln = kiln;
        this.loss = loss;
        this.initial = initial;
    }

    /** A trainer from parameters to begin with, all floats of one dtype. */
    public static <P> Trainer<P> of(Kiln kiln, F3<P, Tensor, Tensor, Tensor> loss, P initial) {
        return new Trainer<>(kiln, loss, initial);
    }

    /**
     * What was found.
     *
     * @param params the parameters
     * @param objective the mean loss there
     * @param objectives the mean loss after each iteration, the start first
     * @param iterations how many were made
     * @param stopped why they ended
     * @param <P> as of the trainer
     */
    public record Result<P>(P params, double objective, List<Double> objectives, int iterations, String stopped) {
        /** Copies the list. */
        public Result {
            objectives = List.copyOf(objectives);
        }
    }

    /** How to minimise; default L-BFGS. */
    public Trainer<P> optimizer(Optimizer value) {
        this.optimizer = value;
        return this;
    }

    /** The most iterations, each over all rows; default 100. */
    public Trainer<P> iterations(int value) {
        this.iterations = value;
        return this;
    }

    /** When to stop, see {@link Optimizer.Limits}; default 1e-9. */
    public Trainer<P> tolerance(double value) {
        this.tolerance = value;
        return this;
    }

    /** Rows of a batch; 0 for auto. */
    public Trainer<P> batchRows(int value) {
        this.batchRows = value;
        return this;
    }

    /** The column of the rows' weights; default: every row weighs 1. */
    public Trainer<P> weight(@Nullable String column) {
        this.weight = column;
        return this;
    }

    /** What messages call it. */
    public Trainer<P> as(String value) {
        this.name = value;
        return this;
    }

    /** Told of each iteration. */
    public Trainer<P> onStep(Consumer<Optimizer.Step> value) {
        this.listener = value;
        return this;
    }

    /** Trains on a table with one feature column: numbers, or arrays of numbers. */
    public Result<P> fit(Dataset<Row> table, String features, String label) {
        return fit(table, List.of(features), label);
    }

    /**
     * Trains on the rows of {@code table}.
     *
     * @param features columns or patterns, in the order of the elements of {@code x}
     * @throws KilnException of category USER naming the column or the function's line
     */
    public Result<P> fit(Dataset<Row> table, List<String> features, String label) {
        List<Tensor> leaves = new ArrayList<>();
        Pytree structure = Pytree.flatten(initial, "params", leaves::add);
        DType dtype = dtype(leaves);
        String doing = "training " + name;
        kiln.admitColumns(table.schema());
        // Columns are found and checked as the algorithms do.
        Training columnsOf = Training.of(kiln, Algorithm.LINEAR_REGRESSION)
                .features(features)
                .label(label)
                .weight(weight)
                .name(name);
        TrainingColumns columns = TrainingColumns.of(columnsOf, table);
        Labels labels = Labels.of(doing, columns);
        RDD<ColumnarBatch> rows = ColumnarRows.of(columns.table());
        BatchPlan plan = TrainingData.plan(columns, dtype, batchRows, labels.rows(), rows.getNumPartitions());
        ClosedProgram traced = trace(structure, leaves, plan);
        List<Weight> constants = constants(traced);
        Program program =
                LossProgram.of(traced.program(), constants.size(), leaves.size(), plan, columns.weight() >= 0);
        List<Weight> start = new ArrayList<>();
        for (Tensor leaf : leaves) {
            start.add(new Weight("param" + start.size(), leaf.value()));
        }
        try (TrainingSet set = new TrainingSet(kiln, rows, plan)) {
            FeatureStatistics.steps(columnsOf, columns, set, dtype, labels.rows(), doing);
            var objective = new PackedObjective(
                    set,
                    set.task(name, program),
                    PackedObjective.flat(constants),
                    PackedObjective.flags(start, _ -> false),
                    0,
                    doing);
            Optimizer.Minimum minimum = optimizer.minimize(
                    objective, PackedObjective.flat(start), new Optimizer.Limits(iterations, tolerance), listener);
            List<Weight> found = PackedObjective.weights(start, minimum.point());
            return new Result<>(
                    rebuilt(structure, found),
                    minimum.value(),
                    minimum.objectives(),
                    minimum.iterations(),
                    minimum.stopped());
        }
    }

    private DType dtype(List<Tensor> leaves) {
        for (Tensor leaf : leaves) {
            if (!leaf.dtype().isFloat() || leaf.dtype() != leaves.getFirst().dtype()) {
                throw KilnException.user(
                        "training %s: required parameters of one float dtype, got %s and %s"
                                .formatted(name, leaves.getFirst().aval(), leaf.aval()),
                        "convert them: .convert(DType.F32), say; what is not trained can be captured by the loss");
            }
        }
        if (leaves.isEmpty()) {
            throw KilnException.user(
                    "training %s: required parameters to train, got none".formatted(name),
                    "give initial parameters with tensors");
        }
        return leaves.getFirst().dtype();
    }

    private ClosedProgram trace(Pytree structure, List<Tensor> leaves, BatchPlan plan) {
        List<ShapedArray> inputs = new ArrayList<>();
        leaves.forEach(leaf -> inputs.add(leaf.aval()));
        inputs.add(plan.inputs().get(0).row());
        inputs.add(plan.inputs().get(1).row());
        kiln.countTrace();
        return Trace.trace(
                name,
                ins -> List.of(loss.apply(
                        rebuilt(structure, ins.subList(0, leaves.size()).iterator()),
                        ins.get(leaves.size()),
                        ins.get(leaves.size() + 1))),
                inputs);
    }

    private List<Weight> constants(ClosedProgram traced) {
        List<Weight> constants = new ArrayList<>();
        for (var value : traced.consts()) {
            if (!value.aval().dtype().isFloat()) {
                throw KilnException.user(
                        "training %s: required captured arrays of floats, got %s".formatted(name, value.aval()),
                        "convert the array before the training: .convert(DType.F64), say");
            }
            constants.add(new Weight("const" + constants.size(), value));
        }
        return constants;
    }

    private P rebuilt(Pytree structure, List<Weight> found) {
        return rebuilt(
                structure,
                found.stream().map(weight -> Tensor.of(weight.value())).toList().iterator());
    }

    /** The structure was taken from a {@code P}. */
    @SuppressWarnings("unchecked")
    private P rebuilt(Pytree structure, java.util.Iterator<Tensor> leaves) {
        return (P) Objects.requireNonNull(structure.unflatten(leaves));
    }
}
