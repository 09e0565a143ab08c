package io.kiln.linalg;

import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.core.TriangularSolve;
import io.kiln.jit.Dual;
import io.kiln.jit.Jit;
import java.util.List;
import java.util.function.BinaryOperator;

/** Solutions of linear equations by LU and by triangles. */
final class Solutions {
    private Solutions() {}

    /** A matrix and right-hand sides. */
    private record Equations(Tensor a, Tensor b) {}

    /** {@code solution} of a square matrix and right-hand sides of equal leading axes; a vector is one column. */
    static Tensor vectorOr(String operation, Tensor a, Tensor b, BinaryOperator<Tensor> solution) {
        Matrix.requireSquare(operation, a);
        if (a.dtype() != b.dtype()) {
            throw TraceErrors.dtypes(operation, a.aval(), b.aval());
        }
        boolean vector = b.rank() == 1;
        if (b.rank() == 0 || b.dim(vector ? 0 : -2) != a.dim(-1)) {
            throw TraceErrors.operands(
                    operation,
                    "the right-hand side must be a vector of the matrix's size, or matrices of so many rows",
                    List.of(a.aval(), b.aval()));
        }
        Tensor right = vector ? b.expandDims(-1) : b;
        List<Integer> lead = Matrix.batchOf(operation, a, right);
        Tensor x = solution.apply(Matrix.broadcast(a, lead), Matrix.broadcast(right, lead));
        return vector ? x.squeeze(-1) : x;
    }

    static Tensor solve(Tensor a, Tensor b) {
        return vectorOr(
                "solve",
                a,
                b,
                (matrix, right) -> Jit.<Equations, Tensor>customJvp(
                                e -> luSolve(Factorizations.lu(e.a()), e.b()), Solutions::solveRule)
                        .apply(new Equations(matrix, right)));
    }

    /** A dX = dB - dA X, with the same factors. */
    private static Dual<Tensor> solveRule(Equations e, Equations d) {
        Linalg.LuFactors factors = Factorizations.lu(e.a());
        Tensor x = luSolve(factors, e.b());
        return new Dual<>(x, luSolve(factors, d.b().minus(d.a().matmul(x))));
    }

    static Tensor luSolve(Linalg.LuFactors factors, Tensor b) {
        Tensor permuted = Matrices.permuted(b, factors.permutation());
        Tensor y = Linalg.triangularSolve(factors.lu(), permuted, true, true, TriangularSolve.Op.NO_TRANSPOSE, true);
        return Linalg.triangularSolve(factors.lu(), y, true, false, TriangularSolve.Op.NO_TRANSPOSE, false);
    }

    static Tensor choSolve(Tensor l, Tensor b) {
        Tensor y = Linalg.triangularSolve(l, b, true, true, TriangularSolve.Op.NO_TRANSPOSE, false);
        return Linalg.triangularSolve(l, y, true, true, TriangularSolve.Op.ADJOINT, false);
    }

    static Linalg.Lu lu(Tensor a) {
        Matrix.requireMatrix("lu", a);
        int m = a.dim(-2);
        int n = a.dim(-1);
        int k = Math.min(m, n);
        Linalg.LuFactors factors = Factorizations.lu(a);
        Tensor l = Matrices.withDiagonal(Matrices.lower(factors.lu().slice(-1, 0, k), -1), 1);
        Tensor u = Matrices.upper(factors.lu().slice(-2, 0, k), 0);
        Tensor p = Matrices.index(m)
                .expandDims(-1)
                .equalTo(factors.permutation().expandDims(-2))
                .convert(a.dtype());
        return new Linalg.Lu(p, l, u);
    }
}
