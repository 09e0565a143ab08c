package io.kiln.core;

import static io.kiln.core.PrimitiveCases.dims;
import static io.kiln.core.PrimitiveCases.f64;
import static io.kiln.core.PrimitiveCases.row;

import java.util.List;
import org.apache.commons.numbers.complex.Complex;

/** Rows of sorts, of the largest elements, of bounds and of choices by a scalar. */
final class OrderingCases {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private OrderingCases() {}

    static List<PrimitiveCase> all() {
        HostArray x = f64(dims(2, 3), 3, -1, 2, 0.5, 7, -4);
        return List.of(
                row(
                        "sort",
                        new Sort(1, 1, true),
                        List.of(x),
                        "f64[2,3]",
                        "\"stablehlo.sort\"(%arg0) <{dimension = 1 : i64, is_stable = true}> ({",
                        -1,
                        2,
                        3,
                        -4,
                        0.5,
                        7),
                new PrimitiveCase(
                        "sort of two by the first along axis 0",
                        new Sort(0, 1, true),
                        List.of(x, f64(dims(2, 3), 1, 2, 3, 4, 5, 6)),
                        List.of("f64[2,3]", "f64[2,3]"),
                        "dimension = 0 : i64",
                        List.of(new double[] {0.5, -1, -4, 3, 7, 2}, new double[] {4, 2, 6, 1, 5, 3}),
                        true),
                row(
                                "sort by two keys",
                                new Sort(0, 2, false),
                                List.of(HostArray.of(true, false, true, false), HostArray.of(2, 9, -1, 3)),
                                "bool[4]",
                                "is_stable = false",
                                0,
                                0,
                                1,
                                1)
                        .and("i32[4]", 3, 9, -1, 2)
                        .flat(),
                row(
                                "sort of NaN and signed zeros, with their places",
                                new Sort(0, 1, true),
                                List.of(f64(NAN, 0.0, INF, -0.0, -INF), HostArray.of(0, 1, 2, 3, 4)),
                                "f64[5]",
                                "stablehlo.compare LT",
                                -INF,
                                0.0,
                                -0.0,
                                INF,
                                NAN)
                        .and("i32[5]", 4, 1, 3, 2, 0)
                        .flat(),
                row(
                                "sort of complex numbers",
                                new Sort(0, 1, true),
                                List.of(HostArray.ofComplex(
                                        ShapedArray.of(DType.C128, 3),
                                        i -> Complex.ofCartesian(i == 2 ? -1 : 2, 5 - 3 * i))),
                                "c128[3]",
                                "stablehlo.imag",
                                -1,
                                -1,
                                2,
                                2,
                                2,
                                5)
                        .flat(),
                row(
                                "sort of u64",
                                new Sort(0, 1, true),
                                List.of(HostArray.of(ShapedArray.of(DType.U64, 3), 0x1p63, 3, 4)),
                                "u64[3]",
                                "UNSIGNED",
                                3,
                                4,
                                0x1p63)
                        .flat(),
                row(
                                "top_k",
                                new TopK(2),
                                List.of(x),
                                "f64[2,2]",
                                "chlo.top_k(%arg0, k = 2) : tensor<2x3xf64> -> (tensor<2x2xf64>, tensor<2x2xi32>)",
                                3,
                                2,
                                7,
                                0.5)
                        .and("i32[2,2]", 0, 2, 1, 0),
                row(
                                "top_k of NaN and ties",
                                new TopK(4),
                                List.of(f64(1, NAN, 2, 2, INF)),
                                "f64[4]",
                                "k = 4",
                                NAN,
                                INF,
                                2,
                                2)
                        .and("i32[4]", 1, 4, 2, 3)
                        .flat(),
                row(
                                "top_k of u8",
                                new TopK(1),
                                List.of(HostArray.of(ShapedArray.of(DType.U8, 2, 2), 1, 200, 7, 7)),
                                "u8[2,1]",
                                "k = 1",
                                200,
                                7)
                        .and("i32[2,1]", 1, 0)
                        .flat(),
                row(
                        "clamp by scalars",
                        new Clamp(),
                        List.of(HostArray.scalar(-1.0), f64(-3, 0.5, 4, 0.9), HostArray.scalar(2.0)),
                        "f64[4]",
                        "stablehlo.clamp %arg0, %arg1, %arg2 : (tensor<f64>, tensor<4xf64>, tensor<f64>) ->"
                                + " tensor<4xf64>",
                        -1,
                        0.5,
                        2,
                        0.9),
                row(
                        "clamp by arrays, crossed at the end",
                        new Clamp(),
                        List.of(f64(-1, 1, 0, 5), f64(-3, 0.5, 4, 0.9), f64(2, 2, 3, 0.5)),
                        "f64[4]",
                        "stablehlo.clamp",
                        -1,
                        1,
                        3,
                        0.5),
                row(
                                "clamp of i32",
                                new Clamp(),
                                List.of(HostArray.scalar(0), HostArray.of(-3, 2, 9), HostArray.scalar(4)),
                                "i32[3]",
                                "stablehlo.clamp",
                                0,
                                2,
                                4)
                        .flat(),
                row(
                                "reduce_precision to f16",
                                new ReducePrecision(5, 10),
                                List.of(f64(1 + 0x1p-11, 1 + 0x1.8p-10, 65519.9, -65520, 0x1p-15, INF)),
                                "f64[6]",
                                "stablehlo.reduce_precision %arg0, format = e5m10 : tensor<6xf64>",
                                1,
                                1 + 0x1p-9,
                                65504,
                                -INF,
                                0,
                                INF)
                        .flat(),
                row(
                        "select by a scalar",
                        new Select(),
                        List.of(HostArray.scalar(false), f64(1, 2), f64(3, 4)),
                        "f64[2]",
                        "stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<2xf64>",
                        3,
                        4),
                row(
                                "reduce_xor",
                                new Reduce(Reduction.XOR, List.of(0)),
                                List.of(HostArray.of(12, 10, 1)),
                                "i32[]",
                                "stablehlo.reduce(%arg0 init: %0) applies stablehlo.xor across dimensions = [0]",
                                7)
                        .flat());
    }
}
