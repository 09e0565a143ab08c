package io.kiln.core;

import io.kiln.linalg.Linalg;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.commons.numbers.complex.Complex;

/** Rows of the matrix factorizations, the triangular solves and the Fourier transforms. */
final class LinearAlgebraCases {
    /** A lower triangular matrix with a unit upper one above, so that what must not be read is there. */
    private static final double[] TRIANGLE = {2, 9, 1, 4};

    private LinearAlgebraCases() {}

    private static HostArray complex(int[] shape, double... parts) {
        return HostArray.ofComplex(
                ShapedArray.of(DType.C128, shape), i -> Complex.ofCartesian(parts[2 * i], parts[2 * i + 1]));
    }

    private static HostArray f64(int[] shape, double... values) {
        return HostArray.of(values).reshape(shape);
    }

    private static int[] dims(int... dims) {
        return dims;
    }

    static List<PrimitiveCase> all() {
        List<PrimitiveCase> rows = new ArrayList<>(factorizations());
        rows.addAll(solves());
        rows.addAll(transforms());
        rows.addAll(programs());
        return rows;
    }

    private static List<PrimitiveCase> factorizations() {
        return List.of(
                // [[2,0],[1,3]] times its transpose; what stands above the diagonal is not read.
                PrimitiveCases.row(
                        "cholesky",
                        new Cholesky(),
                        List.of(f64(dims(2, 2), 4, 77, 2, 10)),
                        "f64[2,2]",
                        "stablehlo.cholesky %arg0, lower = true : tensor<2x2xf64>",
                        2,
                        0,
                        1,
                        3),
                PrimitiveCases.row(
                        "cholesky of a batch",
                        new Cholesky(),
                        List.of(f64(dims(2, 1, 1), 4, 9)),
                        "f64[2,1,1]",
                        "stablehlo.cholesky %arg0, lower = true : tensor<2x1x1xf64>",
                        2,
                        3),
                PrimitiveCases.row(
                                "cholesky of what is not positive definite",
                                new Cholesky(),
                                List.of(f64(dims(2, 2), 1, 2, 2, 1)),
                                "f64[2,2]",
                                "stablehlo.select",
                                Double.NaN,
                                0,
                                Double.NaN,
                                Double.NaN)
                        .flat(),
                PrimitiveCases.row(
                                "cholesky of nothing",
                                new Cholesky(),
                                List.of(f64(dims(0, 0))),
                                "f64[0,0]",
                                "stablehlo.cholesky")
                        .flat(),
                // [[1,0],[2-i,3]] times its conjugate transpose.
                PrimitiveCases.row(
                        "cholesky of complex",
                        new Cholesky(),
                        List.of(complex(dims(2, 2), 1, 0, 8, 8, 2, -1, 14, 0)),
                        "c128[2,2]",
                        "stablehlo.cholesky %arg0, lower = true : tensor<2x2xcomplex<f64>>",
                        1,
                        0,
                        0,
                        0,
                        2,
                        -1,
                        3,
                        0));
    }

    private static PrimitiveCase solve(
            String name, TriangularSolve solve, int[] shape, double[] b, String golden, double... expected) {
        String type = "f64[" + shape[0] + "," + shape[1] + "]";
        return PrimitiveCases.row(
                "triangular_solve " + name,
                solve,
                List.of(f64(dims(2, 2), TRIANGLE), f64(shape, b)),
                type,
                golden,
                expected);
    }

    private static List<PrimitiveCase> solves() {
        return List.of(
                solve(
                        "of the lower triangle",
                        new TriangularSolve(true, true, TriangularSolve.Op.NO_TRANSPOSE, false),
                        dims(2, 1),
                        new double[] {2, 9},
                        "\"stablehlo.triangular_solve\"(%arg0, %arg1) {left_side = true, lower = true, unit_diagonal ="
                                + " false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>} : (tensor<2x2xf64>,"
                                + " tensor<2x1xf64>) -> tensor<2x1xf64>",
                        1,
                        2),
                solve(
                        "of the upper triangle, transposed",
                        new TriangularSolve(true, false, TriangularSolve.Op.TRANSPOSE, false),
                        dims(2, 2),
                        new double[] {2, 4, 13, 14},
                        "lower = false, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>}",
                        1,
                        2,
                        1,
                        -1),
                solve(
                        "of the lower triangle on the right",
                        new TriangularSolve(false, true, TriangularSolve.Op.NO_TRANSPOSE, false),
                        dims(1, 2),
                        new double[] {4, 8},
                        "left_side = false, lower = true",
                        1,
                        2),
                solve(
                        "of the lower triangle on the right, adjoint",
                        new TriangularSolve(false, true, TriangularSolve.Op.ADJOINT, false),
                        dims(1, 2),
                        new double[] {2, 9},
                        "transpose_a = #stablehlo<transpose ADJOINT>}",
                        1,
                        2),
                solve(
                        "with ones on the diagonal",
                        new TriangularSolve(true, true, TriangularSolve.Op.NO_TRANSPOSE, true),
                        dims(2, 1),
                        new double[] {1, 3},
                        "unit_diagonal = true",
                        1,
                        2),
                PrimitiveCases.row(
                        "triangular_solve of a batch",
                        new TriangularSolve(true, true, TriangularSolve.Op.NO_TRANSPOSE, false),
                        List.of(f64(dims(2, 1, 1), 2, 4), f64(dims(2, 1, 2), 2, 4, 4, 8)),
                        "f64[2,1,2]",
                        "(tensor<2x1x1xf64>, tensor<2x1x2xf64>) -> tensor<2x1x2xf64>",
                        1,
                        2,
                        1,
                        2),
                PrimitiveCases.row(
                                "triangular_solve of nothing",
                                new TriangularSolve(true, true, TriangularSolve.Op.NO_TRANSPOSE, false),
                                List.of(f64(dims(0, 0)), f64(dims(0, 3))),
                                "f64[0,3]",
                                "stablehlo.triangular_solve")
                        .flat(),
                // The adjoint of [[1,0],[i,2]] is [[1,-i],[0,2]].
                PrimitiveCases.row(
                        "triangular_solve of complex, adjoint",
                        new TriangularSolve(true, true, TriangularSolve.Op.ADJOINT, false),
                        List.of(complex(dims(2, 2), 1, 0, 5, 5, 0, 1, 2, 0), complex(dims(2, 1), 1, -2, 2, 0)),
                        "c128[2,1]",
                        "#stablehlo<transpose ADJOINT>",
                        1,
                        -1,
                        1,
                        0));
    }

    private static List<PrimitiveCase> transforms() {
        return List.of(
                PrimitiveCases.row(
                        "fft",
                        new Fft(Fft.Kind.FFT, List.of(4)),
                        List.of(complex(dims(4), 1, 0, 2, 0, 3, 0, 4, 0)),
                        "c128[4]",
                        "stablehlo.fft %arg0, type = FFT, length = [4] : (tensor<4xcomplex<f64>>) ->"
                                + " tensor<4xcomplex<f64>>",
                        10,
                        0,
                        -2,
                        2,
                        -2,
                        0,
                        -2,
                        -2),
                PrimitiveCases.row(
                        "ifft over two axes",
                        new Fft(Fft.Kind.IFFT, List.of(2, 2)),
                        List.of(complex(dims(2, 2), 10, 0, -2, 4, -4, 0, 0, 0)),
                        "c128[2,2]",
                        "type = IFFT, length = [2, 2]",
                        1,
                        1,
                        2,
                        -1,
                        3,
                        1,
                        4,
                        -1),
                PrimitiveCases.row(
                        "rfft of an even length",
                        new Fft(Fft.Kind.RFFT, List.of(4)),
                        List.of(f64(dims(1, 4), 1, 2, 3, 4)),
                        "c128[1,3]",
                        "type = RFFT, length = [4] : (tensor<1x4xf64>) -> tensor<1x3xcomplex<f64>>",
                        10,
                        0,
                        -2,
                        2,
                        -2,
                        0),
                PrimitiveCases.row(
                        "rfft of an odd length",
                        new Fft(Fft.Kind.RFFT, List.of(3)),
                        List.of(f64(dims(3), 1, 2, 4)),
                        "c128[2]",
                        "type = RFFT, length = [3]",
                        7,
                        0,
                        -2,
                        Math.sqrt(3)),
                PrimitiveCases.row(
                        "rfft over two axes",
                        new Fft(Fft.Kind.RFFT, List.of(2, 2)),
                        List.of(f64(dims(2, 2), 1, 2, 3, 4)),
                        "c128[2,2]",
                        "type = RFFT, length = [2, 2]",
                        10,
                        0,
                        -2,
                        0,
                        -4,
                        0,
                        0,
                        0),
                // Imaginary parts of the ends are not read.
                PrimitiveCases.row(
                        "irfft of an even length",
                        new Fft(Fft.Kind.IRFFT, List.of(4)),
                        List.of(complex(dims(3), 10, 5, -2, 2, -2, 5)),
                        "f64[4]",
                        "type = IRFFT, length = [4] : (tensor<3xcomplex<f64>>) -> tensor<4xf64>",
                        1,
                        2,
                        3,
                        4),
                PrimitiveCases.row(
                        "irfft of an odd length",
                        new Fft(Fft.Kind.IRFFT, List.of(3)),
                        List.of(complex(dims(2), 7, 0, -2, Math.sqrt(3))),
                        "f64[3]",
                        "type = IRFFT, length = [3]",
                        1,
                        2,
                        4),
                PrimitiveCases.row(
                        "irfft over two axes",
                        new Fft(Fft.Kind.IRFFT, List.of(2, 2)),
                        List.of(complex(dims(2, 2), 10, 0, -2, 0, -4, 0, 0, 0)),
                        "f64[2,2]",
                        "type = IRFFT, length = [2, 2]",
                        1,
                        2,
                        3,
                        4));
    }

    /** The primitive that a function of the library leaves in a program. */
    private static Primitive factorization(UnaryOperator<Tensor> f, HostArray a) {
        return Replay.program(in -> List.of(f.apply(in.get(0))), List.of(a.aval())).equations().stream()
                .map(Equation::primitive)
                .filter(Factorization.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    private static PrimitiveCase program(
            String name, UnaryOperator<Tensor> f, HostArray a, List<String> types, double[]... expected) {
        return new PrimitiveCase(name, factorization(f, a), List.of(a), types, "func.call", List.of(expected), true);
    }

    private static double[] numbers(double... values) {
        return values;
    }

    private static List<PrimitiveCase> programs() {
        double root = Math.sqrt(0.2);
        return List.of(
                program(
                        "factorization LU",
                        a -> Linalg.luFactor(a).lu(),
                        f64(dims(2, 2), 1, 4, 2, 6),
                        List.of("f64[2,2]", "i32[2]", "i32[2]"),
                        numbers(2, 6, 0.5, 1),
                        numbers(1, 1),
                        numbers(1, 0)),
                program(
                        "factorization QR",
                        a -> Linalg.qr(a).q(),
                        f64(dims(2, 2), 3, 1, 4, 2),
                        List.of("f64[2,2]", "f64[2,2]"),
                        numbers(-0.6, -0.8, -0.8, 0.6),
                        numbers(-5, -2.2, 0, 0.4)),
                program(
                        "factorization EIGH",
                        Linalg::eigvalsh,
                        f64(dims(2, 2), 1, 2, 2, 4),
                        List.of("f64[2]", "f64[2,2]"),
                        numbers(0, 5),
                        numbers(2 * root, root, -root, 2 * root)),
                program(
                        "factorization SVD",
                        Linalg::svdvals,
                        f64(dims(1, 2), 3, 4),
                        List.of("f64[1,1]", "f64[1]", "f64[1,2]"),
                        numbers(-1),
                        numbers(5),
                        numbers(-0.6, -0.8)));
    }
}
