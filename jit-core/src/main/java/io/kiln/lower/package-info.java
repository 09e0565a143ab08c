/** Programs to StableHLO modules. */
@NullMarked
package io.kiln.lower;

import org.jspecify.annotations.NullMarked;
