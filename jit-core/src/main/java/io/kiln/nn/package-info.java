/** Functions of neural networks, written in the language. */
@NullMarked
package io.kiln.nn;

import org.jspecify.annotations.NullMarked;
