package io.kiln.jobs.cases.numerics;

import java.util.Optional;

/** The counterparts of the oracle's functions in Kiln's language, by the name of the case. */
public final class NumericsTable {
    private static final Rows ROWS = rows();

    private NumericsTable() {}

    private static Rows rows() {
        Rows rows = new Rows();
        Elementwise.addTo(rows);
        Shapes.addTo(rows);
        Reductions.addTo(rows);
        Products.addTo(rows);
        Activations.addTo(rows);
        ControlFlow.addTo(rows);
        Transforms.addTo(rows);
        Models.addTo(rows);
        Randomness.addTo(rows);
        NumpyRows.addTo(rows);
        IndexingRows.addTo(rows);
        WindowRows.addTo(rows);
        SlicedTransforms.addTo(rows);
        LinearAlgebra.addTo(rows);
        FourierRows.addTo(rows);
        return rows;
    }

    /** The row for a case of this name, if the table has one. */
    public static Optional<Row> find(String name) {
        return Optional.ofNullable(ROWS.find(name));
    }
}
