package io.kiln.arrow;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a table become the inputs of a batch program: made once a job on the driver, carried to every task.
 *
 * @param batchRows rows of a batch; fewer are padded
 * @param inputs the program's inputs that come from columns, in its order
 * @param nulls what a null in one of these columns means
 */
public record BatchPlan(int batchRows, List<PackedInput> inputs, NullPolicy nulls) implements Serializable {
    /** Copies the list; {@code batchRows} must be positive. */
    public BatchPlan {
        inputs = List.copyOf(inputs);
        if (batchRows < 1) {
            throw new IllegalArgumentException("a batch needs at least one row, got " + batchRows);
        }
    }

    /**
     * Plans the packing of a table of type {@code schema}, and checks on the driver what can be known there.
     *
     * @throws KilnException of category USER naming the column, when a type cannot be converted or the columns are not as many as a
     *     row has elements
     */
    public static BatchPlan of(StructType schema, List<InputColumns> inputs, int batchRows, NullPolicy nulls) {
        if (batchRows < 1) {
            throw KilnException.user(
                    "planning batches: required at least 1 row a batch, got " + batchRows,
                    "set batch rows to 4096, say");
        }
        List<PackedInput> packed = new ArrayList<>();
        for (InputColumns input : inputs) {
            packed.add(plan(schema, input, nulls));
        }
        return new BatchPlan(batchRows, packed, nulls);
    }

    /** The same for batches of another size. */
    public BatchPlan withBatchRows(int rows) {
        return new BatchPlan(rows, inputs, nulls);
    }

    /** The types of the program's column inputs for one batch. */
    public List<ShapedArray> batchInputs() {
        return inputs.stream().map(input -> input.batch(batchRows)).toList();
    }

    /** The batch axis of each input, as {@code Vmap} takes them. */
    public List<Integer> inAxes() {
        return inputs.stream().map(PackedInput::batchAxis).toList();
    }

    private static PackedInput plan(StructType schema, InputColumns input, NullPolicy nulls) {
        List<String> names = new ArrayList<>();
        for (int ordinal : input.ordinals()) {
            names.add(schema.fields()[ordinal].name());
        }
        ShapedArray row = input.row();
        StructField first = schema.fields()[input.ordinals().getFirst()];
        boolean list = input.ordinals().size() == 1 && first.dataType() instanceof ArrayType;
        if (list && row.rank() == 0) {
            throw KilnException.user(
                    "binding column " + first.name() + " to an input of type " + row + ": required a number, got "
                            + first.dataType().simpleString(),
                    "bind a column of numbers, or give the function a vector input");
        }
        if (!list && input.ordinals().size() != row.elements()) {
            throw KilnException.user(
                    "binding columns " + String.join(", ", names) + " to an input of type " + row + ": required "
                            + row.elements() + " columns of numbers or one array column, got "
                            + input.ordinals().size(),
                    "name exactly " + row.elements() + " feature columns");
        }
        for (int ordinal : input.ordinals()) {
            StructField field = schema.fields()[ordinal];
            check(field, list ? elementOf(field.dataType()) : field.dataType(), row);
            if ((nulls.kind() == NullPolicy.Kind.NAN || nulls.kind() == NullPolicy.Kind.FILL)
                    && !row.dtype().isFloat()
                    && (nulls.value() != (long) nulls.value() || !ValueStore.fits((long) nulls.value(), row.dtype()))) {
                throw KilnException.user(
                        "reading nulls of column " + field.name() + " as " + nulls
                                + ": required an input that holds it, got " + row,
                        "use nulls=error, or a number of that dtype such as nulls=0");
            }
        }
        return new PackedInput(
                row, input.ordinals(), names, list ? PackedInput.Layout.ROW_MAJOR : PackedInput.Layout.COLUMN_MAJOR);
    }

    private static @Nullable DataType elementOf(DataType type) {
        return type instanceof ArrayType array ? array.elementType() : null;
    }

    private static void check(StructField field, @Nullable DataType element, ShapedArray row) {
        ElementType type = element == null ? null : ElementType.of(element);
        if (type == null || !type.convertsTo(row.dtype())) {
            throw KilnException.user(
                    "reading column " + field.name() + " for an input of type " + row + ": required "
                            + accepted(row.dtype()) + ", got "
                            + field.dataType().simpleString(),
                    "name another column, or cast this one in Spark: cast(" + field.name() + " as "
                            + ResultColumn.scalarType(row.dtype()).simpleString() + ")");
        }
    }

    private static String accepted(DType dtype) {
        List<String> names = new ArrayList<>();
        for (ElementType type : ElementType.values()) {
            if (type.convertsTo(dtype)) {
                names.add(type.sparkName());
            }
        }
        return String.join("|", names) + " or an array of it";
    }
}
