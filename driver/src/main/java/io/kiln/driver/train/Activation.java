package io.kiln.driver.train;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.nn.Nn;
import java.util.function.UnaryOperator;

/** What a hidden layer does to its sums. */
public enum Activation {
    /** {@code max(x, 0)}. */
    RELU("relu", Nn::relu),
    /** {@code tanh(x)}. */
    TANH("tanh", Tensor::tanh),
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID("sigmoid", Nn::sigmoid);

    private final String id;
    private final UnaryOperator<Tensor> function;

    Activation(String id, UnaryOperator<Tensor> function) {
        this.id = id;
        this.function = function;
    }

    /** The name on the command line. */
    public String id() {
        return id;
    }

    Tensor apply(Tensor x) {
        return function.apply(x);
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
