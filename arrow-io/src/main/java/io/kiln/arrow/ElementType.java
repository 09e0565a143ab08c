package io.kiln.arrow;

import io.kiln.core.DType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The Spark types whose values a program can read, and the dtypes each converts to.
 *
 * <table>
 * <caption>Conversions</caption>
 * <tr><th>column</th><th>bool</th><th>integers</th><th>floats</th></tr>
 * <tr><td>boolean</td><td>same</td><td colspan="2">false is 0, true is 1</td></tr>
 * <tr><td>tinyint, smallint, int, bigint</td><td>no</td><td>exact; an error for a value that does not fit</td><td>nearest</td></tr>
 * <tr><td>decimal(p,0)</td><td>no</td><td>exact; an error for a value that does not fit</td><td>nearest</td></tr>
 * <tr><td>decimal</td><td>no</td><td>no</td><td>nearest; f16 and bf16 nearest to the nearest double</td></tr>
 * <tr><td>float, double</td><td>no</td><td>no</td><td>nearest; beyond the dtype's range infinite</td></tr>
 * <tr><td>date</td><td>no</td><td colspan="2">days since 1970-01-01, as an int</td></tr>
 * <tr><td>timestamp, timestamp_ntz</td><td>no</td><td colspan="2">microseconds since 1970-01-01 00:00 (UTC), as a bigint</td></tr>
 * <tr><td>bytes of a binary</td><td>no</td><td colspan="2">0 to 255, as an int</td></tr>
 * </table>
 */
public enum ElementType {
    /** Truth values. */
    BOOLEAN("boolean", DType.BOOL),
    /** Integers of 8 bits. */
    BYTE("tinyint", DType.I32),
    /** Integers of 16 bits. */
    SHORT("smallint", DType.I32),
    /** Integers of 32 bits. */
    INT("int", DType.I32),
    /** Integers of 64 bits. */
    LONG("bigint", DType.I64),
    /** Floats of 32 bits. */
    FLOAT("float", DType.F32),
    /** Floats of 64 bits. */
    DOUBLE("double", DType.F64),
    /** Decimals without digits after the point. */
    WHOLE_DECIMAL("decimal(p,0)", DType.F64),
    /** Decimals with digits after the point. */
    DECIMAL("decimal", DType.F64),
    /** Days. */
    DATE("date", DType.I32),
    /** Moments, with or without a time zone. */
    TIMESTAMP("timestamp", DType.I64),
    /** The bytes of a binary. */
    UNSIGNED_BYTE("binary", DType.U8);

    private final String sparkName;
    private final DType dtype;

    ElementType(String sparkName, DType dtype) {
        this.sparkName = sparkName;
        this.dtype = dtype;
    }

    /** The type's name in Spark SQL. */
    public String sparkName() {
        return sparkName;
    }

    /** The dtype as which a function sees it unless it is told otherwise. */
    public DType dtype() {
        return dtype;
    }

    /** The element type of a scalar Spark type, or null when no program can read it. */
    public static @Nullable ElementType of(DataType type) {
        return switch (type) {
            case BooleanType _ -> BOOLEAN;
            case ByteType _ -> BYTE;
            case ShortType _ -> SHORT;
            case IntegerType _ -> INT;
            case LongType _ -> LONG;
            case FloatType _ -> FLOAT;
            case DoubleType _ -> DOUBLE;
            case DecimalType decimal -> decimal.scale() == 0 ? WHOLE_DECIMAL : DECIMAL;
            case DateType _ -> DATE;
            case TimestampType _, TimestampNTZType _ -> TIMESTAMP;
            default -> null;
        };
    }

    /** Whether it is a day or a moment, which is read as an integer only where that is asked for. */
    public boolean isTime() {
        return this == DATE || this == TIMESTAMP;
    }

    /** Whether the table above has a conversion to {@code to}. */
    boolean convertsTo(DType to) {
        return switch (to.kind()) {
            case BOOL -> this == BOOLEAN;
            case SIGNED, UNSIGNED -> this != FLOAT && this != DOUBLE && this != DECIMAL;
            case FLOAT -> true;
            case COMPLEX -> false;
        };
    }

    /** Whether values of this type have the very bytes of {@code to}, so that a column is copied whole. */
    boolean sameBytesAs(DType to) {
        return switch (to) {
            case BOOL -> this == BOOLEAN;
            case I8 -> this == BYTE;
            case U8 -> this == UNSIGNED_BYTE;
            case I16 -> this == SHORT;
            case I32 -> this == INT || this == DATE;
            case I64 -> this == LONG || this == TIMESTAMP;
            case F32 -> this == FLOAT;
            case F64 -> this == DOUBLE;
            case U16, U32, U64, BF16, F16, C64, C128 -> false;
        };
    }
}
