package io.kiln.jit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A user's function of any number of arguments, as the transforms call it. */
@FunctionalInterface
interface UserFunction {
    /** The result for these arguments. */
    @Nullable
    Object apply(List<@Nullable Object> arguments);
}
