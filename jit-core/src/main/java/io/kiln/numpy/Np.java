package io.kiln.numpy;

/**
 * NumPy's functions that {@link io.kiln.core.Tensor} has no method for, with JAX's semantics: static functions over
 * tensors, each composed of the language's operations, so that they trace, differentiate and map. Dtypes are never
 * converted silently.
 */
public final class Np extends Products {
    private Np() {}
}
