package io.kiln.driver.train;

import io.kiln.error.KilnException;

/** The optimizers by name. */
public final class Optimizers {
    /** How many steps the quasi-Newton methods remember. */
    static final int MEMORY = 10;

    private Optimizers() {}

    /** Limited-memory BFGS with a memory of 10 steps: the choice for full batches. */
    public static Optimizer lbfgs() {
        return new LBfgs(MEMORY);
    }

    /** Adam with the usual decay rates 0.9 and 0.999. */
    public static Optimizer adam(double learningRate) {
        return new Adam(learningRate, 0.9, 0.999, 1e-8);
    }

    /** Gradient descent with momentum; 0 for none. */
    public static Optimizer sgd(double learningRate, double momentum) {
        return new Sgd(learningRate, momentum);
    }

    static KilnException notFinite(String where, double value) {
        return KilnException.user(
                "minimising the objective %s: required a finite value and gradient, got %s".formatted(where, value),
                "look for NaN or infinite features and labels, scale the features (--standardize all), or take smaller"
                        + " steps");
    }
}
