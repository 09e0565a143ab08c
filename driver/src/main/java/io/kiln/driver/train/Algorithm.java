package io.kiln.driver.train;

import io.kiln.error.KilnException;
import java.util.Arrays;

/** The algorithms of {@code kiln train}. */
public enum Algorithm {
    /** {@code (1/(2n)) sum (w·x + b - y)² + (l2/2) |w|²}; the intercept is not regularised. */
    LINEAR_REGRESSION("linear-regression"),
    /** {@code (1/n) sum log(1 + exp(-s (w·x + b))) + (l2/2) |w|²} with s = 1 for label 1 and -1 for label 0; the intercept is not regularised. */
    LOGISTIC_REGRESSION("logistic-regression"),
    /**
     * A network of dense layers: squared loss {@code (1/(2n)) sum r²} for a label of floats; {@code (1/n)} times the sum of the negative log
     * likelihoods for a label of whole numbers, of a sigmoid for two classes and of a softmax for more; plus {@code (l2/2) |W|²}. Biases
     * are not regularised.
     */
    MLP("mlp");

    private final String id;

    Algorithm(String id) {
        this.id = id;
    }

    /** The name on the command line. */
    public String id() {
        return id;
    }

    /**
     * The algorithm of this name.
     *
     * @throws KilnException of category USAGE when there is none
     */
    public static Algorithm of(String id) {
        for (Algorithm algorithm : values()) {
            if (algorithm.id.equals(id)) {
                return algorithm;
            }
        }
        throw KilnException.usage(
                "choosing an algorithm: required one of "
                        + String.join(
                                ", ", Arrays.stream(values()).map(Algorithm::id).toList()) + ", got " + id,
                "say for example --algorithm logistic-regression");
    }
}
