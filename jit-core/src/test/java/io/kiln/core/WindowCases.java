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
        return rows;
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
