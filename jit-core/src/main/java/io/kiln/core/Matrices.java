package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/** Matrices in the last two axes, with batches in the axes before: transposes, products, triangles and diagonals. */
public final class Matrices {
    private Matrices() {}

    /** Checks that the last two axes are a square matrix of a dtype that linear algebra is done in. */
    static void requireSquare(String operation, ShapedArray a) {
        requireDType(operation, a);
        if (a.rank() < 2 || a.dim(a.rank() - 1) != a.dim(a.rank() - 2)) {
            throw TraceErrors.operands(operation, "the last two axes must be a square matrix", List.of(a));
        }
    }

    /** Checks that the dtype is one that linear algebra is done in. */
    static void requireDType(String operation, ShapedArray a) {
        switch (a.dtype()) {
            case F32, F64, C64, C128 -> {}
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16 ->
                throw TraceErrors.dtype(operation, "f32, f64, c64 or c128", a);
        }
    }

    /** Zeros of the type of {@code x}. */
    public static Tensor zeros(Tensor x) {
        return Lax.like(x, 0);
    }

    /** Ones of the type of {@code x}. */
    public static Tensor ones(Tensor x) {
        return Lax.like(x, 1);
    }

    /** 0, 1, ... {@code n - 1} as i32. */
    public static Tensor index(int n) {
        return Tensor.iota(DType.I32, n);
    }

    /** The identity. */
    public static Tensor eye(DType dtype, int n) {
        return Lax.convert(index(n).expandDims(-1).equalTo(index(n)), dtype);
    }

    /** The matrices transposed. */
    public static Tensor transpose(Tensor x) {
        List<Integer> axes = new ArrayList<>(Indices.range(x.rank() - 2));
        axes.add(x.rank() - 1);
        axes.add(x.rank() - 2);
        return Lax.transpose(x, axes);
    }

    /** The complex conjugate; real numbers themselves. */
    public static Tensor conj(Tensor x) {
        return x.dtype().isComplex() ? Lax.conj(x) : x;
    }

    /** The matrices transposed and conjugated. */
    public static Tensor adjoint(Tensor x) {
        return conj(transpose(x));
    }

    /** The Hermitian part (A + A^H)/2. */
    public static Tensor hermitian(Tensor a) {
        return a.plus(adjoint(a)).times(0.5);
    }

    private static Tensor rowMinusColumn(Tensor x) {
        return index(x.dim(-2)).expandDims(-1).minus(index(x.dim(-1)));
    }

    /** The elements on and below diagonal {@code k}, else 0. */
    public static Tensor lower(Tensor x, int k) {
        return Tensor.where(rowMinusColumn(x).greaterOrEqual(-k), x, zeros(x));
    }

    /** The elements on and above diagonal {@code k}, else 0. */
    public static Tensor upper(Tensor x, int k) {
        return Tensor.where(rowMinusColumn(x).lessOrEqual(-k), x, zeros(x));
    }

    /** The lower triangle with half of the diagonal: the Phi of the derivative of a Cholesky factor. */
    static Tensor halfLower(Tensor x) {
        return lower(x, 0).minus(Tensor.where(rowMinusColumn(x).equalTo(0), x.times(0.5), zeros(x)));
    }

    /** The diagonals. */
    public static Tensor diagonal(Tensor x) {
        int k = Math.min(x.dim(-2), x.dim(-1));
        Tensor square = x.slice(-2, 0, k).slice(-1, 0, k);
        return Tensor.where(rowMinusColumn(square).equalTo(0), square, zeros(square))
                .sum(-1);
    }

    /** The matrices with zeros on the diagonal. */
    public static Tensor offDiagonal(Tensor x) {
        return withDiagonal(x, 0);
    }

    /** The matrices with {@code value} on the diagonal. */
    public static Tensor withDiagonal(Tensor x, double value) {
        return Tensor.where(rowMinusColumn(x).equalTo(0), Lax.like(x, value), x);
    }

    /** Square matrices with another diagonal. */
    public static Tensor withDiagonal(Tensor x, Tensor diagonal) {
        return Tensor.where(rowMinusColumn(x).equalTo(0), diagonal.expandDims(-1), x);
    }

    /** The matrices with zeros right of and below them up to this size. */
    public static Tensor pad(Tensor x, int rows, int columns) {
        List<Integer> none = Indices.repeat(x.rank(), 0);
        List<Integer> high = new ArrayList<>(none);
        high.set(x.rank() - 1, columns - x.dim(-1));
        high.set(x.rank() - 2, rows - x.dim(-2));
        return Lax.pad(x, 0, none, high, none);
    }

    /** The rows of each matrix in the order of a permutation, i32. */
    public static Tensor permuted(Tensor x, Tensor permutation) {
        Tensor matrix = permutation.expandDims(-1).equalTo(index(x.dim(-2)));
        return Lax.convert(matrix, x.dtype()).matmul(x);
    }
}
