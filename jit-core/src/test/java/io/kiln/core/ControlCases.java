package io.kiln.core;

import java.util.Arrays;
import java.util.List;

/** The rows of {@link PrimitiveCases} for primitives that carry programs. */
final class ControlCases {
    private static final ShapedArray F64 = ShapedArray.of(DType.F64);
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F64, 3);

    private ControlCases() {}

    static Program square() {
        return Replay.program(x -> List.of(x.get(0).times(x.get(0)), x.get(0).sum()), List.of(VECTOR));
    }

    static Program triple() {
        return Replay.program(x -> List.of(x.get(0).times(3), x.get(0).max()), List.of(VECTOR));
    }

    /** Takes a limit, a factor, and a carry of a counter and a value, which it multiplies until it is past the limit. */
    static While power() {
        ShapedArray count = ShapedArray.of(DType.I32);
        Program cond = Replay.program(
                x -> List.of(x.get(2).lessThan(x.get(0)).and(x.get(1).lessThan(10))), List.of(F64, count, F64));
        Program body =
                Replay.program(x -> List.of(x.get(1).plus(1), x.get(2).times(x.get(0))), List.of(F64, count, F64));
        return new While(cond, 1, body, 1);
    }

    /** Takes a factor, a carry of a count and a sum, and x: adds x times the factor times the sum; y is the count times the sum. */
    static Scan recurrence(int length, boolean reverse, int unroll) {
        Program body = Replay.program(
                in -> {
                    Tensor sum = in.get(2)
                            .plus(in.get(3).times(in.get(0)).times(in.get(2).sin()));
                    return List.of(
                            in.get(1).plus(1), sum, in.get(1).convert(DType.F64).times(sum));
                },
                List.of(F64, ShapedArray.of(DType.I32), F64, F64));
        return new Scan(body, length, 1, 2, reverse, unroll);
    }

    private static PrimitiveCase scan(String name, int length, boolean reverse, int unroll, String golden) {
        double[] xs = {0.3, -0.4, 0.7, 1.1, -0.2};
        double sum = 0.8;
        double[] ys = new double[length];
        for (int k = 0; k < length; k++) {
            int at = reverse ? length - 1 - k : k;
            sum += xs[at] * 1.5 * Math.sin(sum);
            ys[at] = (k + 2) * sum;
        }
        return new PrimitiveCase(
                name,
                recurrence(length, reverse, unroll),
                List.of(
                        HostArray.scalar(1.5),
                        HostArray.scalar(2),
                        HostArray.scalar(0.8),
                        HostArray.of(Arrays.copyOf(xs, length))),
                List.of("i32[]", "f64[]", "f64[" + length + "]"),
                golden,
                List.of(new double[] {2 + length}, new double[] {sum}, ys),
                true);
    }

    private static PrimitiveCase remat(String name, boolean differentiated, String golden) {
        return new PrimitiveCase(
                name,
                new Remat(square(), differentiated),
                List.of(HostArray.of(1.0, -2.0, 0.5)),
                List.of("f64[3]", "f64[]"),
                golden,
                List.of(new double[] {1, 4, 0.25}, new double[] {-0.5}),
                true);
    }

    /** A scalar times a vector. */
    private static CustomJvp customJvp() {
        return new CustomJvp(
                "scale",
                0,
                Replay.program(in -> List.of(scaled(in.get(0), in.get(1))), List.of(F64, VECTOR)),
                Replay.program(
                        in -> List.of(
                                scaled(in.get(0), in.get(1)),
                                scaled(in.get(0), in.get(3)).plus(scaled(in.get(2), in.get(1)))),
                        List.of(F64, VECTOR, F64, VECTOR)));
    }

    /** The vector times two scalars, of which the first is captured; the residual of the backward rule is the vector. */
    private static CustomVjp customVjp() {
        List<ShapedArray> ins = List.of(F64, VECTOR, F64);
        return new CustomVjp(
                "scale",
                1,
                Replay.program(in -> List.of(scaled(in.get(0).times(in.get(2)), in.get(1))), ins),
                Replay.program(in -> List.of(scaled(in.get(0).times(in.get(2)), in.get(1)), in.get(1), in.get(2)), ins),
                Replay.program(
                        in -> List.of(
                                scaled(in.get(0).times(in.get(2)), in.get(3)),
                                in.get(1).times(in.get(3)).sum().times(in.get(0))),
                        List.of(F64, VECTOR, F64, VECTOR)));
    }

    private static Tensor scaled(Tensor by, Tensor x) {
        return by.broadcastTo(3).times(x);
    }

    static List<PrimitiveCase> all() {
        HostArray x = HostArray.of(1.0, -2.0, 0.5);
        return List.of(
                new PrimitiveCase(
                        "cond, the first",
                        new Cond(List.of(square(), triple())),
                        List.of(HostArray.scalar(0), x),
                        List.of("f64[3]", "f64[]"),
                        "%2 = stablehlo.clamp %0, %arg0, %1 : tensor<i32>\n%3:2 = \"stablehlo.case\"(%2) ({",
                        List.of(new double[] {1, 4, 0.25}, new double[] {-0.5}),
                        true),
                new PrimitiveCase(
                        "cond, past the last",
                        new Cond(List.of(square(), triple())),
                        List.of(HostArray.scalar(7), x),
                        List.of("f64[3]", "f64[]"),
                        "%2 = stablehlo.clamp %0, %arg0, %1 : tensor<i32>\n%3:2 = \"stablehlo.case\"(%2) ({",
                        List.of(new double[] {3, -6, 1.5}, new double[] {1}),
                        true),
                new PrimitiveCase(
                        "cond, before the first",
                        new Cond(List.of(square(), triple())),
                        List.of(HostArray.scalar(-1), x),
                        List.of("f64[3]", "f64[]"),
                        "\"stablehlo.case\"(%2) ({",
                        List.of(new double[] {1, 4, 0.25}, new double[] {-0.5}),
                        true),
                new PrimitiveCase(
                        "call",
                        new Call("square", square()),
                        List.of(x),
                        List.of("f64[3]", "f64[]"),
                        "%0:2 = func.call @square(%arg0) : (tensor<3xf64>) -> (tensor<3xf64>, tensor<f64>)",
                        List.of(new double[] {1, 4, 0.25}, new double[] {-0.5}),
                        true),
                scan(
                        "scan",
                        5,
                        false,
                        1,
                        "stablehlo.compare LT, %3, %10, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>"),
                scan("scan in reverse", 4, true, 1, "stablehlo.subtract %12, %3 : tensor<i32>"),
                scan("scan, two at a time", 5, false, 2, "stablehlo.while("),
                scan("scan without a loop", 3, true, 3, "stablehlo.dynamic_slice %arg3, "),
                scan(
                        "scan of nothing",
                        0,
                        false,
                        1,
                        "stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f64>) -> tensor<0xf64>"),
                remat("checkpoint", false, "stablehlo.multiply %arg0, %arg0 : tensor<3xf64>"),
                remat("checkpoint on the way back", true, "stablehlo.optimization_barrier %arg0 : tensor<3xf64>"),
                new PrimitiveCase(
                        "custom_jvp_call",
                        customJvp(),
                        List.of(HostArray.scalar(3.0), x),
                        List.of("f64[3]"),
                        "stablehlo.multiply %0, %arg1 : tensor<3xf64>",
                        List.of(new double[] {3, -6, 1.5}),
                        true),
                new PrimitiveCase(
                                "custom_vjp_call",
                                customVjp(),
                                List.of(HostArray.scalar(3.0), x, HostArray.scalar(2.0)),
                                List.of("f64[3]"),
                                "stablehlo.multiply %1, %arg1 : tensor<3xf64>",
                                List.of(new double[] {6, -12, 3}),
                                true)
                        .flat(),
                new PrimitiveCase(
                        "while",
                        power(),
                        List.of(
                                HostArray.scalar(100.0),
                                HostArray.scalar(3.0),
                                HostArray.scalar(0),
                                HostArray.scalar(2.0)),
                        List.of("i32[]", "f64[]"),
                        "stablehlo.while(%0 = %arg0, %1 = %arg1, %2 = %arg2, %3 = %arg3)"
                                + " : tensor<f64>, tensor<f64>, tensor<i32>, tensor<f64>",
                        List.of(new double[] {4}, new double[] {162}),
                        false));
    }
}
