/**
 * The numerics oracle: what JAX got for single operations and composed transforms, and the counterpart of each function
 * written in Kiln's language.
 */
@NullMarked
package io.kiln.jobs.cases.numerics;

import org.jspecify.annotations.NullMarked;
