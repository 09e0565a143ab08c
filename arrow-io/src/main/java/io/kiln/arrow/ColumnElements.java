package io.kiln.arrow;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** What a program sees of a column's type: the type of its elements, and in how many levels of arrays they lie. */
public final class ColumnElements {
    private ColumnElements() {}

    /** The type of the elements: the column's own for a scalar. Null when no program can read it. */
    public static @Nullable ElementType type(DataType type) {
        return type instanceof ArrayType array ? type(array.elementType()) : ElementType.of(type);
    }

    /** How many levels of arrays a value has: 0 for a scalar. */
    public static int depth(DataType type) {
        return type instanceof ArrayType array ? 1 + depth(array.elementType()) : 0;
    }
}
