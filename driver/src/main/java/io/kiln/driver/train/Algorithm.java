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
    MLP("mlp"),
    /**
     * {@code sum_i min_j |x_i - c_j|²}, the inertia, over k centres c, a sum weighted by the rows' weights. Sources: Lloyd, "Least squares
     * quantization in PCM", 1982; the first centres by Bahmani et al., "Scalable K-Means++", 2012.
     */
    KMEANS("kmeans"),
    /**
     * {@code (1/n) sum |x - m - V Vᵀ (x - m)|²}, the reconstruction error, over k orthonormal columns V, m the mean: they are the eigenvectors
     * of the sample covariance {@code (1/(n-1)) sum (x - m)(x - m)ᵀ} with the k largest eigenvalues. Source: Jolliffe, "Principal Component
     * Analysis", 2nd edition, chapters 1 and 3.
     */
    PCA("pca"),
    /**
     * {@code (1/(2n)) sum (m + b_u + c_i + p_u·q_i - y)² + R(b, c, P, Q)} over the ratings y of items i by users u, with k factors p and q.
     * Source: Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems", 2009, equation (4).
     */
    FACTORIZATION("factorization");

    private final String id;

    Algorithm(String id) {
        this.id = id;
    }

    /** The name on the command line. */
    public String id() {
        return id;
    }

    /** Whether it learns to predict a label. */
    public boolean isSupervised() {
        return switch (this) {
            case LINEAR_REGRESSION, LOGISTIC_REGRESSION, MULTINOMIAL, POISSON, MLP, FACTORIZATION -> true;
            case KMEANS, PCA -> false;
        };
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
