/** The language: arrays, tensors, tracing, programs, primitives with all their rules, printing and the reference interpreter. */
@NullMarked
package io.kiln.core;

import org.jspecify.annotations.NullMarked;
