package io.kiln.core;

import java.util.List;
import org.apache.commons.numbers.complex.Complex;

/** Rows of primitives whose rules depend on the dtype: complex numbers, small and unsigned types. */
final class DTypeCases {
    private DTypeCases() {}

    private static HostArray complex(double... parts) {
        return HostArray.ofComplex(
                ShapedArray.of(DType.C128, parts.length / 2), i -> Complex.ofCartesian(parts[2 * i], parts[2 * i + 1]));
    }

    private static HostArray of(DType dtype, double... values) {
        return HostArray.of(ShapedArray.of(dtype, values.length), values);
    }

    static List<PrimitiveCase> all() {
        return List.of(
                PrimitiveCases.row(
                        "complex",
                        new MakeComplex(),
                        List.of(of(DType.F64, 1, 2), of(DType.F64, 3, -4)),
                        "c128[2]",
                        "stablehlo.complex %arg0, %arg1 : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xcomplex<f64>>",
                        1,
                        3,
                        2,
                        -4),
                PrimitiveCases.row(
                        "mul of complex",
                        Binary.MUL,
                        List.of(complex(1, 2, 0, 1), complex(3, -1, 0, 1)),
                        "c128[2]",
                        "stablehlo.multiply %arg0, %arg1 : tensor<2xcomplex<f64>>",
                        5,
                        5,
                        -1,
                        0),
                PrimitiveCases.row(
                        "div of complex",
                        Binary.DIV,
                        List.of(complex(5, 5, -1, 0), complex(3, -1, 0, 1)),
                        "c128[2]",
                        "stablehlo.divide %arg0, %arg1 : tensor<2xcomplex<f64>>",
                        1,
                        2,
                        0,
                        1),
                PrimitiveCases.row(
                        "dot_general of complex",
                        new DotGeneral(List.of(0), List.of(0), List.of(), List.of()),
                        List.of(complex(1, 2, 0, 1), complex(3, -1, 0, 1)),
                        "c128[]",
                        "contracting_dims = [0] x [0]",
                        4,
                        5),
                PrimitiveCases.row(
                                "dot_general of i8 in i32",
                                new DotGeneral(List.of(0), List.of(0), List.of(), List.of(), DType.I32),
                                List.of(of(DType.I8, 100, 100, 7), of(DType.I8, 100, -50, 1)),
                                "i32[]",
                                "contracting_dims = [0] x [0] : (tensor<3xi8>, tensor<3xi8>) -> tensor<i32>",
                                5007)
                        .flat(),
                PrimitiveCases.row(
                        "reduce_sum of complex",
                        new Reduce(Reduction.SUM, List.of(0)),
                        List.of(complex(1, 2, 0, 1)),
                        "c128[]",
                        "applies stablehlo.add across dimensions = [0]",
                        1,
                        3),
                PrimitiveCases.row(
                                "reduce_max of u8",
                                new Reduce(Reduction.MAX, List.of(0)),
                                List.of(of(DType.U8, 3, 250, 7)),
                                "u8[]",
                                "stablehlo.constant dense<0> : tensor<ui8>",
                                250)
                        .flat(),
                PrimitiveCases.row(
                                "add of u8 wraps",
                                Binary.ADD,
                                List.of(of(DType.U8, 250), of(DType.U8, 10)),
                                "u8[1]",
                                "stablehlo.add %arg0, %arg1 : tensor<1xui8>",
                                4)
                        .flat(),
                PrimitiveCases.row(
                                "compare of u64",
                                Compare.GT,
                                List.of(of(DType.U64, 0x1p63, 1), of(DType.U64, 1, 0x1p63)),
                                "bool[2]",
                                "UNSIGNED",
                                1,
                                0)
                        .flat(),
                PrimitiveCases.row(
                                "convert c128 to f64",
                                new Convert(DType.F64),
                                List.of(complex(1, 2)),
                                "f64[1]",
                                "stablehlo.real %arg0 : (tensor<1xcomplex<f64>>) -> tensor<1xf64>",
                                1)
                        .flat(),
                PrimitiveCases.row(
                                "bitcast_convert_type to a smaller dtype",
                                new BitcastConvert(DType.U8),
                                List.of(of(DType.U32, 0x04030201)),
                                "u8[1,4]",
                                "stablehlo.bitcast_convert %arg0 : (tensor<1xui32>) -> tensor<1x4xui8>",
                                1,
                                2,
                                3,
                                4)
                        .flat(),
                PrimitiveCases.row(
                                "bitcast_convert_type to a larger dtype",
                                new BitcastConvert(DType.U16),
                                List.of(of(DType.U8, 1, 2)),
                                "u16[]",
                                "stablehlo.bitcast_convert %arg0 : (tensor<2xui8>) -> tensor<ui16>",
                                0x0201)
                        .flat());
    }
}
