package io.kiln.model;

import java.util.List;

/**
 * One column that fills a model's input.
 *
 * @param name the column's name in the table
 * @param categories empty for a column of numbers; else the column holds text, and the value that the program sees is the position of
 *     the text in this list, or -1 for a text that is not in it
 */
public record ModelColumn(String name, List<String> categories) {
    /** Copies the list. */
    public ModelColumn {
        categories = List.copyOf(categories);
    }

    /** A column of numbers. */
    public static ModelColumn number(String name) {
        return new ModelColumn(name, List.of());
    }

    /** Whether the column holds text. */
    public boolean isText() {
        return !categories.isEmpty();
    }
}
