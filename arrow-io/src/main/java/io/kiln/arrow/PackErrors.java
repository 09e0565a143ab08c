package io.kiln.arrow;

import io.kiln.core.DType;
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

    /**
     * A null among {@code count} elements of an array column.
     *
     * @param k the elements of a row
     * @param at the first element's place among those of the batch
     * @param firstRow the partition's row of the batch's first
     */
    static KilnException nullElement(
            String name, ColumnVector elements, int offset, int count, int k, long at, long firstRow) {
        int nulls = 0;
        int first = -1;
        for (int i = 0; i < count; i++) {
            if (elements.isNullAt(offset + i)) {
                first = first < 0 ? i : first;
                nulls++;
            }
        }
        long rows = (at + count - 1) / k - at / k + 1;
        return KilnException.user(
                "reading array column " + name + ": required no null elements, got " + nulls + " null"
                        + (nulls == 1 ? "" : "s") + " in " + rows + " rows, the first at element " + (at + first) % k
                        + " of " + row(firstRow + (at + first) / k),
                NULLS_FIX);
    }

    /** A null among the arrays of a row. */
    static KilnException nullArray(String name, long row) {
        return KilnException.user(
                "reading column " + name + " of nested arrays: required no null arrays, got one in " + row(row),
                NULLS_FIX);
    }

    /** What is wrong with an array whose length at a level of nesting is not that of the program's input. */
    static String lengthProblem(String name, PackedInput input, int level, int required, int length) {
        return "column " + name + " for an input of type " + input.row() + ": required " + required
                + " elements in every " + (level == 0 ? "row" : "array of level " + (level + 1)) + ", got " + length;
    }

    /** An array of another length than the program's input. */
    static KilnException length(String name, PackedInput input, int level, int required, int length, long row) {
        boolean longer = length > required;
        return KilnException.user(
                "reading array " + lengthProblem(name, input, level, required, length) + " in " + row(row),
                "make all arrays " + required + " long, or give the function an input of the arrays' length"
                        + (longer || level > 0
                                ? ""
                                : ", or fill shorter ones up with zeros: .pad(\"" + name + "\", " + required + ")"));
    }

    /** A vector of Spark ML that does not fill the program's input. */
    static KilnException vector(String problem, long row) {
        return KilnException.user(
                "reading vector " + problem + " in " + row(row),
                "make all vectors as long as the input, or give the function an input of their length");
    }

    /** A value outside the range of the program's input. */
    static KilnException doesNotFit(String name, ColumnVector column, DType dtype, long row) {
        return KilnException.user(
                "reading column " + name + " of type " + column.dataType().simpleString() + " for an input of " + dtype
                        + ": required values that fit, got one that does not in " + row(row),
                "give the function an input of a wider dtype, or bring the column into range");
    }

    private static String row(long row) {
        return "row " + row + " of partition " + TaskContext.getPartitionId() + " (rows are counted from 0)";
    }
}
