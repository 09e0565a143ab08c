package io.kiln.linalg;

import io.kiln.core.Tensor;

/** Norms of vectors and matrices. */
final class Norms {
    private Norms() {}

    private static Tensor squares(Tensor x) {
        return x.dtype().isComplex() ? x.real().square().plus(x.imag().square()) : x.square();
    }

    static Tensor euclidean(Tensor x) {
        Matrix.requireInexact("norm", x);
        return squares(x).sum().sqrt();
    }

    static Tensor vector(Tensor x, double ord, int axis) {
        Matrix.requireInexact("norm", x);
        if (ord == Double.POSITIVE_INFINITY) {
            return x.abs().max(axis);
        }
        if (ord == Double.NEGATIVE_INFINITY) {
            return x.abs().min(axis);
        }
        if (ord == 0) {
            return x.notEqualTo(0).convert(x.dtype().real()).sum(axis);
        }
        if (ord == 1) {
            return x.abs().sum(axis);
        }
        if (ord == 2) {
            return squares(x).sum(axis).sqrt();
        }
        return x.abs().pow(ord).sum(axis).pow(1 / ord);
    }

    static Tensor matrix(Tensor x, MatrixNorm ord) {
        Matrix.requireMatrix("norm", x);
        return switch (ord) {
            case FROBENIUS -> squares(x).sum(-2, -1).sqrt();
            case NUCLEAR -> Linalg.svdvals(x).sum(-1);
            case ONE -> x.abs().sum(-2).max(-1);
            case MINUS_ONE -> x.abs().sum(-2).min(-1);
            case TWO -> Linalg.svdvals(x).max(-1);
            case MINUS_TWO -> Linalg.svdvals(x).min(-1);
            case INFINITY -> x.abs().sum(-1).max(-1);
            case MINUS_INFINITY -> x.abs().sum(-1).min(-1);
        };
    }
}
