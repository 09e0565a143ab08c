/** The executor's side: one runtime a JVM, the batch loop of scoring, and data that stays packed between a training's iterations. */
@NullMarked
package io.kiln.worker;

import org.jspecify.annotations.NullMarked;
