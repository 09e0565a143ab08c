package io.kiln.linalg;

import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.linalg.Rotations.Halves;

/**
 * Singular values by Hestenes' method: rotations of columns from the right until all columns are orthogonal, n/2 pairs at a
 * time in the order of {@link Rotations#next}. It finds small singular values to a high relative accuracy.
 */
final class OneSidedJacobi {
    /** More than any matrix needs: convergence is quadratic after a few sweeps. */
    private static final int MAX_SWEEPS = 40;

    private OneSidedJacobi() {}

    /** The columns, the product of all rotations, and the largest cosine between two columns that was seen. */
    private record State(Halves columns, Halves rotations, Tensor cosine) {}

    private record Sweeps(State state, Tensor count) {}

    /** The reduced decomposition of matrices with at least as many rows as columns, of finite numbers. */
    static Linalg.Svd svd(Tensor a) {
        int n = a.dim(-1);
        Linalg.Qr first = Householder.qr(a, false);
        Tensor r = first.r();
        Tensor scale = Matrix.scale(r);
        // An odd number of columns gets a column of zeros, which is orthogonal to all.
        Tensor even = Matrices.pad(Matrices.transpose(r.dividedBy(scale)), n + n % 2, n + n % 2);
        int h = even.dim(-1) / 2;
        Tensor identity = Matrices.zeros(even).plus(Matrices.eye(a.dtype(), 2 * h));
        Tensor none = Matrices.zeros(even.sum(-2, -1));
        double tolerance = Matrix.epsilon(a.dtype()) * Math.sqrt(n);
        Sweeps done = Control.whileLoop(
                new Sweeps(new State(halves(even), halves(identity), Matrices.ones(none)), Tensor.scalar(0)),
                s -> s.state()
                        .cosine()
                        .greaterThan(tolerance)
                        .any()
                        .and(s.count().lessThan(MAX_SWEEPS)),
                s -> new Sweeps(
                        Control.fori(
                                0,
                                Math.max(1, 2 * h - 1),
                                new State(s.state().columns(), s.state().rotations(), none),
                                (_, state) -> round(state, tolerance)),
                        s.count().plus(1)));
        Tensor columns = whole(done.state().columns(), n);
        Tensor rotations = whole(done.state().rotations(), n);
        Tensor order = Matrix.ascending(columns.square().sum(-2).negate());
        // R^T J = W with orthogonal columns; a QR of W, largest columns first, is their norms and unit vectors, and is
        // orthonormal where norms are zero.
        Linalg.Qr unit = Householder.qr(columns.matmul(order), false);
        Tensor diagonal = Matrices.diagonal(unit.r());
        Tensor sign = Tensor.where(diagonal.lessThan(0), Matrices.ones(diagonal).negate(), Matrices.ones(diagonal));
        Tensor v = unit.q().times(sign.expandDims(-2));
        return new Linalg.Svd(
                first.q().matmul(rotations.matmul(order)),
                diagonal.abs().times(scale.squeeze(-1)),
                Matrices.transpose(v));
    }

    private static Halves halves(Tensor x) {
        int h = x.dim(-1) / 2;
        return new Halves(x.slice(-1, 0, h), x.slice(-1, h, 2 * h));
    }

    private static Tensor whole(Halves halves, int n) {
        return Tensor.concatenate(-1, halves.left(), halves.right())
                .slice(-2, 0, n)
                .slice(-1, 0, n);
    }

    private static State round(State s, double tolerance) {
        Tensor x = s.columns().left();
        Tensor y = s.columns().right();
        Tensor p = x.square().sum(-2);
        Tensor q = y.square().sum(-2);
        Tensor r = x.times(y).sum(-2);
        Tensor norms = p.sqrt().times(q.sqrt());
        Tensor zero = norms.equalTo(0);
        Tensor cosine = Tensor.where(zero, norms, r.abs().dividedBy(Tensor.where(zero, norms.plus(1), norms)));
        Tensor needed = Tensor.where(cosine.greaterThan(tolerance), r, Matrices.zeros(r));
        Rotations j = Rotations.diagonalizing(p, q, needed);
        return new State(
                Rotations.next(j.columns(x, y), -1),
                Rotations.next(j.columns(s.rotations().left(), s.rotations().right()), -1),
                s.cosine().maximum(cosine.max(-1)));
    }
}
