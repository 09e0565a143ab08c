/** Special functions, composed in the language as {@code jax.scipy.special} composes them. */
@NullMarked
package io.kiln.special;

import org.jspecify.annotations.NullMarked;
