package io.kiln.linalg;

import io.kiln.core.Matrices;
import io.kiln.core.Tensor;

/**
 * Plane rotations of n/2 disjoint pairs at once: column i of a left half with column i of a right half. With {@code t} the
 * tangent, {@code c} the cosine and {@code s} the sine of each angle, the pair (x, y) becomes (c x - s y, s x + c y).
 */
record Rotations(Tensor t, Tensor c, Tensor s) {
    /** The halves of something that a round of rotations takes as a left and a right part. */
    record Halves(Tensor left, Tensor right) {}

    /**
     * The rotations of at most 45 degrees that make [[p, r], [r, q]] diagonal, of which {@code p - t r} and {@code q + t r}
     * are the diagonals (Golub and Van Loan, Matrix Computations, 8.5.2). Where {@code r} is zero nothing is rotated.
     */
    static Rotations diagonalizing(Tensor p, Tensor q, Tensor r) {
        Tensor zero = r.equalTo(0);
        Tensor cotangent = q.minus(p).dividedBy(Tensor.where(zero, r.plus(1), r.times(2)));
        Tensor size = cotangent.abs().plus(cotangent.square().plus(1).sqrt()).reciprocal();
        Tensor signed = Tensor.where(cotangent.lessThan(0), size.negate(), size);
        Tensor t = Tensor.where(zero, Matrices.zeros(r), signed);
        Tensor c = t.square().plus(1).sqrt().reciprocal();
        return new Rotations(t, c, t.times(c));
    }

    /** These pairs of columns rotated. */
    Halves columns(Tensor left, Tensor right) {
        Tensor cosine = c.expandDims(-2);
        Tensor sine = s.expandDims(-2);
        return new Halves(
                left.times(cosine).minus(right.times(sine)), left.times(sine).plus(right.times(cosine)));
    }

    /** These pairs of rows rotated: left stands for above. */
    Halves rows(Tensor above, Tensor below) {
        Tensor cosine = c.expandDims(-1);
        Tensor sine = s.expandDims(-1);
        return new Halves(
                above.times(cosine).minus(below.times(sine)), above.times(sine).plus(below.times(cosine)));
    }

    /**
     * The halves with their elements along an axis moved to the places of the next round. The first one of the left half
     * stays, the others move around a circle, so that after 2h - 1 rounds every two have met once and are where they were.
     */
    static Halves next(Halves halves, int axis) {
        int h = halves.left().dim(axis);
        if (h == 1) {
            return halves;
        }
        Tensor left = halves.left();
        Tensor right = halves.right();
        return new Halves(
                Tensor.concatenate(axis, left.slice(axis, 0, 1), right.slice(axis, 0, 1), left.slice(axis, 1, h - 1)),
                Tensor.concatenate(axis, right.slice(axis, 1, h), left.slice(axis, h - 1, h)));
    }
}
