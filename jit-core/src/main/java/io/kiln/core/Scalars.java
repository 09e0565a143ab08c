package io.kiln.core;

/** Functions of doubles that {@link Math} lacks: references of elementwise rows. */
final class Scalars {
    private static final double LOG_2 = Math.log(2);

    private Scalars() {}

    /** The inverse hyperbolic sine; the sign of a zero stays. */
    static double asinh(double x) {
        double a = Math.abs(x);
        // log1p of a form of sqrt(a^2 + 1) + a - 1 without cancellation; the square of a large a would overflow.
        double y = a > 0x1p30 ? Math.log(a) + LOG_2 : Math.log1p(a + a * a / (1 + Math.sqrt(a * a + 1)));
        return Math.copySign(y, x);
    }

    /** The inverse hyperbolic cosine; NaN below 1. */
    static double acosh(double x) {
        double t = x - 1;
        return x > 0x1p30 ? Math.log(x) + LOG_2 : Math.log1p(t + Math.sqrt(2 * t + t * t));
    }

    /** The inverse hyperbolic tangent; infinite at -1 and 1. */
    static double atanh(double x) {
        double a = Math.abs(x);
        return Math.copySign(Math.log1p(2 * a / (1 - a)) / 2, x);
    }

    /** The nearest integer, halves away from zero; the sign of a zero stays. */
    static double roundAway(double x) {
        double a = Math.abs(x);
        double down = Math.floor(a);
        return Math.copySign(a - down < 0.5 ? down : Math.ceil(a), x);
    }

    /** The float of {@code dtype} after {@code x} in the direction of {@code to}; {@code to} where they are equal. */
    static double nextAfter(double x, double to, DType dtype) {
        return switch (dtype) {
            case F64 -> Math.nextAfter(x, to);
            case F32 -> Math.nextAfter((float) x, to);
            case BF16 -> SmallFloat.fromBf16(nextBits(SmallFloat.toBf16((float) x), x, to));
            case F16 -> SmallFloat.fromF16(nextBits(SmallFloat.toF16((float) x), x, to));
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, C64, C128 -> Double.NaN;
        };
    }

    /** The 16 bits of the float after {@code x}, which has {@code bits}: floats of one sign are ordered as their bits. */
    private static int nextBits(int bits, double x, double to) {
        if (Double.isNaN(x) || Double.isNaN(to)) {
            return 0x7FFF;
        }
        if (x == to) {
            return to == 0 && Math.copySign(1, to) < 0 ? 0x8000 : to == 0 ? 0 : bits;
        }
        if (x == 0) {
            return to < 0 ? 0x8001 : 1;
        }
        return to > x == x > 0 ? bits + 1 : bits - 1;
    }
}
