package io.kiln.numpy;

/** What a quantile between two elements is. */
public enum QuantileMethod {
    /** Between them in proportion. */
    LINEAR,
    /** The lower one. */
    LOWER,
    /** The higher one. */
    HIGHER,
    /** Their mean. */
    MIDPOINT,
    /** The nearer one; of two equally near the lower one. */
    NEAREST
}
