package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/** What the rules of the matrix primitives share: products, transposes and triangles of the last two axes. */
final class Matrices {
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

    /** The matrices transposed. */
    static Tensor transpose(Tensor x) {
        List<Integer> axes = new ArrayList<>(Indices.range(x.rank() - 2));
        axes.add(x.rank() - 1);
        axes.add(x.rank() - 2);
        return Lax.transpose(x, axes);
    }

    /** The complex conjugate; real numbers themselves. */
    static Tensor conj(Tensor x) {
        return x.dtype().isComplex() ? Lax.conj(x) : x;
    }

    /** The matrices transposed and conjugated. */
    static Tensor adjoint(Tensor x) {
        return conj(transpose(x));
    }

    /** The products of matrices; leading axes are equal. */
    static Tensor product(Tensor a, Tensor b) {
        int at = a.rank() - 2;
        List<Integer> batch = Indices.range(at);
        return Trace.bind1(new DotGeneral(List.of(at + 1), List.of(at), batch, batch), a, b);
    }

    /** {@code x} where row minus column compares to {@code diagonal} as {@code how} says, else 0. */
    static Tensor where(Tensor x, Compare how, int diagonal) {
        ShapedArray index = x.aval().withDType(DType.I32);
        Tensor rows = Lax.iota(index, x.rank() - 2);
        Tensor columns = Lax.iota(index, x.rank() - 1);
        Tensor mask = Lax.compare(how, Lax.sub(rows, columns), Lax.like(rows, diagonal));
        return Lax.select(mask, x, Lax.like(x, 0));
    }

    /** The lower triangle with half of the diagonal: the Phi of the derivative of a Cholesky factor. */
    static Tensor halfLower(Tensor x) {
        return Lax.sub(where(x, Compare.GE, 0), Lax.mul(where(x, Compare.EQ, 0), Lax.like(x, 0.5)));
    }
}
