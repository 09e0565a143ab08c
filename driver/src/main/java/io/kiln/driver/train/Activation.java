package io.kiln.driver.train;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.nn.Nn;

/** What a hidden layer does to its sums. */
public enum Activation {
    /** {@code max(x, 0)}. */
    RELU("relu"),
    /** {@code tanh(x)}. */
    TANH("tanh"),
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID("sigmoid");

    private final String id;

    Activation(String id) {
        this.id = id;
    }

    /** The name on the command line. */
    public String id() {
        return id;
    }

    Tensor apply(Tensor x) {
        return switch (this) {
            case RELU -> Nn.relu(x);
            case TANH -> x.tanh();
            case SIGMOID -> Nn.sigmoid(x);
        };
    }

    /**
     * The activation of this name.
     *
     * @throws KilnException of category USAGE when there is none
     */
    public static Activation of(String id) {
        for (Activation activation : values()) {
            if (activation.id.equals(id)) {
                return activation;
            }
        }
        throw KilnException.usage(
                "choosing an activation: required relu, tanh or sigmoid, got " + id,
                "say for example --activation relu");
    }
}
