package io.kiln.jit;

import io.kiln.core.Tensor;
import org.jspecify.annotations.Nullable;

/** The value of a function, a scalar, and its gradient, which has the structure of the first argument. */
public record ValueAndGrad<A extends @Nullable Object>(Tensor value, A grad) {}
