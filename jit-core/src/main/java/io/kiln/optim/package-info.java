/** Optimizers, schedules and clipping over pytrees of parameters, as functions without side effects. */
@NullMarked
package io.kiln.optim;

import org.jspecify.annotations.NullMarked;
