/** Linear algebra written in the language: factorizations, solutions, eigenvalues, norms. */
@NullMarked
package io.kiln.linalg;

import org.jspecify.annotations.NullMarked;
