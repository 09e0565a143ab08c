package io.kiln.core;

import org.apache.commons.numbers.gamma.Digamma;
import org.apache.commons.numbers.gamma.LogGamma;

/** The gamma function's relatives in plain Java: references of {@link SpecialFunction}. */
final class GammaReference {
    /** (2j)! / B_2j for j = 1, 2, ...: the divisors of the Euler-Maclaurin sum. */
    private static final double[] EULER_MACLAURIN = {
        12,
        -720,
        30240,
        -1209600,
        47900160,
        -1307674368000.0 / 691,
        74724249600.0,
        -10670622842880000.0 / 3617,
        5109094217170944000.0 / 43867,
        -802857662698291200000.0 / 174611,
        1.4101100039391804e22 / 77683,
        -1.6938241367317436e27 / 236364091
    };

    private GammaReference() {}

    /** log |gamma(x)|; infinite at the poles and at both infinities. */
    static double logGamma(double x) {
        if (Double.isNaN(x) || x == Double.POSITIVE_INFINITY) {
            return x;
        }
        if (x > 0) {
            return LogGamma.value(x);
        }
        // The reflection formula; the sine is taken of the distance to the nearest pole.
        return x == Math.rint(x)
                ? Double.POSITIVE_INFINITY
                : Math.log(Math.PI / Math.abs(Math.sin(Math.PI * (x - Math.rint(x))))) - LogGamma.value(1 - x);
    }

    /** The derivative of log gamma; NaN at the poles. */
    static double digamma(double x) {
        if (x > 0 || Double.isNaN(x)) {
            return Digamma.value(x);
        }
        return x == Math.rint(x) ? Double.NaN : Digamma.value(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.rint(x)));
    }

    /** The derivative of order {@code m} of digamma; NaN where m is no natural number. */
    static double polygamma(double m, double x) {
        if (m == 0) {
            return digamma(x);
        }
        if (!(m > 0) || m != Math.rint(m)) {
            return Double.NaN;
        }
        double sign = m % 2 == 0 ? -1 : 1;
        return sign * Math.exp(logGamma(m + 1)) * zeta(m + 1, x);
    }

    /** The Hurwitz zeta function by ten terms of its sum and the Euler-Maclaurin formula for the rest. */
    static double zeta(double s, double q) {
        if (s == 1) {
            return Double.POSITIVE_INFINITY;
        }
        boolean defined = s > 1 && (q > 0 || s == Math.rint(s));
        if (!defined) {
            return Double.NaN;
        }
        if (q <= 0 && q == Math.rint(q)) {
            return s % 2 == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        double sum = 0;
        double at = q;
        for (int k = 0; k < 10 || at < 10; k++, at++) {
            sum += Math.pow(at, -s);
        }
        double power = Math.pow(at, -s);
        sum += power * at / (s - 1) + power / 2;
        double rising = 1;
        for (int j = 0; j < EULER_MACLAURIN.length; j++) {
            rising *= s + 2 * j;
            power /= at;
            sum += rising * power / EULER_MACLAURIN[j];
            rising *= s + 2 * j + 1;
            power /= at;
        }
        return sum;
    }
}
