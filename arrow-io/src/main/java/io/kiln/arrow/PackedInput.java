package io.kiln.arrow;

import io.kiln.core.ShapedArray;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * One input of a batch program and how columns are laid out in it.
 *
 * @param row the input's type for one row
 * @param ordinals positions of its columns in the incoming schema
 * @param columns names of these columns, for messages
 * @param layout how rows and columns lie in memory
 * @param read what of the columns is read
 * @param nulls what a null in them means
 */
public record PackedInput(
        ShapedArray row,
        List<Integer> ordinals,
        List<String> columns,
        Layout layout,
        InputColumns.Read read,
        NullPolicy nulls)
        implements Serializable {
    /** How the values of a batch of B rows lie in memory. */
    public enum Layout {
        /** Scalar columns one after the other: a scalar is {@code [B]}, k columns are {@code [k, B]}. The batch axis is the last. */
        COLUMN_MAJOR,
        /** One array column, row after row: {@code [B, k]}. The batch axis is the first. */
        ROW_MAJOR
    }

    /** Copies the lists. */
    public PackedInput {
        ordinals = List.copyOf(ordinals);
        columns = List.copyOf(columns);
    }

    /** The same input of a table whose columns lie elsewhere. */
    public PackedInput withOrdinals(List<Integer> others) {
        return new PackedInput(row, others, columns, layout, read, nulls);
    }

    /** The type of a batch of {@code rows} rows. */
    public ShapedArray batch(int rows) {
        List<Integer> shape = new ArrayList<>(row.shape());
        shape.add(batchAxis(), rows);
        return new ShapedArray(row.dtype(), shape);
    }

    /** The axis of the batch: what {@code vmap} maps over. */
    public int batchAxis() {
        return switch (layout) {
            case COLUMN_MAJOR -> row.rank();
            case ROW_MAJOR -> 0;
        };
    }

    /** Elements of one row. */
    int elements() {
        return Math.toIntExact(row.elements());
    }
}
