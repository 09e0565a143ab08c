package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/** The table of primitives: a row for each. A new primitive needs a row here; a test says so. */
final class PrimitiveCases {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private PrimitiveCases() {}

    static HostArray f64(double... values) {
        return HostArray.of(values);
    }

    static HostArray f64(int[] shape, double... values) {
        return HostArray.of(values).reshape(shape);
    }

    static HostArray range(int... shape) {
        ShapedArray aval = ShapedArray.of(DType.F64, shape);
        return HostArray.ofDoubles(aval, i -> 0.25 * i - 1.1 + 0.07 * (i % 3));
    }

    static int[] dims(int... dims) {
        return dims;
    }

    static PrimitiveCase row(
            String name, Primitive primitive, List<HostArray> ins, String type, String golden, double... expected) {
        return new PrimitiveCase(name, primitive, ins, List.of(type), golden, List.of(expected), true);
    }

    private static PrimitiveCase reduce(Reduction reduction, String hlo, double... expected) {
        return row(
                "reduce_" + hlo,
                new Reduce(reduction, List.of(1)),
                List.of(f64(dims(2, 3), 1, -2, 4, 0.5, 3, 2)),
                "f64[2]",
                "stablehlo.reduce(%arg0 init: %0) applies stablehlo." + hlo
                        + " across dimensions = [1] : (tensor<2x3xf64>, tensor<f64>) -> tensor<2xf64>",
                expected);
    }

    static List<PrimitiveCase> all() {
        List<PrimitiveCase> rows = new ArrayList<>();
        rows.addAll(ElementwiseCases.all());
        rows.addAll(shapes());
        rows.addAll(products());
        rows.addAll(ControlCases.all());
        rows.addAll(DTypeCases.all());
        rows.addAll(LinearAlgebraCases.all());
        rows.addAll(IndexingCases.all());
        rows.addAll(OrderingCases.all());
        rows.addAll(WindowCases.all());
        return rows;
    }

    private static List<PrimitiveCase> shapes() {
        return List.of(
                row(
                        "broadcast_in_dim",
                        new BroadcastInDim(List.of(2, 3), List.of(1)),
                        List.of(f64(1, 2, 3)),
                        "f64[2,3]",
                        "stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<3xf64>) -> tensor<2x3xf64>",
                        1,
                        2,
                        3,
                        1,
                        2,
                        3),
                row(
                        "broadcast_in_dim of a size 1",
                        new BroadcastInDim(List.of(2, 3), List.of(0, 1)),
                        List.of(f64(dims(2, 1), 5, 6)),
                        "f64[2,3]",
                        "stablehlo.broadcast_in_dim %arg0, dims = [0, 1] : (tensor<2x1xf64>) -> tensor<2x3xf64>",
                        5,
                        5,
                        5,
                        6,
                        6,
                        6),
                row(
                        "reshape",
                        new Reshape(List.of(3, 2)),
                        List.of(f64(dims(2, 3), 1, 2, 3, 4, 5, 6)),
                        "f64[3,2]",
                        "stablehlo.reshape %arg0 : (tensor<2x3xf64>) -> tensor<3x2xf64>",
                        1,
                        2,
                        3,
                        4,
                        5,
                        6),
                row(
                        "transpose",
                        new Transpose(List.of(1, 0)),
                        List.of(f64(dims(2, 3), 1, 2, 3, 4, 5, 6)),
                        "f64[3,2]",
                        "stablehlo.transpose %arg0, dims = [1, 0] : (tensor<2x3xf64>) -> tensor<3x2xf64>",
                        1,
                        4,
                        2,
                        5,
                        3,
                        6),
                row(
                        "slice",
                        new Slice(List.of(0, 1), List.of(2, 4), List.of(1, 2)),
                        List.of(f64(dims(2, 4), 1, 2, 3, 4, 5, 6, 7, 8)),
                        "f64[2,2]",
                        "stablehlo.slice %arg0 [0:2, 1:4:2] : (tensor<2x4xf64>) -> tensor<2x2xf64>",
                        2,
                        4,
                        6,
                        8),
                row(
                        "concatenate",
                        new Concatenate(0),
                        List.of(f64(1, 2), f64(3), f64(4, 5)),
                        "f64[5]",
                        "stablehlo.concatenate %arg0, %arg1, %arg2, dim = 0"
                                + " : (tensor<2xf64>, tensor<1xf64>, tensor<2xf64>) -> tensor<5xf64>",
                        1,
                        2,
                        3,
                        4,
                        5),
                row(
                                "iota",
                                new Iota(ShapedArray.of(DType.I32, 2, 3), 1),
                                List.of(),
                                "i32[2,3]",
                                "stablehlo.iota dim = 1 : tensor<2x3xi32>",
                                0,
                                1,
                                2,
                                0,
                                1,
                                2)
                        .flat(),
                row(
                        "pad",
                        new Pad(List.of(1), List.of(2), List.of(1)),
                        List.of(f64(1, 2, 3), HostArray.scalar(9.0)),
                        "f64[8]",
                        "stablehlo.pad %arg0, %arg1, low = [1], high = [2], interior = [1]"
                                + " : (tensor<3xf64>, tensor<f64>) -> tensor<8xf64>",
                        9,
                        1,
                        9,
                        2,
                        9,
                        3,
                        9,
                        9),
                row(
                        "pad by negative sizes",
                        new Pad(List.of(-1), List.of(1), List.of(0)),
                        List.of(f64(1, 2, 3), HostArray.scalar(9.0)),
                        "f64[3]",
                        "stablehlo.pad %arg0, %arg1, low = [-1], high = [1], interior = [0]"
                                + " : (tensor<3xf64>, tensor<f64>) -> tensor<3xf64>",
                        2,
                        3,
                        9),
                row(
                        "rev",
                        new Reverse(List.of(1)),
                        List.of(f64(dims(2, 3), 1, 2, 3, 4, 5, 6)),
                        "f64[2,3]",
                        "stablehlo.reverse %arg0, dims = [1] : tensor<2x3xf64>",
                        3,
                        2,
                        1,
                        6,
                        5,
                        4));
    }

    private static List<PrimitiveCase> products() {
        return List.of(
                reduce(Reduction.SUM, "add", 3, 5.5),
                reduce(Reduction.PROD, "multiply", -8, 3),
                reduce(Reduction.MAX, "maximum", 4, 3),
                reduce(Reduction.MIN, "minimum", -2, 0.5),
                row(
                                "reduce_and",
                                new Reduce(Reduction.AND, List.of(0)),
                                List.of(HostArray.of(true, true, false)),
                                "bool[]",
                                "stablehlo.reduce(%arg0 init: %0) applies stablehlo.and across dimensions = [0]"
                                        + " : (tensor<3xi1>, tensor<i1>) -> tensor<i1>",
                                0)
                        .flat(),
                row(
                                "reduce_or",
                                new Reduce(Reduction.OR, List.of(0)),
                                List.of(HostArray.of(true, true, false)),
                                "bool[]",
                                "stablehlo.reduce(%arg0 init: %0) applies stablehlo.or across dimensions = [0]"
                                        + " : (tensor<3xi1>, tensor<i1>) -> tensor<i1>",
                                1)
                        .flat(),
                row(
                        "reduce_prod over two axes with a zero",
                        new Reduce(Reduction.PROD, List.of(0, 1)),
                        List.of(f64(dims(2, 2), 2, 0, 3, 4)),
                        "f64[]",
                        "stablehlo.reduce(%arg0 init: %0) applies stablehlo.multiply across dimensions = [0, 1]"
                                + " : (tensor<2x2xf64>, tensor<f64>) -> tensor<f64>",
                        0),
                row(
                                "argmax",
                                new ArgReduce(true, 1),
                                List.of(f64(dims(3, 3), 1, 5, 5, NAN, 2, NAN, -1, -2, -INF)),
                                "i32[3]",
                                "stablehlo.reduce(%arg0 init: %1), (%0 init: %2) across dimensions = [1]",
                                1,
                                0,
                                0)
                        .flat(),
                row(
                                "argmin",
                                new ArgReduce(false, 0),
                                List.of(f64(3, -1, -1, 2)),
                                "i32[]",
                                "stablehlo.reduce(%arg0 init: %1), (%0 init: %2) across dimensions = [0]",
                                1)
                        .flat(),
                row(
                        "dot_general of matrices",
                        new DotGeneral(List.of(1), List.of(0), List.of(), List.of()),
                        List.of(f64(dims(2, 2), 1, 2, 3, 4), f64(dims(2, 3), 1, 0, 2, 0, 1, 3)),
                        "f64[2,3]",
                        "stablehlo.dot_general %arg0, %arg1, contracting_dims = [1] x [0]"
                                + " : (tensor<2x2xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>",
                        1,
                        2,
                        8,
                        3,
                        4,
                        18),
                row(
                        "dot_general with a batch and two contracting dimensions",
                        new DotGeneral(List.of(3, 1), List.of(0, 2), List.of(0), List.of(1)),
                        List.of(range(2, 3, 2, 2), range(2, 2, 3)),
                        "f64[2,2]",
                        "stablehlo.dot_general %arg0, %arg1, batching_dims = [0] x [1], contracting_dims = [3, 1] x"
                                + " [0, 2] : (tensor<2x3x2x2xf64>, tensor<2x2x3xf64>) -> tensor<2x2xf64>",
                        batchedDot(range(2, 3, 2, 2), range(2, 2, 3))));
    }

    /** out[b,i] = sum over k, m of x[b,m,i,k] y[k,b,m]. */
    private static double[] batchedDot(HostArray x, HostArray y) {
        double[] out = new double[4];
        for (int b = 0; b < 2; b++) {
            for (int i = 0; i < 2; i++) {
                for (int k = 0; k < 2; k++) {
                    for (int m = 0; m < 3; m++) {
                        out[b * 2 + i] += x.doubleAt(((b * 3 + m) * 2 + i) * 2 + k) * y.doubleAt((k * 2 + b) * 3 + m);
                    }
                }
            }
        }
        return out;
    }
}
