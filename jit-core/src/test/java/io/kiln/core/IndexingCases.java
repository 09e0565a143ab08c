package io.kiln.core;

import static io.kiln.core.PrimitiveCases.dims;
import static io.kiln.core.PrimitiveCases.f64;
import static io.kiln.core.PrimitiveCases.row;

import java.util.ArrayList;
import java.util.List;

/** Rows of slices at traced starts, gathers and scatters. */
final class IndexingCases {
    private static final SliceAddressing ROWS = new SliceAddressing(List.of(1), List.of(0), List.of(0));
    private static final SliceAddressing ELEMENTS = new SliceAddressing(List.of(), List.of(0), List.of(0));

    private IndexingCases() {}

    private static HostArray column(int... indices) {
        return HostArray.of(indices).reshape(indices.length, 1);
    }

    private static PrimitiveCase scatter(
            String name, Scatter.Combine combine, boolean unique, String hlo, HostArray at, double... expected) {
        String region =
                hlo.isEmpty() ? "stablehlo.return %2 : tensor<f64>" : "stablehlo." + hlo + " %1, %2 : tensor<f64>";
        return row(
                name,
                new Scatter(combine, ELEMENTS, false, unique),
                List.of(f64(2, -1.5, 0, 4), at, f64(3, 0.5, -2, 1.25)),
                "f64[4]",
                region,
                expected);
    }

    static List<PrimitiveCase> all() {
        List<PrimitiveCase> rows = new ArrayList<>(slices());
        rows.addAll(gathers());
        rows.addAll(scatters());
        return rows;
    }

    private static List<PrimitiveCase> slices() {
        HostArray x = f64(dims(3, 4), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        return List.of(
                row(
                        "dynamic_slice",
                        new DynamicSlice(List.of(2, 2)),
                        List.of(x, HostArray.scalar(1), HostArray.scalar(1)),
                        "f64[2,2]",
                        "stablehlo.dynamic_slice %arg0, %arg1, %arg2, sizes = [2, 2]"
                                + " : (tensor<3x4xf64>, tensor<i32>, tensor<i32>) -> tensor<2x2xf64>",
                        6,
                        7,
                        10,
                        11),
                row(
                        "dynamic_slice from outside",
                        new DynamicSlice(List.of(2, 2)),
                        List.of(x, HostArray.scalar(7L), HostArray.scalar(-5L)),
                        "f64[2,2]",
                        "sizes = [2, 2]",
                        5,
                        6,
                        9,
                        10),
                row(
                        "dynamic_slice of a scalar",
                        new DynamicSlice(List.of()),
                        List.of(HostArray.scalar(3.0)),
                        "f64[]",
                        "stablehlo.dynamic_slice %arg0, sizes = [] : (tensor<f64>) -> tensor<f64>",
                        3),
                row(
                        "dynamic_update_slice",
                        new DynamicUpdateSlice(),
                        List.of(
                                f64(dims(2, 3), 1, 2, 3, 4, 5, 6),
                                f64(dims(1, 2), 8, 9),
                                HostArray.scalar(1),
                                HostArray.scalar(2)),
                        "f64[2,3]",
                        "stablehlo.dynamic_update_slice %arg0, %arg1, %arg2, %arg3"
                                + " : (tensor<2x3xf64>, tensor<1x2xf64>, tensor<i32>, tensor<i32>) -> tensor<2x3xf64>",
                        1,
                        2,
                        3,
                        4,
                        8,
                        9));
    }

    private static List<PrimitiveCase> gathers() {
        HostArray x = f64(dims(3, 2), 1, 2, 3, 4, 5, 6);
        return List.of(
                row(
                        "gather of rows, one from outside",
                        new Gather(ROWS, List.of(1, 2), false),
                        List.of(x, column(2, 0, 2, 9)),
                        "f64[4,2]",
                        "\"stablehlo.gather\"(%arg0, %arg1) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],"
                                + " collapsed_slice_dims = [0], operand_batching_dims = [], start_indices_batching_dims ="
                                + " [], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false,"
                                + " slice_sizes = array<i64: 1, 2>}> : (tensor<3x2xf64>, tensor<4x1xi32>) ->"
                                + " tensor<4x2xf64>",
                        5,
                        6,
                        1,
                        2,
                        5,
                        6,
                        5,
                        6),
                row(
                        "gather of windows at vectors of two components",
                        new Gather(new SliceAddressing(List.of(0, 2), List.of(), List.of(1, 0)), List.of(2, 1), false),
                        List.of(x, HostArray.of(1, 0, 0, 1, 1, -4).reshape(3, 2)),
                        "f64[2,3,1]",
                        "start_index_map = [1, 0]",
                        2,
                        3,
                        2,
                        4,
                        5,
                        4),
                row(
                        "gather of elements promised to be inside",
                        new Gather(ELEMENTS, List.of(1), false, true),
                        List.of(f64(1, 2, 3, 4, 5, 6), column(0, 3)),
                        "f64[2]",
                        "collapsed_slice_dims = [0]",
                        1,
                        4),
                row(
                        "gather along an axis with batching dimensions",
                        new Gather(Indexing.alongAxis(2, 1), List.of(1, 1), true),
                        List.of(x, HostArray.of(0, 1, 1, 1, 0, 0).reshape(3, 2, 1)),
                        "f64[3,2]",
                        "operand_batching_dims = [0], start_indices_batching_dims = [0], start_index_map = [1],"
                                + " index_vector_dim = 2>, indices_are_sorted = true",
                        1,
                        2,
                        4,
                        4,
                        5,
                        5));
    }

    private static List<PrimitiveCase> scatters() {
        HostArray twice = column(1, 3, 1, 9);
        HostArray once = column(1, 3, 0, 9);
        return List.of(
                scatter("scatter, the last wins", Scatter.Combine.SET, false, "", twice, 2, -2, 0, 0.5),
                scatter("scatter at unique indices", Scatter.Combine.SET, true, "", once, -2, 3, 0, 0.5),
                scatter("scatter_add", Scatter.Combine.ADD, false, "add", twice, 2, -0.5, 0, 4.5),
                scatter("scatter_mul", Scatter.Combine.MUL, false, "multiply", twice, 2, 9, 0, 2),
                scatter(
                        "scatter_mul with a zero",
                        Scatter.Combine.MUL,
                        false,
                        "multiply",
                        column(2, 3, 2, 3),
                        2,
                        -1.5,
                        0,
                        2.5),
                scatter("scatter_mul at unique indices", Scatter.Combine.MUL, true, "multiply", once, -4, -4.5, 0, 2),
                scatter("scatter_min", Scatter.Combine.MIN, false, "minimum", twice, 2, -2, 0, 0.5),
                scatter("scatter_max", Scatter.Combine.MAX, false, "maximum", twice, 2, 3, 0, 4),
                row(
                        "scatter_add of windows with batching dimensions",
                        new Scatter(
                                Scatter.Combine.ADD,
                                new SliceAddressing(List.of(1), List.of(), List.of(1), List.of(0), List.of(0)),
                                true,
                                true),
                        List.of(f64(dims(2, 3), 1, 2, 3, 4, 5, 6), column(1, 2), f64(dims(2, 2), 10, 20, 30, 40)),
                        "f64[2,3]",
                        "\"stablehlo.scatter\"(%arg0, %arg1, %arg2) <{indices_are_sorted = true,"
                                + " scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1],"
                                + " inserted_window_dims = [], input_batching_dims = [0], scatter_indices_batching_dims ="
                                + " [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 1>, unique_indices ="
                                + " true}> ({",
                        1,
                        12,
                        23,
                        4,
                        5,
                        6),
                row(
                                "scatter_max of u8",
                                new Scatter(Scatter.Combine.MAX, ELEMENTS, false, false),
                                List.of(
                                        HostArray.of(ShapedArray.of(DType.U8, 2), 3, 200),
                                        column(0, 1),
                                        HostArray.of(ShapedArray.of(DType.U8, 2), 250, 100)),
                                "u8[2]",
                                "stablehlo.maximum",
                                250,
                                200)
                        .flat());
    }
}
