package io.kiln.driver.train;

import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelInput;
import io.kiln.model.ModelOutput;
import io.kiln.model.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** One run of a {@link Training}. */
final class Fitting {
    private final Training training;
    private final Dataset<Row> table;
    private final DType dtype;
    private final String doing;

    Fitting(Training training, Dataset<Row> table) {
        this.training = training;
        this.table = table;
        DType said = training.dtype;
        this.dtype = said != null ? said : training.algorithm == Algorithm.MLP ? DType.F32 : DType.F64;
        this.doing = "training " + training.name;
    }

    TrainedModel fit() {
        long start = System.nanoTime();
        training.kiln.admitColumns(table.schema());
        TrainingColumns columns = TrainingColumns.of(training, table);
        Labels labels = Labels.of(doing, columns);
        String label = columns.table().columns()[columns.label()];
        Head head = labels.head(training.algorithm, doing, label, columns.wholeLabel());
        RDD<ColumnarBatch> rows = ColumnarRows.of(columns.table());
        BatchPlan plan = plan(columns, labels.rows(), rows.getNumPartitions());
        try (TrainingSet set = new TrainingSet(training.kiln, rows, plan)) {
            FeatureSteps steps = FeatureStatistics.steps(training, columns, set, dtype, labels.rows(), doing);
            List<Integer> hidden = training.algorithm == Algorithm.MLP ? training.hidden : List.of();
            Network network = new Network(steps.features().size(), hidden, head.width(), training.activation, dtype);
            Optimizer.Minimum minimum = minimize(set, steps, network, head, labels, columns.weight() >= 0);
            return trained(columns, steps, network, head, minimum, labels, (System.nanoTime() - start) / 1e9);
        }
    }

    private BatchPlan plan(TrainingColumns columns, long rows, int partitions) {
        List<InputColumns> inputs = new ArrayList<>();
        inputs.add(new InputColumns(ShapedArray.of(dtype, columns.width()), columns.featureOrdinals()));
        inputs.add(new InputColumns(ShapedArray.of(dtype), List.of(columns.label())));
        if (columns.weight() >= 0) {
            inputs.add(new InputColumns(ShapedArray.of(dtype), List.of(columns.weight())));
        }
        int batch = training.batchRows == 0
                ? TrainingSet.batchRows((long) columns.width() * dtype.byteSize(), rows, partitions)
                : training.batchRows;
        return BatchPlan.of(columns.table().schema(), inputs, batch, NullPolicy.NAN);
    }

    private Optimizer.Minimum minimize(
            TrainingSet set, FeatureSteps steps, Network network, Head head, Labels labels, boolean weighted) {
        List<Weight> constants = steps.constants();
        List<Weight> initial = network.initial(training.seed);
        Program loss = loss(set.plan(), steps, network, head, constants, initial);
        Program batch = LossProgram.of(loss, constants.size(), initial.size(), set.plan(), weighted);
        var objective = new PackedObjective(
                set, set.task(training.name, batch), PackedObjective.flat(constants), initial, training.l2, doing);
        double[] start = PackedObjective.flat(initial);
        if (head.width() == 0) {
            // The last parameter is the last layer's bias: begin at the best constant.
            start[start.length - 1] = head.start(labels.mean());
        }
        return optimizer(objective.regularised())
                .minimize(
                        objective,
                        start,
                        new Optimizer.Limits(training.maxIterations, training.tolerance),
                        training.listener);
    }

    private Optimizer optimizer(boolean[] regularised) {
        Optimizer said = training.optimizer;
        if (training.l1 > 0) {
            if (said != null) {
                throw KilnException.usage(
                        doing + ": required no optimizer where l1 is above 0, got " + said,
                        "leave the optimizer out: OWL-QN minimises |w|₁; or set l1 to 0");
            }
            return new OwlQn(Optimizers.MEMORY, training.l1, regularised);
        }
        return said == null ? Optimizers.lbfgs() : said;
    }

    private Program loss(
            BatchPlan plan,
            FeatureSteps steps,
            Network network,
            Head head,
            List<Weight> constants,
            List<Weight> initial) {
        List<ShapedArray> inputs = avals(constants, initial);
        inputs.add(plan.inputs().get(0).row());
        inputs.add(plan.inputs().get(1).row());
        int fixed = constants.size();
        int all = fixed + initial.size();
        training.kiln.countTrace();
        return Trace.trace(
                        training.name,
                        ins -> List.of(head.loss(
                                network.sums(ins.subList(fixed, all), steps.apply(ins.subList(0, fixed), ins.get(all))),
                                ins.get(all + 1))),
                        inputs)
                .program();
    }

    private static List<ShapedArray> avals(List<Weight> constants, List<Weight> parameters) {
        List<ShapedArray> avals = new ArrayList<>();
        constants.forEach(each -> avals.add(each.value().aval()));
        parameters.forEach(each -> avals.add(each.value().aval()));
        return avals;
    }

    private TrainedModel trained(
            TrainingColumns columns,
            FeatureSteps steps,
            Network network,
            Head head,
            Optimizer.Minimum minimum,
            Labels labels,
            double seconds) {
        List<Weight> constants = steps.constants();
        List<Weight> found = PackedObjective.weights(network.initial(training.seed), minimum.point());
        Map<String, Double> coefficients = new LinkedHashMap<>();
        double intercept = 0;
        Map<String, Object> details = new LinkedHashMap<>();
        if (network.hidden().isEmpty() && head.width() == 0) {
            coefficients.putAll(byName(found.getFirst().value().toDoubles(), 0, 1, steps.features()));
            intercept = found.getLast().value().doubleAt(0);
            details.put("coefficients", coefficients);
            details.put("intercept", intercept);
        } else if (network.hidden().isEmpty()) {
            details.putAll(byClass(found, steps.features(), head.width()));
        }
        List<Weight> weights = new ArrayList<>(constants);
        weights.addAll(found);
        return new TrainedModel(
                model(columns, steps, network, head, constants.size(), weights, metrics(minimum, labels)),
                minimum.value(),
                minimum.objectives(),
                minimum.iterations(),
                minimum.stopped(),
                coefficients,
                intercept,
                details,
                labels.rows(),
                seconds);
    }

    /** Every {@code step}th element from {@code first} on, by feature. */
    private static Map<String, Double> byName(double[] values, int first, int step, List<String> names) {
        Map<String, Double> named = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), values[first + i * step]);
        }
        return named;
    }

    private static Map<String, Object> byClass(List<Weight> found, List<String> names, int classes) {
        Map<String, Object> coefficients = new LinkedHashMap<>();
        Map<String, Object> intercepts = new LinkedHashMap<>();
        double[] w = found.getFirst().value().toDoubles();
        for (int k = 0; k < classes; k++) {
            coefficients.put(String.valueOf(k), byName(w, k, classes, names));
            intercepts.put(String.valueOf(k), found.getLast().value().doubleAt(k));
        }
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("coefficients", coefficients);
        details.put("intercept", intercepts);
        return details;
    }

    private Map<String, Object> metrics(Optimizer.Minimum minimum, Labels labels) {
        Map<String, Object> metrics = new TreeMap<>();
        metrics.put("algorithm", training.algorithm.id());
        metrics.put("objective", minimum.value());
        metrics.put("iterations", minimum.iterations());
        metrics.put("stopped", minimum.stopped());
        metrics.put("rows", labels.rows());
        metrics.put("l1", training.l1);
        metrics.put("l2", training.l2);
        return metrics;
    }

    private Model model(
            TrainingColumns columns,
            FeatureSteps steps,
            Network network,
            Head head,
            int constants,
            List<Weight> weights,
            Map<String, Object> metrics) {
        ShapedArray row = ShapedArray.of(dtype, columns.width());
        List<ShapedArray> inputs = new ArrayList<>();
        weights.forEach(weight -> inputs.add(weight.value().aval()));
        inputs.add(row);
        Map<String, Tensor> results = new LinkedHashMap<>();
        Program program = Trace.trace(
                        training.name,
                        ins -> {
                            Tensor x = steps.apply(ins.subList(0, constants), ins.getLast());
                            results.putAll(head.results(network.sums(ins.subList(constants, weights.size()), x)));
                            return List.copyOf(results.values());
                        },
                        inputs)
                .program();
        training.kiln.countTrace();
        List<ModelOutput> outputs = new ArrayList<>();
        for (String name : results.keySet()) {
            outputs.add(new ModelOutput(name, program.outputs().get(outputs.size())));
        }
        return new Model(
                training.name,
                List.of(new ModelInput("features", row, columns.features())),
                outputs,
                program,
                weights,
                steps.fill() == null ? "error" : "nan",
                metrics,
                null);
    }
}
