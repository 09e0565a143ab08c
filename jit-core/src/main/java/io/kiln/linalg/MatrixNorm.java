package io.kiln.linalg;

import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.List;

/** The norms of a matrix. */
public enum MatrixNorm {
    /** The root of the sum of the squares. */
    FROBENIUS,
    /** The sum of the singular values. */
    NUCLEAR,
    /** The largest sum of magnitudes of a column. */
    ONE,
    /** The smallest sum of magnitudes of a column. */
    MINUS_ONE,
    /** The largest singular value. */
    TWO,
    /** The smallest singular value. */
    MINUS_TWO,
    /** The largest sum of magnitudes of a row. */
    INFINITY,
    /** The smallest sum of magnitudes of a row. */
    MINUS_INFINITY;

    /** The norm of order {@code ord} of the matrices {@code x}; an error where there is none. */
    static MatrixNorm of(Tensor x, double ord) {
        if (ord == Double.POSITIVE_INFINITY) {
            return INFINITY;
        }
        if (ord == Double.NEGATIVE_INFINITY) {
            return MINUS_INFINITY;
        }
        if (ord == 1 || ord == -1) {
            return ord > 0 ? ONE : MINUS_ONE;
        }
        if (ord == 2 || ord == -2) {
            return ord > 0 ? TWO : MINUS_TWO;
        }
        throw TraceErrors.operands(
                "norm",
                "the order of a matrix norm must be 1, -1, 2, -2 or infinite (or name an axis for a vector norm), got "
                        + ord,
                List.of(x.aval()));
    }
}
