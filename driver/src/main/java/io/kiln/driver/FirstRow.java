package io.kiln.driver;

import io.kiln.arrow.ColumnElements;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** The first value of an array column that is not null: a function's vector takes its shape from it. */
final class FirstRow {
    private FirstRow() {}

    /** The lengths of its levels of arrays, looked up by a small job; null where the table has no such row. */
    static @Nullable List<Integer> shape(Dataset<Row> table, String column) {
        Column values = Columns.column(column);
        Dataset<Row> first =
                table.filter(values.isNotNull()).select(values.as("value")).limit(1);
        InternalRow[] rows = ((org.apache.spark.sql.classic.Dataset<Row>) first)
                .queryExecution()
                .executedPlan()
                .executeTake(1);
        return rows.length == 0
                ? null
                : shape(rows[0], first.schema().fields()[0].dataType());
    }

    private static List<Integer> shape(InternalRow row, DataType type) {
        if (ColumnElements.isVector(type)) {
            InternalRow vector = row.getStruct(0, 4);
            boolean dense = vector.getByte(0) == ColumnElements.DENSE;
            return List.of(dense ? vector.getArray(3).numElements() : vector.getInt(1));
        }
        return type instanceof BinaryType ? List.of(row.getBinary(0).length) : shape(row.getArray(0), type);
    }

    private static List<Integer> shape(ArrayData value, DataType type) {
        List<Integer> shape = new ArrayList<>();
        shape.add(value.numElements());
        if (type instanceof ArrayType array && array.elementType() instanceof ArrayType) {
            boolean deeper = value.numElements() > 0 && !value.isNullAt(0);
            shape.addAll(deeper ? shape(value.getArray(0), array.elementType()) : List.of(0));
        }
        return shape;
    }
}
