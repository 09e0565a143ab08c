/** The public API, reads like JAX: {@code jit}, {@code grad}, {@code vmap} of Java functions over pytrees. */
@NullMarked
package io.kiln.jit;

import org.jspecify.annotations.NullMarked;
