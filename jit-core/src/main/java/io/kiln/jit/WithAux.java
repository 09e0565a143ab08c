package io.kiln.jit;

import io.kiln.core.Tensor;

/** A float scalar that is differentiated, and what else the function computed on the way, a pytree that is not. */
public record WithAux<X>(Tensor value, X aux) {}
