package io.kiln.linalg;

import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;

/**
 * QR by Householder reflections, one column at a time, with LAPACK's signs and storage (dgeqr2, dorg2r): below the diagonal
 * of the packed matrix stand the vectors of the reflections I - tau v v^T, whose first element is 1.
 */
final class Householder {
    private Householder() {}

    /** The packed factors and the taus. */
    record Reflections(Tensor packed, Tensor taus) {}

    /** Q and R: of size min(m, n) along the inner axis, or m where {@code complete}. */
    static Linalg.Qr qr(Tensor a, boolean complete) {
        int m = a.dim(-2);
        int n = a.dim(-1);
        Reflections reflections = reflect(a);
        int inner = complete ? m : Math.min(m, n);
        Tensor r = Matrices.upper(reflections.packed().slice(-2, 0, inner), 0);
        return new Linalg.Qr(product(reflections, inner), r);
    }

    private static Reflections reflect(Tensor a) {
        int m = a.dim(-2);
        int n = a.dim(-1);
        int k = Math.min(m, n);
        Tensor taus = Matrices.zeros(n == k ? a.sum(-2) : a.sum(-1));
        if (k == 0) {
            return new Reflections(a, taus);
        }
        return Control.fori(0, k, new Reflections(a, taus), Householder::step);
    }

    private static Reflections step(Tensor j, Reflections s) {
        Tensor a = s.packed();
        Tensor row = Matrices.index(a.dim(-2));
        Tensor column = Matrices.index(a.dim(-1));
        Tensor x = Matrix.column(a, j);
        Tensor alpha = Matrix.pick(x, j);
        Tensor below = Tensor.where(row.greaterThan(j), x, Matrices.zeros(x));
        Tensor largest = below.abs().max(-1);
        Tensor nothing = largest.equalTo(0);
        Tensor scale = Tensor.where(nothing, largest.plus(1), largest.maximum(alpha.abs()))
                .expandDims(-1);
        Tensor norm = Tensor.where(row.greaterOrEqual(j), x, Matrices.zeros(x))
                .dividedBy(scale)
                .square()
                .sum(-1)
                .sqrt()
                .times(scale.squeeze(-1));
        Tensor beta = Tensor.where(nothing, alpha, Tensor.where(alpha.lessThan(0), norm, norm.negate()));
        Tensor safe = Tensor.where(nothing, Matrices.ones(alpha), beta);
        Tensor tau =
                Tensor.where(nothing, Matrices.zeros(alpha), beta.minus(alpha).dividedBy(safe));
        Tensor divisor = Tensor.where(nothing, safe, alpha.minus(beta)).expandDims(-1);
        Tensor tail = below.dividedBy(divisor);
        Tensor v = Tensor.where(row.equalTo(j), Matrices.ones(tail), tail);
        Tensor w = v.expandDims(-2).matmul(a).times(tau.expandDims(-1).expandDims(-1));
        Tensor reflected = a.minus(v.expandDims(-1).times(w));
        Tensor stored = Tensor.where(row.equalTo(j), beta.expandDims(-1), Tensor.where(row.greaterThan(j), tail, x));
        Tensor packed = Tensor.where(
                column.greaterThan(j), reflected, Tensor.where(column.equalTo(j), stored.expandDims(-1), a));
        return new Reflections(packed, Matrix.with(s.taus(), j, tau));
    }

    /** The first {@code columns} columns of the product of the reflections. */
    private static Tensor product(Reflections reflections, int columns) {
        Tensor a = reflections.packed();
        int m = a.dim(-2);
        int k = reflections.taus().dim(-1);
        Tensor wide = Matrices.zeros(a.sum(-2, -1).expandDims(-1).expandDims(-1));
        Tensor start = wide.plus(Matrices.eye(a.dtype(), m).slice(-1, 0, columns));
        if (k == 0) {
            return start;
        }
        return Control.fori(0, k, start, (i, q) -> {
            Tensor j = i.negate().plus(k - 1);
            Tensor row = Matrices.index(m);
            Tensor x = Matrix.column(a, j);
            Tensor tail = Tensor.where(row.greaterThan(j), x, Matrices.zeros(x));
            Tensor v = Tensor.where(row.equalTo(j), Matrices.ones(tail), tail);
            Tensor tau = Matrix.pick(reflections.taus(), j).expandDims(-1).expandDims(-1);
            Tensor w = v.expandDims(-2).matmul(q).times(tau);
            return q.minus(v.expandDims(-1).times(w));
        });
    }
}
