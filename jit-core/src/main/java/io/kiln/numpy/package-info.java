/** NumPy's conveniences with JAX's semantics, composed of the language's own operations. */
@NullMarked
package io.kiln.numpy;

import org.jspecify.annotations.NullMarked;
