package io.kiln.arrow;

import io.kiln.core.DType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.jspecify.annotations.Nullable;

/**
 * The Spark types whose values a program can read, and the dtypes each converts to.
 *
 * <table>
 * <caption>Conversions</caption>
 * <tr><th>column</th><th>bool</th><th>i32</th><th>i64</th><th>f32</th><th>f64</th></tr>
 * <tr><td>boolean</td><td>same</td><td colspan="4">false is 0, true is 1</td></tr>
 * <tr><td>tinyint, smallint</td><td>no</td><td colspan="4">exact</td></tr>
 * <tr><td>int</td><td>no</td><td>same</td><td>exact</td><td>nearest, exact to 2^24</td><td>exact</td></tr>
 * <tr><td>bigint</td><td>no</td><td>an error for a value that does not fit</td><td>same</td><td>nearest, exact to 2^24</td><td>nearest, exact to 2^53</td></tr>
 * <tr><td>float</td><td>no</td><td>no</td><td>no</td><td>same</td><td>exact</td></tr>
 * <tr><td>double</td><td>no</td><td>no</td><td>no</td><td>nearest; beyond f32's range infinite</td><td>same</td></tr>
 * <tr><td>decimal</td><td>no</td><td>no</td><td>no</td><td>nearest of the nearest double</td><td>nearest</td></tr>
 * </table>
 */
enum ElementType {
    BOOLEAN("boolean"),
    BYTE("tinyint"),
    SHORT("smallint"),
    INT("int"),
    LONG("bigint"),
    FLOAT("float"),
    DOUBLE("double"),
    DECIMAL("decimal");

    private final String sparkName;

    ElementType(String sparkName) {
        this.sparkName = sparkName;
    }

    /** The type's name in Spark SQL. */
    String sparkName() {
        return sparkName;
    }

    /** The element type of a scalar Spark type, or null when no program can read it. */
    static @Nullable ElementType of(DataType type) {
        return switch (type) {
            case BooleanType _ -> BOOLEAN;
            case ByteType _ -> BYTE;
            case ShortType _ -> SHORT;
            case IntegerType _ -> INT;
            case LongType _ -> LONG;
            case FloatType _ -> FLOAT;
            case DoubleType _ -> DOUBLE;
            case DecimalType _ -> DECIMAL;
            default -> null;
        };
    }

    /** Whether the table above has a conversion to {@code dtype}. */
    boolean convertsTo(DType dtype) {
        return switch (dtype) {
            case BOOL -> this == BOOLEAN;
            case I32, I64 -> this != FLOAT && this != DOUBLE && this != DECIMAL;
            case F32, F64 -> true;
            case I8, I16, U8, U16, U32, U64, BF16, F16, C64, C128 -> false;
        };
    }

    /** Whether values of this type have the very bytes of {@code dtype}, so that a column is copied whole. */
    boolean sameBytesAs(DType dtype) {
        return switch (dtype) {
            case BOOL -> this == BOOLEAN;
            case I32 -> this == INT;
            case I64 -> this == LONG;
            case F32 -> this == FLOAT;
            case F64 -> this == DOUBLE;
            case I8, I16, U8, U16, U32, U64, BF16, F16, C64, C128 -> false;
        };
    }
}
