/** Transforms from program to program: gradients, batching, removal of dead code. */
@NullMarked
package io.kiln.transform;

import org.jspecify.annotations.NullMarked;
