/** Errors: a category, a problem and a fix. */
@NullMarked
package io.kiln.error;

import org.jspecify.annotations.NullMarked;
