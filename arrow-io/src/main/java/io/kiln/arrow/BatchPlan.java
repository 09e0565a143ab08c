package io.kiln.arrow;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * How the rows of a table become the inputs of a batch program: made once a job on the driver, carried to every task.
 *
 * @param batchRows rows of a batch; fewer are padded
 * @param inputs the program's inputs that come from columns, in its order
 * @param nulls what a null in one of these columns means
 * @param keepsBadRows whether a row that cannot be read gets null results, with its reason beside them, in place of ending the task
 */
public record BatchPlan(int batchRows, List<PackedInput> inputs, NullPolicy nulls, boolean keepsBadRows)
        implements Serializable {
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
            packed.add(plan(schema, input, nullsOf(input, inputs, nulls)));
        }
        return new BatchPlan(batchRows, packed, nulls, false);
    }

    /** The same for batches of another size. */
    public BatchPlan withBatchRows(int rows) {
        return new BatchPlan(rows, inputs, nulls, keepsBadRows);
    }

    /** The same where bad rows are kept, or not. */
    public BatchPlan withBadRows(boolean kept) {
        return new BatchPlan(batchRows, inputs, nulls, kept);
    }

    /** The same for a table in which column {@code i} lies at {@code positions.get(i)}. */
    public BatchPlan withOrdinals(List<Integer> positions) {
        List<PackedInput> moved = inputs.stream()
                .map(input -> input.withOrdinals(
                        input.ordinals().stream().map(positions::get).toList()))
                .toList();
        return new BatchPlan(batchRows, moved, nulls, keepsBadRows);
    }

    /** The types of the program's column inputs for one batch. */
    public List<ShapedArray> batchInputs() {
        return inputs.stream().map(input -> input.batch(batchRows)).toList();
    }

    /** The batch axis of each input, as {@code Vmap} takes them. */
    public List<Integer> inAxes() {
        return inputs.stream().map(PackedInput::batchAxis).toList();
    }

    /** Where a program sees which elements have a value, nulls are no error: they are zeros unless the policy says what else. */
    private static NullPolicy nullsOf(InputColumns input, List<InputColumns> all, NullPolicy nulls) {
        boolean seen = all.stream()
                .anyMatch(other -> other.read() == InputColumns.Read.VALIDITY
                        && other.ordinals().equals(input.ordinals()));
        return seen && nulls.kind() == NullPolicy.Kind.ERROR ? NullPolicy.fill(0) : nulls;
    }

    private static PackedInput plan(StructType schema, InputColumns input, NullPolicy nulls) {
        List<String> names = new ArrayList<>();
        for (int ordinal : input.ordinals()) {
            names.add(schema.fields()[ordinal].name());
        }
        ShapedArray row = input.row();
        StructField first = schema.fields()[input.ordinals().getFirst()];
        int depth = ColumnElements.depth(first.dataType());
        boolean list = input.ordinals().size() == 1 && depth > 0;
        if (list && row.rank() == 0) {
            throw KilnException.user(
                    "binding column " + first.name() + " to an input of type " + row + ": required a number, got "
                            + first.dataType().simpleString(),
                    "bind a column of numbers, or give the function a vector input");
        }
        if (list && depth > 1 && depth != row.rank()) {
            throw KilnException.user(
                    "binding column " + first.name() + " to an input of type " + row + ": required an array of "
                            + row.rank() + " levels, or of one, got "
                            + first.dataType().simpleString(),
                    "flatten it in Spark: flatten(" + first.name() + ")");
        }
        if (!list && input.ordinals().size() != row.elements()) {
            throw KilnException.user(
                    "binding columns " + String.join(", ", names) + " to an input of type " + row + ": required "
                            + row.elements() + " columns of numbers or one array column, got "
                            + input.ordinals().size(),
                    "name exactly " + row.elements() + " feature columns");
        }
        switch (input.read()) {
            case VALIDITY -> checkValidity(names, row);
            case PADDED, VALUES -> {
                for (int ordinal : input.ordinals()) {
                    checkValues(schema.fields()[ordinal], list, row, nulls);
                }
                if (input.read() == InputColumns.Read.PADDED && (!list || ColumnElements.isVector(first.dataType()))) {
                    throw KilnException.user(
                            "padding column " + first.name() + ": required a column of arrays, got "
                                    + first.dataType().simpleString(),
                            "pad columns of arrays only");
                }
            }
        }
        return new PackedInput(
                row,
                input.ordinals(),
                names,
                list ? PackedInput.Layout.ROW_MAJOR : PackedInput.Layout.COLUMN_MAJOR,
                input.read(),
                nulls);
    }

    private static void checkValidity(List<String> names, ShapedArray row) {
        if (row.dtype() != DType.BOOL) {
            throw KilnException.user(
                    "reading the validity of " + String.join(", ", names) + ": required an input of bool, got " + row,
                    "give the function an input of bool, of the shape of the values");
        }
    }

    private static void checkValues(StructField field, boolean list, ShapedArray row, NullPolicy nulls) {
        DataType column = field.dataType();
        ElementType type = list == ColumnElements.depth(column) > 0 ? ColumnElements.type(column) : null;
        if (type == null || !type.convertsTo(row.dtype())) {
            throw KilnException.user(
                    "reading column " + field.name() + " for an input of type " + row + ": required "
                            + accepted(row.dtype()) + ", got " + column.simpleString(),
                    "name another column, or cast this one in Spark: cast(" + field.name() + " as "
                            + ResultColumn.scalarType(row.dtype()).simpleString() + ")");
        }
        boolean fills = nulls.kind() == NullPolicy.Kind.NAN || nulls.kind() == NullPolicy.Kind.FILL;
        double value = nulls.value();
        boolean held = row.dtype().isFloat() || (value == (long) value && ValueStore.fits((long) value, row.dtype()));
        if (fills && !held) {
            throw KilnException.user(
                    "reading nulls of column " + field.name() + " as " + nulls
                            + ": required an input that holds it, got " + row,
                    "use nulls=error, or a number of that dtype such as nulls=0");
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
