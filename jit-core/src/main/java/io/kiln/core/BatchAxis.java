package io.kiln.core;

import org.jspecify.annotations.Nullable;

/**
 * The axis that {@code vmap} adds: its size, and the name by which collectives of the mapped function refer to it;
 * {@code null} where they cannot.
 */
public record BatchAxis(int size, @Nullable String name) {
    /** An axis without a name. */
    public static BatchAxis of(int size) {
        return new BatchAxis(size, null);
    }
}
