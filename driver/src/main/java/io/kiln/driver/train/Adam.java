package io.kiln.driver.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Adam. Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
 *
 * @param learningRate the step size
 * @param beta1 decay of the mean of the gradient
 * @param beta2 decay of the mean of its square
 * @param epsilon keeps the division finite
 */
public record Adam(double learningRate, double beta1, double beta2, double epsilon) implements Optimizer {
    @Override
    public Minimum minimize(Objective objective, double[] start, Limits limits, Consumer<Step> listener) {
        double[] x = start.clone();
        double[] mean = new double[x.length];
        double[] square = new double[x.length];
        var now = objective.at(x);
        if (!now.isFinite()) {
            throw Optimizers.notFinite("at the start", now.value());
        }
        List<Double> history = new ArrayList<>(List.of(now.value()));
        for (int t = 1; t <= limits.maxIterations(); t++) {
            double correction1 = 1 - Math.pow(beta1, t);
            double correction2 = 1 - Math.pow(beta2, t);
            for (int i = 0; i < x.length; i++) {
                double g = now.gradient()[i];
                mean[i] = beta1 * mean[i] + (1 - beta1) * g;
                square[i] = beta2 * square[i] + (1 - beta2) * g * g;
                x[i] -= learningRate * (mean[i] / correction1) / (Math.sqrt(square[i] / correction2) + epsilon);
            }
            now = objective.at(x);
            if (!now.isFinite()) {
                throw Optimizers.notFinite("in iteration " + t, now.value());
            }
            history.add(now.value());
            listener.accept(new Step(t, now.value(), now.gradientMaxAbs()));
            if (now.gradientMaxAbs() <= limits.tolerance() * Math.max(1, Math.abs(now.value()))) {
                return new Minimum(x, now.value(), t, "gradient", history);
            }
        }
        return new Minimum(x, now.value(), limits.maxIterations(), "iterations", history);
    }
}
