package io.kiln.driver.train;

import io.kiln.error.KilnException;
import java.util.Arrays;

/**
 * The algorithms of {@code kiln train}, each with the objective that it minimises. {@code n} is the sum of the rows' weights, the number of
 * rows where none are given; {@code R(w) = (l2/2) |w|² + l1 |w|₁}, and intercepts and biases are not part of {@code w}.
 */
public enum Algorithm {
    /**
     * {@code (1/(2n)) sum (w·x + b - y)² + R(w)}: least squares, ridge, lasso and elastic net. Source: Zou and Hastie, "Regularization and
     * variable selection via the elastic net", 2005.
     */
    LINEAR_REGRESSION("linear-regression"),
    /**
     * {@code (1/n) sum log(1 + exp(-s (w·x + b))) + R(w)} with s = 1 for label 1 and -1 for label 0. Source: Hastie, Tibshirani and
     * Friedman, "The Elements of Statistical Learning", 2nd edition, section 4.4.
     */
    LOGISTIC_REGRESSION("logistic-regression"),
    /**
     * {@code (1/n) sum [logsumexp_k(W_k·x + b_k) - (W_y·x + b_y)] + R(W)} for labels y from 0 to K - 1: every class has weights of its own,
     * so that no class is the reference. Source: Friedman, Hastie and Tibshirani, "Regularization paths for generalized linear models via
     * coordinate descent", 2010, section 4.
     */
    MULTINOMIAL("multinomial"),
    /**
     * {@code (1/n) sum [exp(w·x + b) - y (w·x + b)] + R(w)} for labels from 0, the log link; the term log y! is left out. Source: McCullagh
     * and Nelder, "Generalized Linear Models", 2nd edition, chapter 6.
     */
    POISSON("poisson"),
    /**
     * A network of dense layers: squared loss {@code (1/(2n)) sum r²} for a label of floats; {@code (1/n)} times the sum of the negative log
     * likelihoods for a label of whole numbers, of a sigmoid for two classes and of a softmax for more; plus {@code R(W)}. Source: Goodfellow,
     * Bengio and Courville, "Deep Learning", 2016, chapter 6.
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
