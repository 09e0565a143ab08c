package io.kiln.driver.train;

import java.util.List;
import java.util.function.Consumer;

/** A way to minimise an {@link Objective}: plain doubles on the driver, the same bits for the same objective. */
public sealed interface Optimizer permits LBfgs, OwlQn, Adam, Sgd {
    /**
     * When to stop.
     *
     * @param maxIterations at most so many iterations
     * @param tolerance stop when the objective's decrease, relative to its value, or the gradient's largest magnitude, relative to the
     *     larger of 1 and the value, is at most this
     */
    record Limits(int maxIterations, double tolerance) {}

    /** One iteration, told while it runs: {@code iteration} counts from 1. */
    record Step(int iteration, double objective, double gradientMaxAbs) {}

    /**
     * What was found.
     *
     * @param point the best point
     * @param value the objective there
     * @param iterations how many were made
     * @param stopped why they ended: {@code gradient}, {@code decrease}, {@code iterations} or {@code line search}
     * @param objectives the objective after each iteration, the start first
     */
    @SuppressWarnings("ArrayRecordComponent") // A vector of doubles, handed over once.
    record Minimum(double[] point, double value, int iterations, String stopped, List<Double> objectives) {
        /** Copies the list. */
        public Minimum {
            objectives = List.copyOf(objectives);
        }
    }

    /**
     * Minimises {@code objective} from {@code start}.
     *
     * @throws io.kiln.error.KilnException of category USER when the objective is not finite at the start or diverges
     */
    Minimum minimize(Objective objective, double[] start, Limits limits, Consumer<Step> listener);
}
