/** Activations, losses and layers. A layer is a record of its weights, so parameters are pytrees of layers. */
@NullMarked
package io.kiln.nn;

import org.jspecify.annotations.NullMarked;
