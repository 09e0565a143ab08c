package io.kiln.driver;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
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

/** The types that a function's parameters take from their columns. */
final class FunctionTypes {
    private FunctionTypes() {}

    /**
     * The type of one parameter: one column of numbers is a scalar, several are a vector of their widest type, an array column is a
     * vector.
     *
     * @param table where the length of an array column's rows is looked up; null when there is no table
     */
    static ShapedArray row(
            Columns columns, ScoreOptions options, List<Integer> ordinals, @Nullable Dataset<Row> table) {
        if (ordinals.size() == 1) {
            int ordinal = ordinals.getFirst();
            if (columns.type(ordinal) instanceof ArrayType array) {
                DType dtype = dtype(columns, ordinal, array.elementType(), options);
                return ShapedArray.of(dtype, length(columns, options, ordinal, table));
            }
            return ShapedArray.of(dtype(columns, ordinal, columns.type(ordinal), options));
        }
        DType widest = null;
        for (int ordinal : ordinals) {
            DType each = dtype(columns, ordinal, columns.type(ordinal), options);
            widest = widest == null ? each : wider(widest, each);
        }
        return new ShapedArray(java.util.Objects.requireNonNull(widest), List.of(ordinals.size()));
    }

    /** The smaller dtype that both convert to without surprise: floats win over integers, f64 over i64 with f32. */
    private static DType wider(DType a, DType b) {
        if (a == b) {
            return a;
        }
        boolean wide = a == DType.I64 || b == DType.I64 || a == DType.F64 || b == DType.F64;
        if (a.isFloat() || b.isFloat()) {
            return wide || a == DType.I32 || b == DType.I32 ? DType.F64 : DType.F32;
        }
        return wide ? DType.I64 : DType.I32;
    }

    private static DType dtype(Columns columns, int ordinal, DataType type, ScoreOptions options) {
        DType own = own(type);
        if (own == null) {
            throw KilnException.user(
                    "%s: required column %s to hold numbers, booleans (int, bigint, float, double, ...) or arrays of them, got %s"
                            .formatted(
                                    columns.doing(),
                                    columns.name(ordinal),
                                    columns.type(ordinal).simpleString()),
                    "name another column, or cast this one in Spark");
        }
        DType read = options.read();
        return read == null ? own : read;
    }

    private static @Nullable DType own(DataType type) {
        return switch (type) {
            case BooleanType _ -> DType.BOOL;
            case ByteType _ -> DType.I32;
            case ShortType _ -> DType.I32;
            case IntegerType _ -> DType.I32;
            case LongType _ -> DType.I64;
            case FloatType _ -> DType.F32;
            case DoubleType _ -> DType.F64;
            case DecimalType _ -> DType.F64;
            default -> null;
        };
    }

    private static int length(Columns columns, ScoreOptions options, int ordinal, @Nullable Dataset<Row> table) {
        String name = columns.name(ordinal);
        for (Map.Entry<String, Integer> said : options.lengths().entrySet()) {
            if (columns.caseSensitive()
                    ? said.getKey().equals(name)
                    : said.getKey().equalsIgnoreCase(name)) {
                return said.getValue();
            }
        }
        if (table != null) {
            var column = functions.col("`" + name.replace("`", "``") + "`");
            List<Row> first = table.filter(column.isNotNull())
                    .select(functions.size(column))
                    .limit(1)
                    .collectAsList();
            if (!first.isEmpty()) {
                return first.getFirst().getInt(0);
            }
        }
        throw KilnException.user(
                "%s: the length of the rows of array column %s is not known, and there is no row to look it up"
                        .formatted(columns.doing(), name),
                "say it: .length(\"%s\", 64)".formatted(name));
    }
}
