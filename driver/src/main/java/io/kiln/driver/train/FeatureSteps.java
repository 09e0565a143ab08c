package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.model.ModelColumn;
import io.kiln.model.Weight;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is done to a row's columns before the network sees them; it becomes part of the model's program: missing numbers are filled, numbers
 * are standardised, categories become one element each but for a column's first, which the intercept stands for.
 *
 * @param columns the row's columns in order
 * @param dtype of the row
 * @param fill what stands in for a missing number of each column; null when nothing is filled
 * @param mean taken off each column; null when nothing is standardised
 * @param std by which each column is divided then; null when nothing is standardised
 * @param positions whether categories stay positions, as the tables of a factorisation are read by
 */
@SuppressWarnings("ArrayRecordComponent") // Vectors of doubles, one element a column.
record FeatureSteps(
        List<ModelColumn> columns,
        DType dtype,
        double @Nullable [] fill,
        double @Nullable [] mean,
        double @Nullable [] std,
        boolean positions) {
    FeatureSteps {
        columns = List.copyOf(columns);
        if (columns.stream()
                .allMatch(column -> column.isText() && column.categories().size() == 1)) {
            throw KilnException.user(
                    "training: required a feature that varies, got columns of one category each: "
                            + String.join(
                                    ", ",
                                    columns.stream().map(ModelColumn::name).toList()),
                    "name other columns by --features");
        }
    }

    /** The steps' arrays, which the program takes as weights. */
    List<Weight> constants() {
        List<Weight> constants = new ArrayList<>();
        add(constants, "impute", fill);
        add(constants, "mean", mean);
        add(constants, "std", std);
        return constants;
    }

    private void add(List<Weight> constants, String name, double @Nullable [] values) {
        if (values != null) {
            ShapedArray aval = ShapedArray.of(dtype, values.length);
            constants.add(new Weight(name, HostArray.ofDoubles(aval, i -> values[i])));
        }
    }

    /** The features of one row: {@code constants} as {@link #constants()} orders them. */
    Tensor apply(List<Tensor> constants, Tensor row) {
        Tensor numbers = row;
        int next = 0;
        if (fill != null) {
            numbers = Tensor.where(numbers.notEqualTo(numbers), constants.get(next++), numbers);
        }
        if (mean != null) {
            numbers = numbers.minus(constants.get(next)).dividedBy(constants.get(next + 1));
        }
        if (positions || columns.stream().noneMatch(ModelColumn::isText)) {
            return numbers;
        }
        List<Tensor> pieces = new ArrayList<>();
        for (int i = 0; i < columns.size(); ) {
            if (columns.get(i).isText()) {
                // Position 0, the first category, and -1, an unknown one, equal none.
                int size = columns.get(i).categories().size() - 1;
                if (size > 0) {
                    Tensor positions = Tensor.iota(dtype, size).plus(1);
                    pieces.add(row.at(i).equalTo(positions).convert(dtype));
                }
                i++;
            } else {
                int end = i;
                while (end < columns.size() && !columns.get(end).isText()) {
                    end++;
                }
                pieces.add(numbers.slice(0, i, end));
                i = end;
            }
        }
        return Tensor.concatenate(0, pieces.toArray(Tensor[]::new));
    }

    /** The names of the features that {@link #apply} gives: the column's, or {@code column=category} but for the first. */
    List<String> features() {
        List<String> names = new ArrayList<>();
        for (ModelColumn column : columns) {
            if (column.isText() && !positions) {
                column.categories().stream().skip(1).forEach(category -> names.add(column.name() + "=" + category));
            } else {
                names.add(column.name());
            }
        }
        return names;
    }
}
