package io.kiln.linalg;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Matrices;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.List;

/** Matrices in the last two axes, with batches in the axes before: what the algorithms are written in. */
final class Matrix {
    private Matrix() {}

    /** The distance from 1 to the next number. */
    static double epsilon(DType dtype) {
        return switch (dtype) {
            case F32, C64 -> Math.ulp(1f);
            case F64, C128 -> Math.ulp(1.0);
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16 ->
                throw new IllegalArgumentException("no linear algebra in " + dtype);
        };
    }

    /** Column {@code j}, which may be traced. */
    static Tensor column(Tensor x, Tensor j) {
        return Tensor.where(Matrices.index(x.dim(-1)).equalTo(j), x, Matrices.zeros(x))
                .sum(-1);
    }

    /** Row {@code i}, one for each matrix of a batch. */
    static Tensor row(Tensor x, Tensor i) {
        Tensor at = Matrices.index(x.dim(-2)).equalTo(i.expandDims(-1));
        return Tensor.where(at.expandDims(-1), x, Matrices.zeros(x)).sum(-2);
    }

    /** Element {@code i} along the last axis, one for each vector of a batch. */
    static Tensor pick(Tensor x, Tensor i) {
        return Tensor.where(Matrices.index(x.dim(-1)).equalTo(i.expandDims(-1)), x, Matrices.zeros(x))
                .sum(-1);
    }

    /** Vectors with another element {@code i}. */
    static Tensor with(Tensor x, Tensor i, Tensor element) {
        return Tensor.where(Matrices.index(x.dim(-1)).equalTo(i.expandDims(-1)), element.expandDims(-1), x);
    }

    /** The largest magnitude of each matrix, with two axes of size 1; 1 where it is zero. */
    static Tensor scale(Tensor x) {
        Tensor largest = x.abs().max(-2, -1).expandDims(-1).expandDims(-1);
        return Tensor.where(largest.equalTo(0), Matrices.ones(largest), largest);
    }

    /** Whether all of a matrix is finite, with two axes of size 1. */
    static Tensor finite(Tensor x) {
        return x.isFinite().all(-2, -1).expandDims(-1).expandDims(-1);
    }

    /** {@code x} where {@code condition}, else NaN. */
    static Tensor orNaN(Tensor condition, Tensor x) {
        return Tensor.where(condition, x, Lax.like(x, Double.NaN));
    }

    /** The permutation matrices whose product with a row vector sorts it ascending; equal elements keep their order. */
    static Tensor ascending(Tensor w) {
        int n = w.dim(-1);
        Tensor mine = w.expandDims(-1);
        Tensor other = w.expandDims(-2);
        Tensor before =
                Matrices.index(n).expandDims(-2).lessThan(Matrices.index(n).expandDims(-1));
        Tensor less = other.lessThan(mine).or(other.equalTo(mine).and(before));
        Tensor rank = less.convert(DType.I32).sum(-1);
        return rank.expandDims(-1).equalTo(Matrices.index(n)).convert(w.dtype());
    }

    /** Where both parts are finite. */
    static Tensor isFinite(Tensor x) {
        return x.dtype().isComplex() ? x.real().isFinite().and(x.imag().isFinite()) : x.isFinite();
    }

    /** The shape of a batch. */
    static List<Integer> batch(ShapedArray aval) {
        return aval.shape().subList(0, aval.rank() - 2);
    }

    /** The leading axes that those of two operands broadcast to. */
    static List<Integer> batchOf(String operation, Tensor a, Tensor b) {
        return ShapedArray.broadcast(
                operation, List.of(a.aval().withShape(batch(a.aval())), b.aval().withShape(batch(b.aval()))));
    }

    /** Matrices with these leading axes. */
    static Tensor broadcast(Tensor x, List<Integer> lead) {
        List<Integer> shape = new ArrayList<>(lead);
        shape.addAll(x.shape().subList(x.rank() - 2, x.rank()));
        return x.broadcastTo(shape.stream().mapToInt(d -> d).toArray());
    }

    // ---- what operands must be ----

    /** Checks that there are matrices of f32, f64, c64 or c128. */
    static void requireMatrix(String operation, Tensor a) {
        requireDType(operation, a, true);
        if (a.rank() < 2) {
            throw TraceErrors.operands(
                    operation,
                    "the operand must have two axes or more, of which the last two are a matrix",
                    List.of(a.aval()));
        }
    }

    /** Checks that there are square matrices of f32, f64, c64 or c128. */
    static void requireSquare(String operation, Tensor a) {
        requireMatrix(operation, a);
        if (a.dim(-1) != a.dim(-2)) {
            throw TraceErrors.operands(operation, "the last two axes must be a square matrix", List.of(a.aval()));
        }
    }

    /** Checks that there are matrices of f32 or f64. */
    static void requireReal(String operation, Tensor a) {
        requireDType(operation, a, false);
        requireMatrix(operation, a);
    }

    /** Checks that there are square matrices of f32 or f64. */
    static void requireSquareReal(String operation, Tensor a) {
        requireDType(operation, a, false);
        requireSquare(operation, a);
    }

    /** Checks that the operand is of floats or complex numbers. */
    static void requireInexact(String operation, Tensor x) {
        if (!x.dtype().isInexact()) {
            throw TraceErrors.dtype(operation, "floats or complex numbers", x.aval());
        }
    }

    private static void requireDType(String operation, Tensor a, boolean complex) {
        boolean fits = switch (a.dtype()) {
            case F32, F64 -> true;
            case C64, C128 -> complex;
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16 -> false;
        };
        if (!fits) {
            throw TraceErrors.dtype(operation, complex ? "f32, f64, c64 or c128" : "f32 or f64", a.aval());
        }
    }
}
