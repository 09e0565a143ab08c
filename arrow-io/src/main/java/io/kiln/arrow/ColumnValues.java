package io.kiln.arrow;

import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;

/**
 * Runs of values of one column vector as Java arrays. What a null's slot is read as means nothing: whoever reads a run that may hold nulls
 * looks at them first or writes over them.
 *
 * @param column the vector
 * @param from the run's first row
 * @param n the rows of the run
 * @param mayHoldNulls whether some value of the run is null
 */
record ColumnValues(ColumnVector column, int from, int n, boolean mayHoldNulls) {
    /** Whether value {@code i} of the run is null. */
    boolean isNull(int i) {
        return mayHoldNulls && column.isNullAt(from + i);
    }

    /** Spark's own vectors step over nulls in their bulk getters; those of others need not. */
    private boolean bulk() {
        return !mayHoldNulls || column instanceof WritableColumnVector;
    }

    int[] booleans() {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = !isNull(i) && column.getBoolean(from + i) ? 1 : 0;
        }
        return values;
    }

    // The bulk getters of the narrow integers know no dictionary.
    int[] bytes() {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = isNull(i) ? 0 : column.getByte(from + i);
        }
        return values;
    }

    int[] unsignedBytes() {
        int[] values = bytes();
        for (int i = 0; i < n; i++) {
            values[i] &= 0xFF;
        }
        return values;
    }

    int[] shorts() {
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = isNull(i) ? 0 : column.getShort(from + i);
        }
        return values;
    }

    int[] ints() {
        if (bulk()) {
            return column.getInts(from, n);
        }
        int[] values = new int[n];
        for (int i = 0; i < n; i++) {
            values[i] = isNull(i) ? 0 : column.getInt(from + i);
        }
        return values;
    }

    long[] longs() {
        if (bulk()) {
            return column.getLongs(from, n);
        }
        long[] values = new long[n];
        for (int i = 0; i < n; i++) {
            values[i] = isNull(i) ? 0 : column.getLong(from + i);
        }
        return values;
    }

    float[] floats() {
        if (bulk()) {
            return column.getFloats(from, n);
        }
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = isNull(i) ? 0 : column.getFloat(from + i);
        }
        return values;
    }

    double[] doubles() {
        if (bulk()) {
            return column.getDoubles(from, n);
        }
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = isNull(i) ? 0 : column.getDouble(from + i);
        }
        return values;
    }
}
