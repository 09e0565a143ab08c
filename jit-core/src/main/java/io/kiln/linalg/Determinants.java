package io.kiln.linalg;

import io.kiln.core.DType;
import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.core.TriangularSolve;
import io.kiln.jit.Dual;
import io.kiln.jit.Jit;

/** Determinants, with derivatives that do not divide by them. */
final class Determinants {
    private Determinants() {}

    /** Element (i, j) of each matrix. */
    private static Tensor at(Tensor a, int i, int j) {
        return a.slice(-2, i, i + 1).slice(-1, j, j + 1).squeeze(-1).squeeze(-1);
    }

    static Tensor det(Tensor a) {
        return switch (a.dim(-1)) {
            case 0 -> Matrices.ones(a.sum(-2, -1));
            case 1 -> at(a, 0, 0);
            case 2 -> two(a);
            case 3 ->
                product(a, 0, 1, 2)
                        .plus(product(a, 1, 2, 0))
                        .plus(product(a, 2, 0, 1))
                        .minus(product(a, 2, 1, 0))
                        .minus(product(a, 0, 2, 1))
                        .minus(product(a, 1, 0, 2));
            default ->
                Jit.<Tensor, Tensor>customJvp(Determinants::byLu, Determinants::byLuRule)
                        .apply(a);
        };
    }

    private static Tensor two(Tensor a) {
        return at(a, 0, 0).times(at(a, 1, 1)).minus(at(a, 0, 1).times(at(a, 1, 0)));
    }

    private static Tensor product(Tensor a, int i, int j, int k) {
        return at(a, 0, i).times(at(a, 1, j)).times(at(a, 2, k));
    }

    private static Tensor byLu(Tensor a) {
        Linalg.LuFactors factors = Factorizations.lu(a);
        return Matrices.diagonal(factors.lu()).prod(-1).times(parity(factors.pivots(), a.dtype()));
    }

    /** 1 for an even number of swaps, -1 for an odd one. */
    private static Tensor parity(Tensor pivots, DType dtype) {
        Tensor swaps = pivots.notEqualTo(Matrices.index(pivots.dim(-1)))
                .convert(DType.I32)
                .sum(-1);
        return swaps.remainder(2).times(-2).plus(1).convert(dtype);
    }

    /**
     * The trace of the adjugate times the tangent. With A = P L U, det(A) A^-1 B is U^-1 det(U) (P L)^-1 B up to the sign, where
     * the last row is divided by no last pivot: it stays finite for a matrix of rank n - 1. Of a lower rank it is 0.
     */
    private static Dual<Tensor> byLuRule(Tensor a, Tensor da) {
        int n = a.dim(-1);
        Linalg.LuFactors factors = Factorizations.lu(a);
        Tensor diagonal = Matrices.diagonal(factors.lu());
        Tensor sign = parity(factors.pivots(), a.dtype());
        Tensor last = Matrices.index(n).equalTo(n - 1);
        Tensor det = diagonal.prod(-1).times(sign);
        Tensor others =
                Tensor.where(last, Matrices.ones(diagonal), diagonal).prod(-1).times(sign);
        Tensor lu = Matrices.withDiagonal(
                factors.lu(), Tensor.where(last, others.reciprocal().expandDims(-1), diagonal));
        Tensor probe = upper(lu, Matrices.ones(a.slice(-1, 0, 1)));
        Tensor full = Matrix.isFinite(probe).all(-2, -1).expandDims(-1).expandDims(-1);
        Tensor b = Tensor.where(full, Matrices.permuted(da, factors.permutation()), Matrices.zeros(da));
        Tensor x = Linalg.triangularSolve(lu, b, true, true, TriangularSolve.Op.NO_TRANSPOSE, true);
        Tensor scaled =
                Tensor.where(last.expandDims(-1), x, x.times(det.expandDims(-1).expandDims(-1)));
        Tensor z = Tensor.where(full, upper(lu, scaled), Matrices.zeros(da));
        return new Dual<>(det, Matrices.diagonal(z).sum(-1));
    }

    private static Tensor upper(Tensor lu, Tensor b) {
        return Linalg.triangularSolve(lu, b, true, false, TriangularSolve.Op.NO_TRANSPOSE, false);
    }

    static Linalg.SlogDet slogdet(Tensor a) {
        return Jit.<Tensor, Linalg.SlogDet>customJvp(Determinants::signAndLog, Determinants::signAndLogRule)
                .apply(a);
    }

    private static Linalg.SlogDet signAndLog(Tensor a) {
        if (a.dim(-1) <= 2) {
            Tensor det = det(a);
            return new Linalg.SlogDet(det.sign(), det.abs().log());
        }
        Linalg.LuFactors factors = Factorizations.lu(a);
        Tensor diagonal = Matrices.diagonal(factors.lu());
        Tensor sign = diagonal.sign().prod(-1).times(parity(factors.pivots(), a.dtype()));
        return new Linalg.SlogDet(sign, diagonal.abs().log().sum(-1));
    }

    /** d log|det A| = trace(A^-1 dA); the sign does not move. */
    private static Dual<Linalg.SlogDet> signAndLogRule(Tensor a, Tensor da) {
        Linalg.SlogDet value = signAndLog(a);
        Tensor moved = Matrices.diagonal(Solutions.solve(a, da)).sum(-1);
        return new Dual<>(value, new Linalg.SlogDet(Matrices.zeros(value.sign()), moved));
    }
}
