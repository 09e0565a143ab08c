package io.kiln.arrow;

import java.util.List;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Where the elements of some rows of a column of arrays or binaries lie in its vector of elements or bytes. */
final class ArrayRows {
    private static final int NULL = -1;

    private final ColumnVector elements;
    private final int[] offsets;
    private final int[] lengths;

    /** No row yet: the factories below fill it in. */
    private ArrayRows(ColumnVector elements, int n) {
        this.elements = elements;
        this.offsets = new int[n];
        this.lengths = new int[n];
    }

    /** Rows {@code from} to {@code from + n} of an array column. */
    static ArrayRows of(ColumnVector column, int from, int n) {
        return switch (column) {
            case WritableColumnVector writable when !writable.hasDictionary() -> ofWritable(writable, from, n);
            case ArrowColumnVector arrow
            when arrow.getValueVector() instanceof ListVector list -> ofArrow(list, from, n);
            case ResultColumn result when !result.hasNull() -> ofResult(result, from, n);
            default -> {
                // Constants, binaries of a dictionary, and vectors of other engines, tell no offsets: their rows are
                // copied to a vector that does.
                KeptColumns copy = new KeptColumns(List.of(0), n);
                copy.append(new ColumnarBatch(new ColumnVector[] {column}, from + n), from, n);
                yield of(copy.columns(0)[0], 0, n);
            }
        };
    }

    private static ArrayRows ofWritable(WritableColumnVector column, int from, int n) {
        ArrayRows rows = new ArrayRows(column.getChild(0), n);
        for (int i = 0; i < n; i++) {
            if (column.isNullAt(from + i)) {
                rows.lengths[i] = NULL;
            } else {
                rows.offsets[i] = column.getArrayOffset(from + i);
                rows.lengths[i] = column.getArrayLength(from + i);
            }
        }
        return rows;
    }

    private static ArrayRows ofArrow(ListVector list, int from, int n) {
        ArrayRows rows = new ArrayRows(new ArrowColumnVector(list.getDataVector()), n);
        for (int i = 0; i < n; i++) {
            if (list.isNull(from + i)) {
                rows.lengths[i] = NULL;
            } else {
                rows.offsets[i] = list.getElementStartIndex(from + i);
                rows.lengths[i] = list.getElementEndIndex(from + i) - rows.offsets[i];
            }
        }
        return rows;
    }

    private static ArrayRows ofResult(ResultColumn column, int from, int n) {
        ArrayRows rows = new ArrayRows(column.getChild(0), n);
        for (int i = 0; i < n; i++) {
            rows.offsets[i] = (from + i) * column.length();
            rows.lengths[i] = column.length();
        }
        return rows;
    }

    /** The elements of all rows, one after the other. */
    ColumnVector elements() {
        return elements;
    }

    /** Whether row {@code i} is null. */
    boolean isNull(int i) {
        return lengths[i] == NULL;
    }

    /** The number of elements of row {@code i}, which is not null. */
    int length(int i) {
        return lengths[i];
    }

    /** The place in {@link #elements()} of the first element of row {@code i}. */
    int offset(int i) {
        return offsets[i];
    }
}
