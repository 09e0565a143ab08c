package io.kiln.core;

import java.util.List;
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

    /** The types of a batch of these rows; those that {@code flags} does not mark stay as they are. */
    List<ShapedArray> avals(List<ShapedArray> rows, List<Boolean> flags) {
        return Indices.range(rows.size()).stream()
                .map(i -> {
                    ShapedArray row = rows.get(i);
                    return flags.get(i) ? row.withShape(Indices.prepend(size, row.shape())) : row;
                })
                .toList();
    }
}
