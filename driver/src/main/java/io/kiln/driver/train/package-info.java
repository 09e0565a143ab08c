/** Optimizers, the objective that they minimise, and the algorithms that are made of them. */
@NullMarked
package io.kiln.driver.train;

import org.jspecify.annotations.NullMarked;
