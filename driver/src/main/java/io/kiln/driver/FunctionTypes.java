package io.kiln.driver;

import io.kiln.arrow.ColumnElements;
import io.kiln.arrow.ElementType;
import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
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
            DType dtype = dtype(columns, ordinal, options);
            return columns.isList(ordinal)
                    ? new ShapedArray(dtype, shape(columns, options, ordinal, table))
                    : ShapedArray.of(dtype);
        }
        DType widest = null;
        for (int ordinal : ordinals) {
            DType each = dtype(columns, ordinal, options);
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

    /** Refuses dates and timestamps unless they are asked for. */
    static void requireTimesAsked(Columns columns, ScoreOptions options, List<List<Integer>> bound) {
        for (int ordinal : bound.stream().flatMap(List::stream).toList()) {
            ElementType type = ColumnElements.type(columns.type(ordinal));
            if (type != null && type.isTime() && !options.reading().timesAsIntegers()) {
                String name = columns.name(ordinal);
                throw KilnException.user(
                        "%s: required column %s to hold numbers, got %s"
                                .formatted(
                                        columns.doing(),
                                        name,
                                        columns.type(ordinal).simpleString()),
                        "say timesAsIntegers() to read days (date) and microseconds (timestamp)"
                                + " since 1970-01-01, or"
                                + " convert it in Spark: %s(%s)"
                                        .formatted(type == ElementType.DATE ? "unix_date" : "unix_seconds", name));
            }
        }
    }

    private static DType dtype(Columns columns, int ordinal, ScoreOptions options) {
        ElementType own = ColumnElements.type(columns.type(ordinal));
        if (own == null) {
            throw KilnException.user(
                    "%s: required column %s to hold numbers, booleans (int, bigint, float, double, ...) or arrays of them, got %s"
                            .formatted(
                                    columns.doing(),
                                    columns.name(ordinal),
                                    columns.type(ordinal).simpleString()),
                    "name another column, or cast this one in Spark");
        }
        DType read = options.reading().dtype();
        return read == null ? own.dtype() : read;
    }

    private static List<Integer> shape(
            Columns columns, ScoreOptions options, int ordinal, @Nullable Dataset<Row> table) {
        String name = columns.name(ordinal);
        for (Map.Entry<String, List<Integer>> said : options.reading().shapes().entrySet()) {
            if (columns.find(said.getKey()) == ordinal) {
                return said.getValue();
            }
        }
        List<Integer> first = table == null ? null : FirstRow.shape(table, name);
        if (first == null) {
            throw KilnException.user(
                    "%s: the length of the rows of array column %s is not known, and there is no row to look it up"
                            .formatted(columns.doing(), name),
                    "say it: .length(\"%s\", 64)".formatted(name));
        }
        return first;
    }
}
