package io.kiln.linalg;

import io.kiln.core.Factorization;
import io.kiln.core.Matrices;
import io.kiln.core.Program;
import io.kiln.core.Replay;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import java.util.List;
import java.util.function.Function;

/** The factorizations as primitives: the algorithms of this package with the derivatives of their kind. */
final class Factorizations {
    private Factorizations() {}

    private static List<Tensor> bind(Factorization.Kind kind, Tensor a, Function<Tensor, List<Tensor>> algorithm) {
        Program program = Replay.program(in -> algorithm.apply(in.get(0)), List.of(a.aval()));
        return Trace.bind(new Factorization(kind, program), List.of(a));
    }

    static Linalg.LuFactors lu(Tensor a) {
        List<Tensor> f = bind(Factorization.Kind.LU, a, x -> {
            Linalg.LuFactors lu = PivotedLu.factor(x);
            return List.of(lu.lu(), lu.pivots(), lu.permutation());
        });
        return new Linalg.LuFactors(f.get(0), f.get(1), f.get(2));
    }

    static Linalg.Qr qr(Tensor a, boolean complete) {
        List<Tensor> f = bind(Factorization.Kind.QR, a, x -> {
            Linalg.Qr qr = Householder.qr(x, complete);
            return List.of(qr.q(), qr.r());
        });
        return new Linalg.Qr(f.get(0), f.get(1));
    }

    static Linalg.Eigh eigh(Tensor a) {
        List<Tensor> f = bind(Factorization.Kind.EIGH, a, x -> {
            Linalg.Eigh eigh = SymmetricJacobi.eigh(Matrices.hermitian(x));
            return List.of(eigh.w(), eigh.v());
        });
        return new Linalg.Eigh(f.get(0), f.get(1));
    }

    static Linalg.Svd svd(Tensor a) {
        List<Tensor> f = bind(Factorization.Kind.SVD, a, x -> {
            Linalg.Svd svd = finiteSvd(x);
            return List.of(svd.u(), svd.s(), svd.vt());
        });
        return new Linalg.Svd(f.get(0), f.get(1), f.get(2));
    }

    private static Linalg.Svd finiteSvd(Tensor a) {
        if (Math.min(a.dim(-1), a.dim(-2)) == 0) {
            Linalg.Qr empty = Householder.qr(a, false);
            return new Linalg.Svd(empty.q(), Matrices.diagonal(empty.r()), empty.r());
        }
        Tensor finite = Matrix.finite(a);
        boolean tall = a.dim(-2) >= a.dim(-1);
        Linalg.Svd f = OneSidedJacobi.svd(tall ? a : Matrices.transpose(a));
        return new Linalg.Svd(
                Matrix.orNaN(finite, tall ? f.u() : Matrices.transpose(f.vt())),
                Matrix.orNaN(finite.squeeze(-1), f.s()),
                Matrix.orNaN(finite, tall ? f.vt() : Matrices.transpose(f.u())));
    }

    /** The decomposition with square U and V: the reduced vectors completed by a QR of them. */
    static Linalg.Svd fullSvd(Tensor a) {
        Linalg.Svd f = svd(a.stopGradient());
        return new Linalg.Svd(completed(f.u()), f.s(), Matrices.transpose(completed(Matrices.transpose(f.vt()))));
    }

    /** Orthonormal columns, and after them an orthonormal base of the rest of the space. */
    private static Tensor completed(Tensor u) {
        int k = u.dim(-1);
        int m = u.dim(-2);
        if (k == m) {
            return u;
        }
        Tensor q = Householder.qr(u, true).q();
        return Tensor.concatenate(-1, u, q.slice(-1, k, m));
    }
}
