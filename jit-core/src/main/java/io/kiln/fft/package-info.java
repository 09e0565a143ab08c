/** Fourier transforms, written in the language. */
@NullMarked
package io.kiln.fft;

import org.jspecify.annotations.NullMarked;
