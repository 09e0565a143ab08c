package io.kiln.linalg;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.jit.Dual;
import io.kiln.jit.Jit;
import java.util.List;

/** What is done by singular values: least squares, the pseudo-inverse, the rank. */
final class LeastSquaresSolutions {
    private LeastSquaresSolutions() {}

    static Linalg.LeastSquares lstsq(Tensor a, Tensor b, double rcond) {
        boolean vector = b.rank() == 1;
        if (a.dtype() != b.dtype()) {
            throw TraceErrors.dtypes("lstsq", a.aval(), b.aval());
        }
        if (a.rank() != 2 || b.rank() < 1 || b.rank() > 2 || b.dim(0) != a.dim(0)) {
            throw TraceErrors.operands(
                    "lstsq",
                    "there must be one matrix and a vector or a matrix of so many rows (use vmap for batches)",
                    List.of(a.aval(), b.aval()));
        }
        Tensor right = vector ? b.expandDims(-1) : b;
        Linalg.Svd svd = Factorizations.svd(a);
        Tensor s = svd.s();
        Tensor kept = s.greaterThan(0)
                .and(s.greaterOrEqual(
                        s.slice(-1, 0, Math.min(1, s.dim(-1))).sum(-1).times(rcond)));
        Tensor inverse =
                Tensor.where(kept, Tensor.where(kept, s, Matrices.ones(s)).reciprocal(), Matrices.zeros(s));
        Tensor x = Matrices.transpose(svd.vt())
                .dot(inverse.expandDims(-1).times(Matrices.transpose(svd.u()).dot(right)));
        Tensor residuals = right.minus(a.dot(x)).square().sum(0);
        return new Linalg.LeastSquares(
                vector ? x.squeeze(-1) : x, residuals, kept.convert(DType.I32).sum(), s);
    }

    static Tensor pinv(Tensor a, double rtol) {
        return Jit.<Tensor, Tensor>customJvp(x -> bySvd(x, rtol), (x, dx) -> rule(x, dx, rtol))
                .apply(a);
    }

    private static Tensor bySvd(Tensor a, double rtol) {
        Linalg.Svd svd = Factorizations.svd(a);
        Tensor s = svd.s();
        if (s.dim(-1) == 0) {
            return Matrices.transpose(a);
        }
        Tensor kept = s.greaterThan(s.slice(-1, 0, 1).times(rtol));
        Tensor divisor = Tensor.where(kept, s, Lax.like(s, Double.POSITIVE_INFINITY));
        return Matrices.transpose(svd.vt()).matmul(Matrices.transpose(svd.u()).dividedBy(divisor.expandDims(-1)));
    }

    /** Golub and Pereyra 1973: -P dA P + P P^T dA^T (I - A P) + (I - P A) dA^T P^T P. */
    private static Dual<Tensor> rule(Tensor a, Tensor da, double rtol) {
        Tensor p = bySvd(a, rtol);
        Tensor pt = Matrices.transpose(p);
        Tensor dt = Matrices.transpose(da);
        Tensor s = p.matmul(pt).matmul(dt);
        Tensor t = dt.matmul(pt.matmul(p));
        Tensor dp = s.minus(s.matmul(a).matmul(p))
                .plus(t.minus(p.matmul(a).matmul(t)))
                .minus(p.matmul(da).matmul(p));
        return new Dual<>(p, dp);
    }

    static Tensor rank(Tensor a) {
        Tensor s = Factorizations.svd(a).s();
        double tolerance = Math.max(a.dim(-1), a.dim(-2)) * Matrix.epsilon(a.dtype());
        Tensor limit = s.dim(-1) == 0 ? s : s.slice(-1, 0, 1).times(tolerance);
        return s.greaterThan(limit).convert(DType.I32).sum(-1);
    }
}
