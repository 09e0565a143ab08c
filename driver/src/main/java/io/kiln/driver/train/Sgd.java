package io.kiln.driver.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gradient descent with heavy-ball momentum: {@code v = momentum*v + g; x = x - learningRate*v}. Source: Polyak, "Some methods of speeding up
 * the convergence of iteration methods", 1964.
 *
 * @param learningRate the step size
 * @param momentum how much of the last step stays; 0 for plain descent
 */
public record Sgd(double learningRate, double momentum) implements Optimizer {
    @Override
    public Minimum minimize(Objective objective, double[] start, Limits limits, Consumer<Step> listener) {
        double[] x = start.clone();
        double[] velocity = new double[x.length];
        var now = objective.at(x);
        if (!now.isFinite()) {
            throw Optimizers.notFinite("at the start", now.value());
        }
        List<Double> history = new ArrayList<>(List.of(now.value()));
        for (int t = 1; t <= limits.maxIterations(); t++) {
            for (int i = 0; i < x.length; i++) {
                velocity[i] = momentum * velocity[i] + now.gradient()[i];
                x[i] -= learningRate * velocity[i];
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
