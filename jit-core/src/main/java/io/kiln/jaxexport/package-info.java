/** Functions that {@code jax.export} serialized: the container and the module's face are read in Java, the module itself is the plugin's. */
@NullMarked
package io.kiln.jaxexport;

import org.jspecify.annotations.NullMarked;
