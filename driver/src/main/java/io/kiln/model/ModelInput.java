package io.kiln.model;

import io.kiln.core.ShapedArray;
import java.util.List;

/**
 * One input of a model's row program.
 *
 * @param name its name, which {@code --bind} and a column of the same name refer to
 * @param row its type for one row
 * @param columns the columns that it was trained on, in the order of the row's elements; empty when it has no columns of its own
 */
public record ModelInput(String name, ShapedArray row, List<ModelColumn> columns) {
    /** Copies the list. */
    public ModelInput {
        columns = List.copyOf(columns);
    }
}
