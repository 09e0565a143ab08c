package io.kiln.driver;

import io.kiln.core.Tensor;
import java.io.Serializable;
import java.util.List;

/**
 * A function of one row: columns of numbers are scalars, array columns are vectors. What it returns becomes columns: a {@link Tensor},
 * a record of tensors (named by its components), a {@code Map<String, Tensor>}, or a {@code List<Tensor>}.
 *
 * <p>It runs once on the driver, on tensors that have types and no values. It is serializable so that the names of its parameters,
 * which bind it to columns, can be read; it is never sent anywhere.
 */
public sealed interface RowFunction extends Serializable {
    /** Calls the function; {@code row} has as many tensors as it has parameters. */
    Object call(List<Tensor> row);

    /** How many parameters it has. */
    int arity();

    /** A function of one column or of one vector. */
    @FunctionalInterface
    non-sealed interface Of1 extends RowFunction {
        /** The results of one row. */
        Object apply(Tensor a);

        @Override
        default Object call(List<Tensor> row) {
            return apply(row.get(0));
        }

        @Override
        default int arity() {
            return 1;
        }
    }

    /** A function of two columns. */
    @FunctionalInterface
    non-sealed interface Of2 extends RowFunction {
        /** The results of one row. */
        Object apply(Tensor a, Tensor b);

        @Override
        default Object call(List<Tensor> row) {
            return apply(row.get(0), row.get(1));
        }

        @Override
        default int arity() {
            return 2;
        }
    }

    /** A function of three columns. */
    @FunctionalInterface
    non-sealed interface Of3 extends RowFunction {
        /** The results of one row. */
        Object apply(Tensor a, Tensor b, Tensor c);

        @Override
        default Object call(List<Tensor> row) {
            return apply(row.get(0), row.get(1), row.get(2));
        }

        @Override
        default int arity() {
            return 3;
        }
    }

    /** A function of four columns. */
    @FunctionalInterface
    non-sealed interface Of4 extends RowFunction {
        /** The results of one row. */
        Object apply(Tensor a, Tensor b, Tensor c, Tensor d);

        @Override
        default Object call(List<Tensor> row) {
            return apply(row.get(0), row.get(1), row.get(2), row.get(3));
        }

        @Override
        default int arity() {
            return 4;
        }
    }

    /** A function of five columns. */
    @FunctionalInterface
    non-sealed interface Of5 extends RowFunction {
        /** The results of one row. */
        Object apply(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e);

        @Override
        default Object call(List<Tensor> row) {
            return apply(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
        }

        @Override
        default int arity() {
            return 5;
        }
    }

    /** A function of six columns. */
    @FunctionalInterface
    non-sealed interface Of6 extends RowFunction {
        /** The results of one row. */
        Object apply(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, Tensor f);

        @Override
        default Object call(List<Tensor> row) {
            return apply(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5));
        }

        @Override
        default int arity() {
            return 6;
        }
    }
}
