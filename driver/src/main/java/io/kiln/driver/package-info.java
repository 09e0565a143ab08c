/** Kiln on Spark: scoring tables and training, from a {@link io.kiln.driver.Kiln} of a session. */
@NullMarked
package io.kiln.driver;

import org.jspecify.annotations.NullMarked;
