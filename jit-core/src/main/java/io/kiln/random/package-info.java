/** Random numbers by stateless, splittable keys, bit for bit those of JAX. */
@NullMarked
package io.kiln.random;

import org.jspecify.annotations.NullMarked;
