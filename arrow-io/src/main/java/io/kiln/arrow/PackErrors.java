package io.kiln.arrow;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.vectorized.ColumnVector;

/** The errors of rows that cannot be packed. Rows are counted from 0 in their partition; values are not shown. */
final class PackErrors {
    private static final String NULLS_FIX =
            "fill or filter the nulls first, or say nulls=nan, nulls=propagate or nulls=0 (any number)";

    private PackErrors() {}

    /** Nulls among {@code n} rows of a column; {@code row} is the partition's row of the first of them all. */
    static KilnException nulls(String name, ColumnVector column, int from, int n, long row) {
        int count = 0;
        int first = -1;
        for (int i = 0; i < n; i++) {
            if (column.isNullAt(from + i)) {
                first = first < 0 ? i : first;
                count++;
            }
        }
        return KilnException.user(
                "reading column " + name + ": required no nulls, got " + count + " null" + (count == 1 ? "" : "s")
                        + " in " + n + " rows, the first in " + row(row + first),
                NULLS_FIX);
    }

    /** A null among the elements of an array column. */
    static KilnException nullElement(String name, ColumnVector elements, int offset, int count, int k, long row) {
        int nulls = 0;
        int first = -1;
        for (int i = 0; i < count; i++) {
            if (elements.isNullAt(offset + i)) {
                first = first < 0 ? i : first;
                nulls++;
            }
        }
        return KilnException.user(
                "reading array column " + name + ": required no null elements, got " + nulls + " null"
                        + (nulls == 1 ? "" : "s") + " in " + count / k + " rows, the first at element " + first % k
                        + " of " + row(row + first / k),
                NULLS_FIX);
    }

    /** An array of another length than the program's input. */
    static KilnException length(String name, ShapedArray input, int length, long row) {
        return KilnException.user(
                "reading array column " + name + " for an input of type " + input + ": required " + input.elements()
                        + " elements in every row, got " + length + " in " + row(row),
                "make all arrays " + input.elements() + " long, or give the function an input of the arrays' length");
    }

    /** A value outside the range of the program's input. */
    static KilnException doesNotFit(String name, ColumnVector column, DType dtype, long row) {
        return KilnException.user(
                "reading column " + name + " of type " + column.dataType().simpleString() + " for an input of " + dtype
                        + ": required values that fit, got one that does not in " + row(row),
                "give the function an input of i64, or bring the column into range");
    }

    private static String row(long row) {
        return "row " + row + " of partition " + TaskContext.getPartitionId() + " (rows are counted from 0)";
    }
}
