package io.kiln.jobs.cases.numerics;

import io.kiln.core.Tensor;
import java.util.List;

/** A row of the table: the counterpart of a case's function in Kiln's language. */
@FunctionalInterface
public interface Row {
    /** The results for the arguments; the case gives static parameters, never values. */
    List<Tensor> apply(NumericsCase c, List<Tensor> in);
}
