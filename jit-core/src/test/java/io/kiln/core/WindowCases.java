package io.kiln.core;

import static io.kiln.core.PrimitiveCases.range;
import static io.kiln.core.PrimitiveCases.row;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;

/** Rows of convolutions and of reductions over windows; the results are those of JAX 0.10.2 for the same operands. */
final class WindowCases {
    private static final ConvDimensions NCH = ConvDimensions.of("NCH", "OIH", "NCH");

    private WindowCases() {}

    static List<PrimitiveCase> all() {
        List<PrimitiveCase> rows = new ArrayList<>(convolutions());
        rows.addAll(convolutionsOfOtherDTypes());
        rows.addAll(pools());
        rows.addAll(reducers());
        return rows;
    }

    private static List<PrimitiveCase> pools() {
        Window dilated = new Window(List.of(1, 2), List.of(1, 0), List.of(0, 1), List.of(2, 1), List.of(1, 2));
        Window moved = Window.of(2).withStrides(List.of(1, 2)).withPadding(List.of(1, 0), List.of(0, 1));
        HostArray same = HostArray.of(1.0, 3.0, 3.0, Double.NaN, 2.0, -1.0);
        return List.of(
                row(
                        "reduce_window_sum with dilations",
                        new ReduceWindow(Reduction.SUM, List.of(2, 2), dilated),
                        List.of(range(3, 4)),
                        "f64[5,2]",
                        "<{base_dilations = array<i64: 2, 1>, padding = dense<[[1, 0], [0, 1]]> : tensor<2x2xi64>,"
                                + " window_dilations = array<i64: 1, 2>, window_dimensions = array<i64: 2, 2>,"
                                + " window_strides = array<i64: 1, 2>}> ({",
                        -1.56,
                        -0.46,
                        -1.56,
                        -0.46,
                        0.37,
                        0.4,
                        0.37,
                        0.4,
                        2.51,
                        1.47),
                row(
                        "reduce_window_prod",
                        new ReduceWindow(
                                Reduction.PROD,
                                List.of(2),
                                Window.of(1).withStrides(List.of(2)).withPadding(List.of(1), List.of(0))),
                        List.of(range(5)),
                        "f64[3]",
                        "stablehlo.multiply",
                        -1.1,
                        0.3588,
                        0.0105),
                row(
                        "reduce_window_max",
                        new ReduceWindow(Reduction.MAX, List.of(2, 2), moved),
                        List.of(range(3, 3)),
                        "f64[3,2]",
                        "stablehlo.maximum",
                        -0.78,
                        -0.46,
                        -0.03,
                        0.29,
                        0.72,
                        1.04),
                row(
                        "reduce_window_min with dilations",
                        new ReduceWindow(Reduction.MIN, List.of(2, 2), dilated),
                        List.of(range(3, 4)),
                        "f64[5,2]",
                        "stablehlo.minimum",
                        -1.1,
                        -0.46,
                        -1.1,
                        -0.46,
                        -0.03,
                        0.4,
                        -0.03,
                        0.4,
                        1.04,
                        1.47),
                row(
                                "reduce_window_or",
                                new ReduceWindow(Reduction.OR, List.of(2), Window.of(1)),
                                List.of(HostArray.of(false, false, true)),
                                "bool[2]",
                                "stablehlo.or",
                                0,
                                1)
                        .flat(),
                row(
                                "argmax_window of ties and NaN",
                                new ArgReduceWindow(true, List.of(2), Window.of(1)),
                                List.of(same),
                                "i32[5]",
                                "\"stablehlo.reduce_window\"(%arg0, %1, %2, %3)",
                                1,
                                1,
                                3,
                                3,
                                4)
                        .flat(),
                row(
                                "argmin_window of padding only",
                                new ArgReduceWindow(
                                        false, List.of(1), Window.of(1).withPadding(List.of(1), List.of(0))),
                                List.of(HostArray.of(4, 7)),
                                "i32[3]",
                                "dense<2147483647> : tensor<i32>",
                                Integer.MAX_VALUE,
                                0,
                                1)
                        .flat());
    }

    /** The larger of two values with its place, or the smaller place of equal ones. */
    private static List<Tensor> larger(Tensor a, Tensor i, Tensor b, Tensor j) {
        Tensor left = a.greaterThan(b).or(a.equalTo(b).and(i.lessThan(j)));
        return List.of(Tensor.where(left, a, b), Tensor.where(left, i, j));
    }

    private static List<PrimitiveCase> reducers() {
        ShapedArray f64 = ShapedArray.of(DType.F64);
        ShapedArray i32 = ShapedArray.of(DType.I32);
        Program larger =
                Replay.program(x -> larger(x.get(0), x.get(1), x.get(2), x.get(3)), List.of(f64, i32, f64, i32));
        Program sumOfProducts = Replay.program(
                x -> List.of(x.get(0).times(x.get(2)), x.get(1).times(x.get(2)).plus(x.get(3))),
                List.of(f64, f64, f64, f64));
        return List.of(
                row(
                                "reduce of pairs",
                                new ReduceProgram(larger, List.of(1)),
                                List.of(
                                        HostArray.of(1.0, 5, 5, -2, -3, -2).reshape(2, 3),
                                        HostArray.of(0, 1, 2, 0, 1, 2).reshape(2, 3),
                                        HostArray.scalar(Double.NEGATIVE_INFINITY),
                                        HostArray.scalar(99)),
                                "f64[2]",
                                "\"stablehlo.reduce\"(%arg0, %arg1, %arg2, %arg3) <{dimensions = array<i64: 1>}> ({",
                                5,
                                -2)
                        .and("i32[2]", 1, 0)
                        .flat(),
                row(
                                "reduce of linear functions composed",
                                new ReduceProgram(sumOfProducts, List.of(0)),
                                List.of(
                                        HostArray.of(2.0, 3, -1),
                                        HostArray.of(1.0, 0.5, 4),
                                        HostArray.scalar(1.0),
                                        HostArray.scalar(0.0)),
                                "f64[]",
                                "stablehlo.multiply",
                                -6)
                        .and("f64[]", 0.5));
    }

    private static Window line(int stride, int low, int high) {
        return Window.of(1).withStrides(List.of(stride)).withPadding(List.of(low), List.of(high));
    }

    private static List<PrimitiveCase> convolutions() {
        Window dilated = new Window(List.of(1, 2), List.of(1, -1), List.of(-1, 2), List.of(2, 1), List.of(1, 2));
        return List.of(
                row(
                        "conv with a stride and padding",
                        new Conv(line(2, 1, 2), NCH, 1, 1, null),
                        List.of(range(2, 2, 5), range(3, 2, 3)),
                        "f64[2,3,3]",
                        "stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, f, 0]x[o, i, 0]->[b, f, 0],"
                                + " window = {stride = [2], pad = [[1, 2]], lhs_dilate = [1], rhs_dilate = [1]}"
                                + " {batch_group_count = 1 : i64, feature_group_count = 1 : i64}"
                                + " : (tensor<2x2x5xf64>, tensor<3x2x3xf64>) -> tensor<2x3x3xf64>",
                        1.3241,
                        1.5178,
                        0.0099,
                        -0.4609,
                        2.3728,
                        2.7249,
                        -2.2459,
                        3.2278,
                        5.4399,
                        -1.1882,
                        -4.6244,
                        -5.7248,
                        12.1318,
                        18.7306,
                        12.0952,
                        25.4518,
                        42.0856,
                        29.9152),
                row(
                        "conv of images with dilations and negative padding",
                        new Conv(dilated, ConvDimensions.of("NHWC", "HWIO", "NHWC"), 1, 1, null),
                        List.of(range(1, 3, 3, 2), range(2, 2, 2, 1)),
                        "f64[1,4,1,1]",
                        "dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 2],"
                                + " pad = [[1, -1], [-1, 2]], lhs_dilate = [2, 1], rhs_dilate = [1, 2]}",
                        -0.0877,
                        0.779,
                        0.3023,
                        -2.041),
                row(
                        "conv in groups of features",
                        new Conv(line(1, 0, 1), NCH, 2, 1, null),
                        List.of(range(1, 4, 3), range(4, 2, 2)),
                        "f64[1,4,3]",
                        "feature_group_count = 2 : i64",
                        1.9899,
                        1.1291,
                        0.3726,
                        -0.3548,
                        0.0868,
                        0.1298,
                        5.5658,
                        7.3098,
                        3.7129,
                        9.1749,
                        12.1541,
                        6.5226),
                row(
                        "conv in groups of the batch",
                        new Conv(line(1, 0, 0), NCH, 1, 2, null),
                        List.of(range(4, 1, 3), range(4, 1, 2)),
                        "f64[2,4,2]",
                        "batch_group_count = 2 : i64",
                        1.8184,
                        1.2168,
                        0.779,
                        0.5198,
                        0.1968,
                        0.28,
                        0.6784,
                        1.0368,
                        0.4084,
                        -0.1932,
                        0.1715,
                        -0.0877,
                        0.3918,
                        0.475,
                        1.5184,
                        1.8768),
                row(
                        "conv without space",
                        new Conv(Window.of(0), ConvDimensions.of("NC", "IO", "NC"), 1, 1, null),
                        List.of(range(2, 3), range(3, 2)),
                        "f64[2,2]",
                        "dim_numbers = [b, f]x[i, o]->[b, f]",
                        1.5826,
                        0.9976,
                        0.3901,
                        0.3676));
    }

    private static List<PrimitiveCase> convolutionsOfOtherDTypes() {
        HostArray x = HostArray.ofComplex(ShapedArray.of(DType.C128, 1, 1, 2), i -> Complex.ofCartesian(1 + i, 2));
        HostArray kernel = HostArray.ofComplex(ShapedArray.of(DType.C128, 1, 1, 1), i -> Complex.ofCartesian(0, 3));
        return List.of(
                row(
                        "conv of complex numbers",
                        new Conv(Window.of(1), NCH, 1, 1, null),
                        List.of(x, kernel),
                        "c128[1,1,2]",
                        "stablehlo.complex",
                        -6,
                        3,
                        -6,
                        6),
                row(
                                "conv of i8 in i32",
                                new Conv(Window.of(1), NCH, 1, 1, DType.I32),
                                List.of(
                                        HostArray.of(ShapedArray.of(DType.I8, 1, 1, 3), 100, -100, 50),
                                        HostArray.of(ShapedArray.of(DType.I8, 1, 1, 2), 100, 3)),
                                "i32[1,1,2]",
                                "-> tensor<1x1x2xi32>",
                                9700,
                                -9850)
                        .flat());
    }
}
