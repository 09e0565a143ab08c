package io.kiln.core;

import static io.kiln.core.PrimitiveCases.f64;
import static io.kiln.core.PrimitiveCases.row;

import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Rows of the functions of mathematics. The oracles are not the references of the rows: integrals by Simpson's rule, sums
 * with many terms, and closed forms.
 */
final class MathCases {
    private static final double[] UNIT = {-0.7, 0.4, 0.9, -0.2};
    private static final double[] REAL = {-1.3, 0.4, 2.1, -0.2};
    private static final double[] POSITIVE = {0.6, 1.7, 2.5, 3.9};

    private MathCases() {}

    private static PrimitiveCase chlo(Primitive row, double[] at, DoubleUnaryOperator oracle) {
        return function(row, "chlo." + row.mnemonic() + " %arg0 : tensor<4xf64> -> tensor<4xf64>", oracle, at);
    }

    private static PrimitiveCase function(Primitive row, String golden, DoubleUnaryOperator oracle, double... at) {
        double[] expected = DoubleStream.of(at).map(oracle).toArray();
        return row(row.mnemonic(), row, List.of(f64(at)), "f64[" + at.length + "]", golden, expected);
    }

    private static PrimitiveCase function2(
            Primitive row, String golden, double[] a, double[] b, DoubleBinaryOperator oracle) {
        double[] expected = IntStream.range(0, a.length)
                .mapToDouble(i -> oracle.applyAsDouble(a[i], b[i]))
                .toArray();
        return row(row.mnemonic(), row, List.of(f64(a), f64(b)), "f64[" + a.length + "]", golden, expected);
    }

    private static String called(String name, int operands) {
        String args = String.join(
                ", ", IntStream.range(0, operands).mapToObj(i -> "%arg" + i).toList());
        return "func.call @" + name + "(" + args + ")";
    }

    private static PrimitiveCase bits(Unary row, DType dtype, String hlo, double[] at, double... expected) {
        ShapedArray aval = ShapedArray.of(dtype, at.length);
        return row(
                        row.mnemonic() + " of " + dtype,
                        row,
                        List.of(HostArray.of(aval, at)),
                        aval.toString(),
                        "stablehlo." + hlo + " %arg0 : " + aval.mlir(),
                        expected)
                .flat();
    }

    private static PrimitiveCase power(int exponent, double[] at, String golden) {
        return function(new IntegerPow(exponent), golden, x -> Math.exp(exponent * Math.log(x)), at);
    }

    /** The integral of {@code f} from {@code from} to {@code to} by Simpson's rule. */
    private static double integral(DoubleUnaryOperator f, double from, double to) {
        int n = 60_000;
        double h = (to - from) / n;
        double sum = f.applyAsDouble(from) + f.applyAsDouble(to);
        for (int i = 1; i < n; i++) {
            sum += (i % 2 == 1 ? 4 : 2) * f.applyAsDouble(from + i * h);
        }
        return sum * h / 3;
    }

    private static double erf(double x) {
        return integral(t -> 2 / Math.sqrt(Math.PI) * Math.exp(-t * t), 0, x);
    }

    /** Bessel's integral of the modified function of order n, scaled by {@code exp(-|x|)}. */
    private static double bessel(int n, double x) {
        return integral(t -> Math.exp(x * Math.cos(t) - Math.abs(x)) * Math.cos(n * t), 0, Math.PI) / Math.PI;
    }

    /** The sum of {@code (q + k)^-s}, what is left after many terms as an integral. */
    private static double zeta(double s, double q) {
        int n = 100_000;
        double sum = 0;
        for (int k = n - 1; k >= 0; k--) {
            sum += Math.pow(q + k, -s);
        }
        double end = q + n;
        return sum + Math.pow(end, 1 - s) / (s - 1) + Math.pow(end, -s) / 2 + s * Math.pow(end, -s - 1) / 12;
    }

    /** P(a, x) for a natural number a: one minus a sum of Poisson probabilities. */
    private static double lowerGamma(double a, double x) {
        double term = Math.exp(-x);
        double sum = 0;
        for (int k = 0; k < a; k++) {
            sum += term;
            term *= x / (k + 1);
        }
        return 1 - sum;
    }

    /** The density of the gamma distribution of a natural shape. */
    private static double density(double a, double x) {
        double factorial = 1;
        for (int k = 2; k < a; k++) {
            factorial *= k;
        }
        return Math.pow(x, a - 1) * Math.exp(-x) / factorial;
    }

    /** The derivative of P(a, x) with respect to a, for a natural a, by its integral. */
    private static double lowerGammaByShape(double a, double x) {
        double digamma = -0.5772156649015329;
        for (int k = 1; k < a; k++) {
            digamma += 1.0 / k;
        }
        double psi = digamma;
        // With t = x exp(-u) the logarithm is smooth.
        return integral(
                u -> {
                    double t = x * Math.exp(-u);
                    return density(a, t) * t * (Math.log(t) - psi);
                },
                0,
                40);
    }

    static List<PrimitiveCase> all() {
        double[] shapes = {1, 2, 3, 6};
        double[] points = {0.5, 3, 1.2, 9};
        return List.of(
                chlo(Unary.ASIN, UNIT, x -> integral(t -> 1 / Math.sqrt(1 - t * t), 0, x)),
                chlo(Unary.ACOS, UNIT, x -> Math.PI / 2 - integral(t -> 1 / Math.sqrt(1 - t * t), 0, x)),
                chlo(Unary.ATAN, REAL, x -> integral(t -> 1 / (1 + t * t), 0, x)),
                chlo(Unary.SINH, REAL, x -> (Math.exp(x) - Math.exp(-x)) / 2),
                chlo(Unary.COSH, REAL, x -> (Math.exp(x) + Math.exp(-x)) / 2),
                chlo(Unary.ASINH, REAL, x -> Math.log(x + Math.sqrt(x * x + 1))),
                chlo(Unary.ACOSH, new double[] {1.1, 1.7, 2.5, 40}, x -> Math.log(x + Math.sqrt(x * x - 1))),
                chlo(Unary.ATANH, UNIT, x -> Math.log((1 + x) / (1 - x)) / 2),
                function(
                                Unary.ROUND_AWAY,
                                "stablehlo.round_nearest_afz %arg0",
                                x -> Math.rint(x * 1.01),
                                0.5,
                                1.5,
                                -2.5,
                                2.4)
                        .flat(),
                bits(Unary.POPULATION_COUNT, DType.I8, "popcnt", new double[] {0, 7, -1, -128}, 0, 3, 8, 1),
                bits(Unary.POPULATION_COUNT, DType.U64, "popcnt", new double[] {0, 5, 0x1p63}, 0, 2, 1),
                bits(Unary.COUNT_LEADING_ZEROS, DType.I16, "count_leading_zeros", new double[] {0, 1, -1}, 16, 15, 0),
                bits(
                        Unary.COUNT_LEADING_ZEROS,
                        DType.U32,
                        "count_leading_zeros",
                        new double[] {0, 255, 0x1p31},
                        32,
                        24,
                        0),
                power(3, POSITIVE, "stablehlo.multiply"),
                power(-2, POSITIVE, "stablehlo.divide"),
                power(0, POSITIVE, "stablehlo.constant dense<1.0> : tensor<4xf64>"),
                row(
                                "integer_pow of i8",
                                new IntegerPow(3),
                                List.of(HostArray.of(ShapedArray.of(DType.I8, 3), -2, 5, 100)),
                                "i8[3]",
                                "stablehlo.multiply %arg0, %arg0 : tensor<3xi8>",
                                -8,
                                125,
                                64)
                        .flat(),
                function2(
                                Binary.NEXTAFTER,
                                "chlo.next_after %arg0, %arg1 : tensor<3xf64>, tensor<3xf64> -> tensor<3xf64>",
                                new double[] {1, 1, 0},
                                new double[] {2, 0, 1},
                                (x, to) -> x == 0 ? Double.MIN_VALUE : x + (to - 1) * Math.ulp(to == 0 ? 0.5 : 1.0))
                        .flat(),
                chlo(SpecialFunction.ERF, REAL, MathCases::erf),
                chlo(SpecialFunction.ERFC, REAL, x -> 1 - erf(x)),
                function(
                        SpecialFunction.ERF_INV,
                        "chlo.erf_inv",
                        x -> x < 0 ? -0.3 : x > 0.5 ? 1.1 : 0.2,
                        erf(-0.3),
                        erf(1.1),
                        erf(0.2)),
                chlo(
                        SpecialFunction.LGAMMA,
                        POSITIVE,
                        x -> Math.log(integral(u -> Math.exp(x * u - Math.exp(u)), -60, 5))),
                function(
                        SpecialFunction.DIGAMMA,
                        "chlo.digamma",
                        x -> x == 0.5
                                ? -0.5772156649015329 - 2 * Math.log(2)
                                : -0.5772156649015329 + 1 + 1 / 2.0 + 1 / 3.0,
                        0.5,
                        4),
                function2(
                                SpecialFunction.POLYGAMMA,
                                "chlo.polygamma %arg0, %arg1 : tensor<3xf64>, tensor<3xf64> -> tensor<3xf64>",
                                new double[] {1, 2, 3},
                                new double[] {1, 0.5, 2.5},
                                (m, x) -> (m == 2 ? -2 : m == 3 ? 6 : 1) * zeta(m + 1, x))
                        .flat(),
                function2(
                                SpecialFunction.ZETA,
                                "chlo.zeta %arg0, %arg1",
                                new double[] {2, 3.5, 1.5},
                                new double[] {1, 0.5, 7},
                                MathCases::zeta)
                        .flat(),
                function(SpecialFunction.BESSEL_I0E, called("bessel_i0e", 1), x -> bessel(0, x), -1.3, 0.4, 7.9, 30),
                function(SpecialFunction.BESSEL_I1E, "chlo.bessel_i1e", x -> bessel(1, x), -1.3, 0.4, 7.9, 30),
                function2(SpecialFunction.IGAMMA, called("igamma", 2), shapes, points, MathCases::lowerGamma),
                function2(
                        SpecialFunction.IGAMMAC, called("igammac", 2), shapes, points, (a, x) -> 1 - lowerGamma(a, x)),
                function2(
                                SpecialFunction.IGAMMA_GRAD_A,
                                called("igamma_grad_a", 2),
                                shapes,
                                points,
                                MathCases::lowerGammaByShape)
                        .flat(),
                function2(
                                SpecialFunction.RANDOM_GAMMA_GRAD,
                                called("random_gamma_grad", 2),
                                shapes,
                                points,
                                (a, x) -> -lowerGammaByShape(a, x) / density(a, x))
                        .flat(),
                function2(
                        SpecialFunction.LOGADDEXP,
                        called("logaddexp", 2),
                        REAL,
                        POSITIVE,
                        (a, b) -> Math.log(Math.exp(a) + Math.exp(b))),
                function2(
                        SpecialFunction.LOGADDEXP2,
                        called("logaddexp2", 2),
                        REAL,
                        POSITIVE,
                        (a, b) -> Math.log(Math.pow(2, a) + Math.pow(2, b)) / Math.log(2)),
                function2(SpecialFunction.XLOGY, called("xlogy", 2), REAL, POSITIVE, (x, y) -> x * Math.log(y)),
                function2(SpecialFunction.XLOG1PY, called("xlog1py", 2), REAL, POSITIVE, (x, y) -> x * Math.log(1 + y)),
                function(SpecialFunction.XLOGX, called("xlogx", 1), x -> x * Math.log(x), POSITIVE),
                function(
                        SpecialFunction.LOG_NDTR,
                        called("log_ndtr", 1),
                        x -> Math.log((1 + erf(x * Math.sqrt(0.5))) / 2),
                        -1.3,
                        0.4,
                        2.1,
                        -0.2),
                function(
                        SpecialFunction.EXP1,
                        called("exp1", 1),
                        x -> integral(u -> Math.exp(-x * Math.exp(u)), 0, 8),
                        0.3,
                        1,
                        1.7,
                        12),
                // Less the logarithm and Euler's constant the integrand is smooth at 0.
                function(
                        SpecialFunction.EXPI,
                        called("expi", 1),
                        x -> 0.5772156649015329
                                + Math.log(Math.abs(x))
                                + integral(t -> t == 0 ? 1 : Math.expm1(t) / t, 0, x),
                        -0.5,
                        0.3,
                        2.5,
                        6),
                row(
                                "regularized_incomplete_beta",
                                SpecialFunction.REGULARIZED_INCOMPLETE_BETA,
                                List.of(f64(2, 1, 3), f64(3, 4, 1), f64(0.3, 0.7, 0.6)),
                                "f64[3]",
                                called("regularized_incomplete_beta", 3),
                                // Sums of binomial probabilities.
                                1 - Math.pow(0.7, 4) - 4 * 0.3 * Math.pow(0.7, 3),
                                1 - Math.pow(0.3, 4),
                                Math.pow(0.6, 3))
                        .flat());
    }
}
