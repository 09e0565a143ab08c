package io.kiln.arrow;

import io.kiln.core.ShapedArray;
import java.io.Serializable;
import java.util.List;

/**
 * The columns that fill one input of a row program.
 *
 * @param row the input's type for one row: rank 0 for a scalar, higher for a vector or a tensor
 * @param ordinals positions in the incoming schema: one scalar column for a scalar; else as many scalar columns as the row has
 *     elements (they fill it row-major), or one array column
 */
public record InputColumns(ShapedArray row, List<Integer> ordinals) implements Serializable {
    /** Copies the list; at least one column is required. */
    public InputColumns {
        ordinals = List.copyOf(ordinals);
        if (ordinals.isEmpty()) {
            throw new IllegalArgumentException("an input of type " + row + " needs at least one column, got none");
        }
    }
}
