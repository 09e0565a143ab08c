package io.kiln.driver.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Limited-memory BFGS with a line search for the strong Wolfe conditions. Source: Nocedal and Wright, "Numerical Optimization", 2nd edition,
 * algorithms 7.5, in {@link CurvaturePairs} 7.4 and, in {@link WolfeSearch}, 3.5 and 3.6.
 *
 * @param memory how many steps are remembered
 */
public record LBfgs(int memory) implements Optimizer {
    @Override
    public Minimum minimize(Objective objective, double[] start, Limits limits, Consumer<Step> listener) {
        CurvaturePairs pairs = new CurvaturePairs(memory);
        double[] x = start.clone();
        var now = objective.at(x);
        if (!now.isFinite()) {
            throw Optimizers.notFinite("at the start", now.value());
        }
        List<Double> history = new ArrayList<>(List.of(now.value()));
        int small = 0;
        for (int t = 1; t <= limits.maxIterations(); t++) {
            if (now.gradientMaxAbs() <= limits.tolerance() * Math.max(1, Math.abs(now.value()))) {
                return new Minimum(x, now.value(), t - 1, "gradient", history);
            }
            double[] direction = pairs.direction(now.gradient());
            double slope = dot(direction, now.gradient());
            if (slope >= 0) {
                // Rounding has spoilt the memory: begin again from the gradient.
                pairs.clear();
                direction = pairs.direction(now.gradient());
                slope = dot(direction, now.gradient());
            }
            double first = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(now.gradient(), now.gradient()))) : 1;
            WolfeSearch.Found found = WolfeSearch.search(objective, x, direction, now, slope, first);
            if (found == null) {
                if (pairs.isEmpty()) {
                    return new Minimum(x, now.value(), t - 1, "line search", history);
                }
                pairs.clear();
                history.add(now.value());
                continue;
            }
            pairs.add(x, found.point(), now.gradient(), found.evaluation().gradient());
            double decrease = now.value() - found.evaluation().value();
            x = found.point();
            now = found.evaluation();
            history.add(now.value());
            listener.accept(new Step(t, now.value(), now.gradientMaxAbs()));
            small = decrease <= limits.tolerance() * Math.max(Math.abs(now.value()), Double.MIN_NORMAL) ? small + 1 : 0;
            if (small == 2) {
                // Twice in a row, as a single short step says little.
                return new Minimum(x, now.value(), t, "decrease", history);
            }
        }
        return new Minimum(x, now.value(), limits.maxIterations(), "iterations", history);
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
