package io.kiln.jobs.cases.numerics;

import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.core.TriangularSolve;
import io.kiln.jit.Control;
import io.kiln.jit.F1;
import io.kiln.jit.Jit;
import io.kiln.linalg.Linalg;
import io.kiln.linalg.MatrixNorm;
import java.util.List;

/** Factorizations, solutions, determinants and norms of matrices. */
final class LinearAlgebra {
    private LinearAlgebra() {}

    static void addTo(Rows rows) {
        triangles(rows);
        solutions(rows);
        factorizations(rows);
        norms(rows);
        transforms(rows);
    }

    private static void triangles(Rows rows) {
        rows.unary(Linalg::cholesky, "cholesky", "cholesky_batch", "cholesky_jnp", "cholesky_not_pd", "cho_factor");
        rows.binary((a, b) -> Linalg.choSolve(Linalg.cholesky(a), b), "cho_solve");
        rows.family(
                (c, in) -> Linalg.triangularSolve(
                        in.get(0),
                        in.get(1),
                        c.flag("left_side"),
                        c.flag("lower"),
                        c.flag("transpose_a") ? TriangularSolve.Op.TRANSPOSE : TriangularSolve.Op.NO_TRANSPOSE,
                        c.flag("unit_diagonal")),
                "triangular_solve");
        rows.binary((a, b) -> Linalg.solveTriangular(a, b, true), "solve_triangular");
    }

    private static void solutions(Rows rows) {
        rows.binary(Linalg::solve, "solve", "solve_vector", "solve_batch", "solve_singular");
        rows.unary(Linalg::inv, "inv", "inv_batch", "inv_singular");
        rows.unary(Linalg::det, "det", "det_batch", "det_2x2", "det_3x3", "det_singular");
        rows.many(
                in -> {
                    Linalg.SlogDet f = Linalg.slogdet(in.get(0));
                    return List.of(f.sign(), f.logAbsDet());
                },
                "slogdet");
        rows.unary(Linalg::logdet, "logdet");
        rows.binary((a, b) -> Linalg.lstsq(a, b).x(), "lstsq", "lstsq_vector");
        rows.unary(Linalg::pinv, "pinv", "pinv_wide");
        rows.binary((a, b) -> Linalg.luSolve(Linalg.luFactor(a), b), "lu_solve");
        rows.family(
                (c, in) -> Linalg.matrixPower(in.get(0), (int) c.call().number("jnp.linalg.matrix_power", 1)),
                "matrix_power");
        rows.unary(Linalg::cond, "cond");
        rows.one(in -> Linalg.multiDot(in.toArray(Tensor[]::new)), "multi_dot");
        rows.unary(Linalg::matrixRank, "matrix_rank");
        rows.unary(Linalg::expm, "expm");
    }

    private static void factorizations(Rows rows) {
        rows.many(
                in -> {
                    Linalg.Lu f = Linalg.lu(in.get(0));
                    return List.of(f.p().dot(f.l()).dot(f.u()), Matrices.diagonal(f.u()));
                },
                "lu");
        rows.many(
                in -> {
                    Linalg.Lu f = Linalg.lu(in.get(0));
                    return List.of(f.p(), f.l(), f.u());
                },
                "lu_plu");
        rows.many(
                in -> {
                    Linalg.Qr f = Linalg.qr(in.get(0));
                    return List.of(f.q(), f.r());
                },
                "qr_raw",
                "qr_raw_wide");
        rows.unary(
                a -> {
                    Linalg.Qr f = Linalg.qr(a);
                    return f.q().dot(f.r());
                },
                "qr_reconstruct");
        rows.unary(a -> Linalg.qr(a).r().abs(), "qr_function");
        rows.many(
                in -> {
                    Linalg.Qr f = Linalg.qr(in.get(0), true);
                    return List.of(f.q().transpose().dot(f.q()), f.q().dot(f.r()));
                },
                "qr_complete");
        rows.many(
                in -> {
                    Linalg.Eigh f = Linalg.eigh(in.get(0));
                    return List.of(f.w(), f.v());
                },
                "eigh_raw");
        rows.unary(
                a -> {
                    Linalg.Eigh f = Linalg.eigh(a);
                    return f.v().times(f.w().sqrt()).dot(f.v().transpose());
                },
                "eigh_function");
        rows.unary(Linalg::eigvalsh, "eigvalsh", "eigvalsh_batch");
        rows.many(
                in -> {
                    Linalg.Svd f = Linalg.svd(in.get(0));
                    return List.of(f.u(), f.s(), f.vt());
                },
                "svd_raw",
                "svd_raw_wide");
        rows.unary(
                a -> {
                    Linalg.Svd f = Linalg.svd(a);
                    return f.u().times(f.s()).dot(f.vt());
                },
                "svd_reconstruct");
        rows.unary(Linalg::svdvals, "svdvals");
    }

    private static void norms(Rows rows) {
        rows.unary(x -> Linalg.norm(x, 2, 1), "norm");
        rows.unary(x -> Linalg.norm(x, 1, 1), "norm_l1");
        rows.unary(x -> Linalg.norm(x, 3, 1), "norm_l3");
        rows.unary(x -> Linalg.norm(x, Double.POSITIVE_INFINITY, 1), "norm_inf");
        rows.unary(x -> Linalg.norm(x), "norm_fro");
        rows.unary(x -> Linalg.norm(x, MatrixNorm.NUCLEAR), "norm_nuc");
        rows.unary(x -> Linalg.norm(x, 2), "norm_2");
        rows.unary(x -> Linalg.norm(x, 1), "matrix_norm_1");
    }

    private static void transforms(Rows rows) {
        rows.unary(x -> Jit.vmap((Tensor a) -> Linalg.cholesky(a), 0).apply(x), "t_vmap_cholesky");
        rows.binary(
                (x, y) -> Jit.vmap((Tensor a, Tensor b) -> Linalg.solve(a, b), 0, null)
                        .apply(x, y),
                "t_vmap_solve");
        rows.unary(
                x -> Jit.grad((Tensor a) -> {
                            Tensor w = Linalg.eigvalsh(a.plus(a.transpose()));
                            return w.times(w).times(w).sum();
                        })
                        .apply(x),
                "t_grad_eigh");
        rows.unary(x -> Jit.grad((Tensor a) -> Linalg.inv(a).square().sum()).apply(x), "t_grad_inv");
        rows.unary(x -> Jit.grad((Tensor a) -> Linalg.logdet(a)).apply(x), "t_grad_logdet");
        rows.unary(
                x -> Jit.grad((Tensor a) -> {
                            Tensor gram = a.dot(a.transpose());
                            Tensor identity = Matrices.eye(a.dtype(), a.dim(0));
                            return Linalg.cholesky(gram.plus(identity.times(3))).sum();
                        })
                        .apply(x),
                "t_grad_cholesky");
        rows.binary(
                (a, b) -> Control.fori(0, 50, b, (_, v) -> {
                    Tensor w = a.dot(v);
                    return w.dividedBy(Linalg.norm(w));
                }),
                "t_power_iteration");
        rows.many(in -> newton(in.get(0), in.get(1)), "t_newton_logistic");
    }

    /** Eight steps of Newton's method on a logistic loss. */
    private static List<Tensor> newton(Tensor a, Tensor b) {
        F1<Tensor, Tensor> objective = w -> {
            Tensor margins = b.negate().times(a.dot(w));
            return margins.logAddExp(Matrices.zeros(margins))
                    .mean()
                    .plus(w.times(0.05).dot(w));
        };
        Tensor found = Control.fori(
                0,
                8,
                Tensor.zeros(a.dtype(), a.dim(1)),
                (_, w) -> w.minus(Linalg.solve(
                        Jit.hessian(objective).apply(w), Jit.grad(objective).apply(w))));
        return List.of(found, objective.apply(found));
    }
}
