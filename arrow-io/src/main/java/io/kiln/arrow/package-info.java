/** Columns to device memory and back: Spark's column vectors packed into batches of fixed rows, and results as column vectors. */
@NullMarked
package io.kiln.arrow;

import org.jspecify.annotations.NullMarked;
