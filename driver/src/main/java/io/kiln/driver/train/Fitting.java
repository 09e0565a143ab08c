package io.kiln.driver.train;

import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.model.ModelColumn;
import io.kiln.model.Weight;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The algorithms that minimise a mean of losses by their gradients: a {@link Body} and a {@link Head}. */
final class Fitting {
    private final Training training;
    private final TrainingData data;
    private final Head head;
    private final Body body;

    Fitting(TrainingData data) {
        this.training = data.training();
        this.data = data;
        this.head = data.labels().head(training.algorithm, data.doing(), data.columns());
        this.body = body();
    }

    private Body body() {
        if (training.algorithm == Algorithm.FACTORIZATION) {
            List<ModelColumn> columns = data.columns().features();
            return new Factors(
                    columns.get(0).categories().size(),
                    columns.get(1).categories().size(),
                    training.k == 0 ? Training.FACTORS : training.k,
                    data.dtype());
        }
        List<Integer> hidden = training.algorithm == Algorithm.MLP ? training.hidden : List.of();
        return new Network(data.width(), hidden, head.width(), training.activation, data.dtype());
    }

    /** Minimises and makes the model. */
    TrainedModel fit() {
        Optimizer.Minimum minimum = minimize();
        List<Weight> found = PackedObjective.weights(body.initial(training.seed), minimum.point());
        Map<String, Double> coefficients = new LinkedHashMap<>();
        double intercept = 0;
        Map<String, Object> details = new LinkedHashMap<>();
        if (body instanceof Network network && network.hidden().isEmpty()) {
            if (head.width() == 0) {
                coefficients.putAll(byName(
                        found.getFirst().value().toDoubles(), 0, 1, data.steps().features()));
                intercept = found.getLast().value().doubleAt(0);
                details.put("coefficients", coefficients);
                details.put("intercept", intercept);
            } else {
                details.putAll(byClass(found, data.steps().features(), head.width()));
            }
        }
        return new TrainedModel(
                data.model(found, (parameters, x) -> head.results(body.sums(parameters, x)), metrics(minimum)),
                minimum.value(),
                minimum.objectives(),
                minimum.iterations(),
                minimum.stopped(),
                coefficients,
                intercept,
                details,
                data.labels().rows(),
                0);
    }

    private Optimizer.Minimum minimize() {
        List<Weight> constants = data.steps().constants();
        List<Weight> initial = body.initial(training.seed);
        Program batch = LossProgram.of(
                loss(constants, initial),
                constants.size(),
                initial.size(),
                data.set().plan(),
                data.columns().weight() >= 0);
        var objective = new PackedObjective(
                data.set(),
                data.set().task(training.name, batch),
                PackedObjective.flat(constants),
                PackedObjective.flags(initial, body::isRegularised),
                training.l2,
                data.doing());
        double[] start = PackedObjective.flat(initial);
        if (head.width() == 0) {
            // The last parameter is the last layer's bias: begin at the best constant.
            start[start.length - 1] = head.start(data.labels().mean());
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
                        data.doing() + ": required no optimizer where l1 is above 0, got " + said,
                        "leave the optimizer out: OWL-QN minimises |w|₁; or set l1 to 0");
            }
            return new OwlQn(Optimizers.MEMORY, training.l1, regularised);
        }
        return said == null ? Optimizers.lbfgs() : said;
    }

    private Program loss(List<Weight> constants, List<Weight> initial) {
        List<ShapedArray> inputs = TrainingData.avals(constants);
        inputs.addAll(TrainingData.avals(initial));
        inputs.add(data.set().plan().inputs().get(0).row());
        inputs.add(data.set().plan().inputs().get(1).row());
        int fixed = constants.size();
        int all = fixed + initial.size();
        training.kiln.countTrace();
        return Trace.trace(
                        training.name,
                        ins -> List.of(head.loss(
                                body.sums(
                                        ins.subList(fixed, all),
                                        data.steps().apply(ins.subList(0, fixed), ins.get(all))),
                                ins.get(all + 1))),
                        inputs)
                .program();
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

    private Map<String, Object> metrics(Optimizer.Minimum minimum) {
        Map<String, Object> metrics = new TreeMap<>();
        metrics.put("algorithm", training.algorithm.id());
        metrics.put("objective", minimum.value());
        metrics.put("iterations", minimum.iterations());
        metrics.put("stopped", minimum.stopped());
        metrics.put("rows", data.labels().rows());
        metrics.put("l1", training.l1);
        metrics.put("l2", training.l2);
        return metrics;
    }
}
