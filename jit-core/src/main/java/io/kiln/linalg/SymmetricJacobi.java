package io.kiln.linalg;

import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.linalg.Rotations.Halves;

/**
 * Eigenvalues and eigenvectors of symmetric matrices by Jacobi's method in the parallel order of Brent and Luk (1985): n/2
 * rotations at a time, so that a round is elementwise arithmetic on the four quarters of the matrix.
 */
final class SymmetricJacobi {
    /** More than any matrix needs: convergence is quadratic after a few sweeps. */
    private static final int MAX_SWEEPS = 40;

    private SymmetricJacobi() {}

    /** Two rows of two quarters, and the columns of the product of all rotations. */
    private record State(Halves above, Halves below, Halves vectors) {}

    private record Sweeps(State state, Tensor count, Tensor off) {}

    /** Ascending eigenvalues with their eigenvectors as columns; the operand is symmetric. */
    static Linalg.Eigh eigh(Tensor a) {
        int n = a.dim(-1);
        if (n == 0) {
            return new Linalg.Eigh(a.sum(-1), a);
        }
        Tensor scale = Matrix.scale(a);
        Tensor scaled = a.dividedBy(scale);
        // An odd matrix gets a row and a column of zeros, which no rotation touches.
        Tensor even = Matrices.pad(scaled, n + n % 2, n + n % 2);
        int h = even.dim(-1) / 2;
        Tensor identity = Matrices.zeros(even).plus(Matrices.eye(a.dtype(), 2 * h));
        State start = new State(halves(even.slice(-2, 0, h)), halves(even.slice(-2, h, 2 * h)), halves(identity));
        double eps = Matrix.epsilon(a.dtype());
        Tensor limit = even.square().sum(-2, -1).times(eps * eps);
        Sweeps done = Control.whileLoop(
                new Sweeps(start, Tensor.scalar(0), offDiagonal(start)),
                s -> s.off().greaterThan(limit).any().and(s.count().lessThan(MAX_SWEEPS)),
                s -> {
                    State next = Control.fori(0, Math.max(1, 2 * h - 1), s.state(), (_, state) -> round(state));
                    return new Sweeps(next, s.count().plus(1), offDiagonal(next));
                });
        State end = done.state();
        Tensor w = Tensor.concatenate(
                        -1,
                        Matrices.diagonal(end.above().left()),
                        Matrices.diagonal(end.below().right()))
                .slice(-1, 0, n);
        Tensor v = Tensor.concatenate(-1, end.vectors().left(), end.vectors().right())
                .slice(-2, 0, n)
                .slice(-1, 0, n);
        Tensor order = Matrix.ascending(w);
        Tensor values = w.expandDims(-2).matmul(order).squeeze(-2).times(scale.squeeze(-1));
        Tensor finite = Matrix.finite(a);
        return new Linalg.Eigh(Matrix.orNaN(finite.squeeze(-1), values), Matrix.orNaN(finite, v.matmul(order)));
    }

    private static Halves halves(Tensor x) {
        int h = x.dim(-1) / 2;
        return new Halves(x.slice(-1, 0, h), x.slice(-1, h, 2 * h));
    }

    /** The sum of the squares outside the diagonal. */
    private static Tensor offDiagonal(State s) {
        return Matrices.offDiagonal(s.above().left())
                .square()
                .sum(-2, -1)
                .plus(s.above().right().square().sum(-2, -1))
                .plus(s.below().left().square().sum(-2, -1))
                .plus(Matrices.offDiagonal(s.below().right()).square().sum(-2, -1));
    }

    private static State round(State s) {
        Tensor p = Matrices.diagonal(s.above().left());
        Tensor q = Matrices.diagonal(s.below().right());
        Tensor r = Matrices.diagonal(s.above().right());
        Rotations j = Rotations.diagonalizing(p, q, r);
        Halves left = j.rows(s.above().left(), s.below().left());
        Halves right = j.rows(s.above().right(), s.below().right());
        Halves above = j.columns(left.left(), right.left());
        Halves below = j.columns(left.right(), right.right());
        // What the rotation makes zero is zero, and what it makes of the diagonal has a formula without cancellation.
        Tensor moved = j.t().times(r);
        Halves exactAbove =
                new Halves(Matrices.withDiagonal(above.left(), p.minus(moved)), Matrices.offDiagonal(above.right()));
        Halves exactBelow =
                new Halves(Matrices.offDiagonal(below.left()), Matrices.withDiagonal(below.right(), q.plus(moved)));
        Halves lefts = Rotations.next(new Halves(exactAbove.left(), exactBelow.left()), -2);
        Halves rights = Rotations.next(new Halves(exactAbove.right(), exactBelow.right()), -2);
        return new State(
                Rotations.next(new Halves(lefts.left(), rights.left()), -1),
                Rotations.next(new Halves(lefts.right(), rights.right()), -1),
                Rotations.next(j.columns(s.vectors().left(), s.vectors().right()), -1));
    }
}
