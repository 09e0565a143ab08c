package io.kiln.arrow;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;

/** The numbers of a column of decimals: each is the nearest of its kind to the decimal, which is rounded once. */
final class DecimalValues {
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final double[] POWERS = new double[23];

    static {
        // Powers of ten up to 10^22 are doubles.
        POWERS[0] = 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = POWERS[i - 1] * 10;
        }
    }

    private DecimalValues() {}

    /** The values as doubles. */
    static double[] doubles(ColumnValues run) {
        DecimalType type = (DecimalType) run.column().dataType();
        double[] values = new double[run.n()];
        if (isLong(run, type)) {
            long[] unscaled = unscaled(run, type);
            for (int i = 0; i < values.length; i++) {
                values[i] = toDouble(unscaled[i], type.scale());
            }
            return values;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = run.isNull(i) ? 0 : value(run, type, i).doubleValue();
        }
        return values;
    }

    /** The values as floats. */
    static float[] floats(ColumnValues run) {
        DecimalType type = (DecimalType) run.column().dataType();
        float[] values = new float[run.n()];
        if (isLong(run, type)) {
            long[] unscaled = unscaled(run, type);
            for (int i = 0; i < values.length; i++) {
                values[i] = toFloat(unscaled[i], type.scale());
            }
            return values;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = run.isNull(i) ? 0 : value(run, type, i).floatValue();
        }
        return values;
    }

    /**
     * The values of a column without digits after the point.
     *
     * @param fits set to false where a value is no long
     */
    static long[] longs(ColumnValues run, boolean[] fits) {
        DecimalType type = (DecimalType) run.column().dataType();
        if (isLong(run, type)) {
            return unscaled(run, type);
        }
        long[] values = new long[run.n()];
        for (int i = 0; i < values.length; i++) {
            if (!run.isNull(i)) {
                BigInteger whole = value(run, type, i).toBigInteger();
                fits[i] = whole.compareTo(LONG_MIN) >= 0 && whole.compareTo(LONG_MAX) <= 0;
                values[i] = whole.longValue();
            }
        }
        return values;
    }

    private static BigDecimal value(ColumnValues run, DecimalType type, int i) {
        return run.column()
                .getDecimal(run.from() + i, type.precision(), type.scale())
                .toJavaBigDecimal();
    }

    /** Whether the vector is Spark's own, which keeps decimals of up to 18 digits as integers. */
    private static boolean isLong(ColumnValues run, DecimalType type) {
        return run.column() instanceof WritableColumnVector && type.precision() <= Decimal.MAX_LONG_DIGITS();
    }

    private static long[] unscaled(ColumnValues run, DecimalType type) {
        if (type.precision() > Decimal.MAX_INT_DIGITS()) {
            return run.longs();
        }
        int[] ints = run.ints();
        long[] values = new long[ints.length];
        for (int i = 0; i < ints.length; i++) {
            values[i] = ints[i];
        }
        return values;
    }

    static double toDouble(long unscaled, int scale) {
        // Both operands are exact, so the quotient is the nearest double.
        return Math.abs(unscaled) <= 1L << 53 && scale < POWERS.length
                ? unscaled / POWERS[scale]
                : BigDecimal.valueOf(unscaled, scale).doubleValue();
    }

    static float toFloat(long unscaled, int scale) {
        double near = toDouble(unscaled, scale);
        // The nearest double rounds to the nearest float unless it lies halfway between two of them.
        boolean halfway = (Double.doubleToRawLongBits(near) & (1L << 29) - 1) == 1L << 28;
        return halfway || Math.abs(near) < Float.MIN_NORMAL
                ? BigDecimal.valueOf(unscaled, scale).floatValue()
                : (float) near;
    }
}
