/** Transforms from program to program: gradients, batching. */
@NullMarked
package io.kiln.transform;

import org.jspecify.annotations.NullMarked;
