package io.kiln.jit;

import io.kiln.core.Tensor;

/** The value of a function, a scalar, what else it computed on the way, and its gradient, which has the structure of the argument. */
public record ValueAuxAndGrad<X, A>(Tensor value, X aux, A grad) {}
