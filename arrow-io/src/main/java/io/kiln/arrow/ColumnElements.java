package io.kiln.arrow;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.jspecify.annotations.Nullable;

/**
 * What a program sees of a column's type: the type of its elements, and in how many levels of arrays they lie. A binary is an array of
 * its bytes, a vector of Spark ML an array of doubles.
 */
public final class ColumnElements {
    /** The fields of a vector's struct: Spark ML's class of vectors need not be on the class path. */
    private static final List<String> VECTOR = List.of("type", "size", "indices", "values");

    static final int VECTOR_TYPE = 0;
    static final int VECTOR_SIZE = 1;
    static final int VECTOR_INDICES = 2;
    static final int VECTOR_VALUES = 3;
    /** The value of a vector's field {@code type} where all elements are written out. */
    public static final byte DENSE = 1;

    private ColumnElements() {}

    /** The type of the elements: the column's own for a scalar. Null when no program can read it. */
    public static @Nullable ElementType type(DataType type) {
        if (isVector(type)) {
            return ElementType.DOUBLE;
        }
        return switch (type) {
            case ArrayType array ->
                isVector(array.elementType()) || array.elementType() instanceof BinaryType
                        ? null
                        : type(array.elementType());
            case BinaryType _ -> ElementType.UNSIGNED_BYTE;
            default -> ElementType.of(type);
        };
    }

    /** How many levels of arrays a value has: 0 for a scalar. */
    public static int depth(DataType type) {
        if (isVector(type) || type instanceof BinaryType) {
            return 1;
        }
        return type instanceof ArrayType array ? 1 + depth(array.elementType()) : 0;
    }

    /** Whether values are vectors of Spark ML, dense or sparse: by their class, or by what it is written to files as. */
    public static boolean isVector(DataType type) {
        DataType plain = type instanceof UserDefinedType<?> user ? user.sqlType() : type;
        return plain instanceof StructType struct
                && Arrays.stream(struct.fields())
                        .map(StructField::name)
                        .toList()
                        .equals(VECTOR)
                && struct.fields()[VECTOR_TYPE].dataType().equals(DataTypes.ByteType)
                && struct.fields()[VECTOR_SIZE].dataType().equals(DataTypes.IntegerType)
                && isArrayOf(struct.fields()[VECTOR_INDICES].dataType(), DataTypes.IntegerType)
                && isArrayOf(struct.fields()[VECTOR_VALUES].dataType(), DataTypes.DoubleType);
    }

    private static boolean isArrayOf(DataType type, DataType element) {
        return type instanceof ArrayType array && array.elementType().equals(element);
    }
}
