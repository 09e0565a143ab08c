package io.kiln.core;

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

    static List<PrimitiveCase> all() {
        HostArray x = HostArray.of(1.0, -2.0, 0.5);
        return List.of(
                new PrimitiveCase(
                        "cond, the first",
                        new Cond(List.of(square(), triple())),
                        List.of(HostArray.scalar(0), x),
                        List.of("f64[3]", "f64[]"),
                        "\"stablehlo.case\"(%arg0) ({",
                        List.of(new double[] {1, 4, 0.25}, new double[] {-0.5}),
                        true),
                new PrimitiveCase(
                        "cond, past the last",
                        new Cond(List.of(square(), triple())),
                        List.of(HostArray.scalar(7), x),
                        List.of("f64[3]", "f64[]"),
                        "\"stablehlo.case\"(%arg0) ({",
                        List.of(new double[] {3, -6, 1.5}, new double[] {1}),
                        true),
                new PrimitiveCase(
                        "call",
                        new Call("square", square()),
                        List.of(x),
                        List.of("f64[3]", "f64[]"),
                        "%0:2 = func.call @square(%arg0) : (tensor<3xf64>) -> (tensor<3xf64>, tensor<f64>)",
                        List.of(new double[] {1, 4, 0.25}, new double[] {-0.5}),
                        true),
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
