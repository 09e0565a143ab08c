package io.kiln.core;

import static io.kiln.core.PrimitiveCases.f64;
import static io.kiln.core.PrimitiveCases.row;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.apache.commons.numbers.complex.Complex;

/** Rows of the elementwise families: arithmetic, comparisons, conversions. */
final class ElementwiseCases {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[] POSITIVE = {0.3, 1.7, 2.5, 0.9};
    private static final double[] ANY = {-1.3, 0.4, 2.1, -0.2};
    private static final double[] OTHER = {0.7, -1.1, 1.9, -0.6};

    private ElementwiseCases() {}

    static List<PrimitiveCase> all() {
        List<PrimitiveCase> rows = new ArrayList<>(unaries());
        rows.addAll(binaries());
        rows.addAll(MathCases.all());
        return rows;
    }

    private static PrimitiveCase unary(Unary row, String hlo, double[] at, DoubleUnaryOperator oracle) {
        double[] expected = IntStream.range(0, at.length)
                .mapToDouble(i -> oracle.applyAsDouble(at[i]))
                .toArray();
        return row(
                row.mnemonic(),
                row,
                List.of(f64(at)),
                "f64[4]",
                "stablehlo." + hlo + " %arg0 : tensor<4xf64>",
                expected);
    }

    private static PrimitiveCase binary(Binary row, String hlo, double[] a, double[] b, DoubleBinaryOperator oracle) {
        double[] expected = IntStream.range(0, a.length)
                .mapToDouble(i -> oracle.applyAsDouble(a[i], b[i]))
                .toArray();
        return row(
                row.mnemonic(),
                row,
                List.of(f64(a), f64(b)),
                "f64[4]",
                "stablehlo." + hlo + " %arg0, %arg1 : tensor<4xf64>",
                expected);
    }

    private static HostArray complexNumbers() {
        return HostArray.ofComplex(ShapedArray.of(DType.C128, 3), i -> switch (i) {
            case 0 -> Complex.ofCartesian(3, 4);
            case 1 -> Complex.ofCartesian(0, -1);
            default -> Complex.ofCartesian(-1.5, 2);
        });
    }

    private static PrimitiveCase complex(String name, Unary row, String type, String hlo, double... expected) {
        String golden = "stablehlo." + hlo + " %arg0 : (tensor<3xcomplex<f64>>) -> tensor<3xf64>";
        return row(name, row, List.of(complexNumbers()), type, hlo.isEmpty() ? "stablehlo.sqrt" : golden, expected);
    }

    private static PrimitiveCase integers(Binary row, String hlo, int[] a, int[] b, double... expected) {
        return row(
                        row.mnemonic() + " of i32",
                        row,
                        List.of(HostArray.of(a), HostArray.of(b)),
                        "i32[" + a.length + "]",
                        "stablehlo." + hlo + " %arg0, %arg1 : tensor<" + a.length + "xi32>",
                        expected)
                .flat();
    }

    /** The divisor is made safe first, whatever its name is then. */
    private static PrimitiveCase divisions(Binary row, String hlo, int[] a, int[] b, double... expected) {
        PrimitiveCase made = integers(row, hlo, a, b, expected);
        return row(made.name(), row, made.ins(), made.types().get(0), "stablehlo." + hlo + " %arg0, %", expected)
                .flat();
    }

    private static PrimitiveCase compare(Compare row, String order, double... expected) {
        return row(
                        row.mnemonic(),
                        row,
                        List.of(f64(1, 2, 3, NAN), f64(2, 2, 1, NAN)),
                        "bool[4]",
                        "stablehlo.compare " + order
                                + ", %arg0, %arg1, FLOAT : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xi1>",
                        expected)
                .flat();
    }

    private static List<PrimitiveCase> unaries() {
        return List.of(
                unary(Unary.NEG, "negate", ANY, x -> -x),
                unary(Unary.EXP, "exponential", ANY, Math::exp),
                unary(Unary.EXPM1, "exponential_minus_one", ANY, x -> Math.exp(x) - 1),
                unary(Unary.LOG, "log", POSITIVE, Math::log),
                unary(Unary.LOG1P, "log_plus_one", POSITIVE, x -> Math.log(1 + x)),
                unary(Unary.TANH, "tanh", ANY, x -> (Math.exp(2 * x) - 1) / (Math.exp(2 * x) + 1)),
                unary(Unary.LOGISTIC, "logistic", ANY, x -> Math.exp(x) / (Math.exp(x) + 1)),
                unary(Unary.SQRT, "sqrt", POSITIVE, x -> Math.pow(x, 0.5)),
                unary(Unary.RSQRT, "rsqrt", POSITIVE, x -> Math.pow(x, -0.5)),
                unary(Unary.CBRT, "cbrt", POSITIVE, x -> Math.pow(x, 1 / 3.0)),
                unary(Unary.SIN, "sine", ANY, Math::sin),
                unary(Unary.COS, "cosine", ANY, Math::cos),
                unary(Unary.TAN, "tan", ANY, x -> Math.sin(x) / Math.cos(x)),
                unary(Unary.ABS, "abs", ANY, x -> x < 0 ? -x : x),
                unary(Unary.SIGN, "sign", ANY, x -> x < 0 ? -1 : 1),
                unary(Unary.FLOOR, "floor", ANY, x -> (int) (x + 10) - 10),
                unary(Unary.CEIL, "ceil", ANY, x -> 10 - (int) (10 - x)),
                unary(Unary.ROUND, "round_nearest_even", new double[] {0.5, 1.5, -2.5, 2.6}, x -> switch ((int)
                                (x * 10)) {
                            case 5 -> 0;
                            case 15 -> 2;
                            case -25 -> -2;
                            default -> 3;
                        })
                        .flat(),
                complex("abs of complex", Unary.ABS, "f64[3]", "abs", 5, 1, 2.5),
                complex("real", Unary.REAL, "f64[3]", "real", 3, 0, -1.5),
                complex("imag", Unary.IMAG, "f64[3]", "imag", 4, -1, 2),
                complex(
                        "square root of complex",
                        Unary.SQRT,
                        "c128[3]",
                        "",
                        2,
                        1,
                        Math.sqrt(0.5),
                        -Math.sqrt(0.5),
                        Math.sqrt(0.5),
                        Math.sqrt(2)),
                row(
                                "not of bool",
                                Unary.NOT,
                                List.of(HostArray.of(true, false)),
                                "bool[2]",
                                "stablehlo.not %arg0 : tensor<2xi1>",
                                0,
                                1)
                        .flat(),
                row(
                                "not of i32",
                                Unary.NOT,
                                List.of(HostArray.of(0, 7, -1)),
                                "i32[3]",
                                "stablehlo.not %arg0 : tensor<3xi32>",
                                -1,
                                -8,
                                0)
                        .flat(),
                row(
                                "is_finite",
                                Unary.IS_FINITE,
                                List.of(f64(1, INF, NAN)),
                                "bool[3]",
                                "stablehlo.is_finite %arg0 : (tensor<3xf64>) -> tensor<3xi1>",
                                1,
                                0,
                                0)
                        .flat(),
                row("stop_gradient", Unary.STOP_GRADIENT, List.of(f64(1, 2)), "f64[2]", "", 1, 2)
                        .flat(),
                row(
                        "select",
                        new Select(),
                        List.of(HostArray.of(true, false), f64(1, 2), f64(3, 4)),
                        "f64[2]",
                        "stablehlo.select %arg0, %arg1, %arg2 : tensor<2xi1>, tensor<2xf64>",
                        1,
                        4),
                row(
                        "convert f64 to f32",
                        new Convert(DType.F32),
                        List.of(f64(0.5, -2)),
                        "f32[2]",
                        "stablehlo.convert %arg0 : (tensor<2xf64>) -> tensor<2xf32>",
                        0.5,
                        -2),
                row(
                                "convert f64 to i32",
                                new Convert(DType.I32),
                                List.of(f64(2.9, -2.9)),
                                "i32[2]",
                                "stablehlo.convert %arg0 : (tensor<2xf64>) -> tensor<2xi32>",
                                2,
                                -2)
                        .flat(),
                row(
                                "convert i32 to bool",
                                new Convert(DType.BOOL),
                                List.of(HostArray.of(0, 5)),
                                "bool[2]",
                                "stablehlo.convert %arg0 : (tensor<2xi32>) -> tensor<2xi1>",
                                0,
                                1)
                        .flat(),
                row(
                                "bitcast_convert_type",
                                new BitcastConvert(DType.I32),
                                List.of(HostArray.of(1f, -0f)),
                                "i32[2]",
                                "stablehlo.bitcast_convert %arg0 : (tensor<2xf32>) -> tensor<2xi32>",
                                0x3F800000,
                                Integer.MIN_VALUE)
                        .flat());
    }

    private static List<PrimitiveCase> binaries() {
        return List.of(
                binary(Binary.ADD, "add", ANY, OTHER, (a, b) -> a + b),
                binary(Binary.SUB, "subtract", ANY, OTHER, (a, b) -> a - b),
                binary(Binary.MUL, "multiply", ANY, OTHER, (a, b) -> a * b),
                binary(Binary.DIV, "divide", ANY, OTHER, (a, b) -> a / b),
                binary(Binary.REM, "remainder", ANY, OTHER, (a, b) -> a - b * (int) (a / b)),
                binary(Binary.POW, "power", POSITIVE, OTHER, (a, b) -> Math.exp(b * Math.log(a))),
                binary(Binary.MAX, "maximum", ANY, OTHER, (a, b) -> a > b ? a : b),
                binary(Binary.MIN, "minimum", ANY, OTHER, (a, b) -> a < b ? a : b),
                binary(Binary.ATAN2, "atan2", POSITIVE, new double[] {1, 2, 3, 4}, (a, b) -> Math.atan(a / b)),
                divisions(Binary.DIV, "divide", new int[] {7, -7, 5}, new int[] {2, 2, 0}, 3, -3, -1),
                divisions(Binary.REM, "remainder", new int[] {7, -7, 5}, new int[] {2, 2, 0}, 1, -1, 5),
                integers(Binary.AND, "and", new int[] {12, -1}, new int[] {10, 6}, 8, 6),
                integers(Binary.OR, "or", new int[] {12, 1}, new int[] {10, 6}, 14, 7),
                integers(Binary.XOR, "xor", new int[] {12, 1}, new int[] {10, 6}, 6, 7),
                integers(
                        Binary.SHIFT_LEFT,
                        "shift_left",
                        new int[] {1, 3, 1},
                        new int[] {4, 31, 32},
                        16,
                        Integer.MIN_VALUE,
                        0),
                integers(
                        Binary.SHIFT_RIGHT_ARITHMETIC,
                        "shift_right_arithmetic",
                        new int[] {-16, 16, -1},
                        new int[] {2, 2, 40},
                        -4,
                        4,
                        -1),
                integers(
                        Binary.SHIFT_RIGHT_LOGICAL,
                        "shift_right_logical",
                        new int[] {-1, 16, -1},
                        new int[] {28, 2, 32},
                        15,
                        4,
                        0),
                compare(Compare.EQ, "EQ", 0, 1, 0, 0),
                compare(Compare.NE, "NE", 1, 0, 1, 1),
                compare(Compare.LT, "LT", 1, 0, 0, 0),
                compare(Compare.LE, "LE", 1, 1, 0, 0),
                compare(Compare.GT, "GT", 0, 0, 1, 0),
                compare(Compare.GE, "GE", 0, 1, 1, 0));
    }
}
