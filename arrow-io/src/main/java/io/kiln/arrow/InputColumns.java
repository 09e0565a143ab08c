package io.kiln.arrow;

import io.kiln.core.ShapedArray;
import java.io.Serializable;
import java.util.List;

/**
 * The columns that fill one input of a row program.
 *
 * @param row the input's type for one row: rank 0 for a scalar, higher for a vector or a tensor
 * @param ordinals positions in the incoming schema: one scalar column for a scalar; else as many scalar columns as the row has
 *     elements (they fill it row-major), or one column of arrays, vectors or binaries
 * @param read what of the columns is read
 */
public record InputColumns(ShapedArray row, List<Integer> ordinals, Read read) implements Serializable {
    /** What an input takes of its columns. */
    public enum Read {
        /** The values. */
        VALUES,
        /** The values of arrays that may have fewer elements than the input has: zeros follow them. */
        PADDED,
        /** For each element whether there is a value: false for a null, and for what only pads an array. The input's dtype is bool. */
        VALIDITY
    }

    /** Copies the list; at least one column is required. */
    public InputColumns {
        ordinals = List.copyOf(ordinals);
        if (ordinals.isEmpty()) {
            throw new IllegalArgumentException("an input of type " + row + " needs at least one column, got none");
        }
    }

    /** Columns whose values are read. */
    public InputColumns(ShapedArray row, List<Integer> ordinals) {
        this(row, ordinals, Read.VALUES);
    }
}
