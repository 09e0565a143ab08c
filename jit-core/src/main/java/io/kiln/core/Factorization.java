package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A factorization of the matrices in the last two axes by a program, with the derivative that its kind has whatever the
 * program does: from the factors, not through its loops. It is lowered to a function of its own.
 */
public record Factorization(Kind kind, Program program) implements Primitive {
    /** What a factorization gives, in the order of its results. */
    public enum Kind {
        /** L below and U on and above the diagonal of one matrix; pivots and permutation, i32: P A = L U. */
        LU(3),
        /** Q and R: A = Q R. */
        QR(2),
        /** Ascending eigenvalues w and eigenvectors V of the Hermitian part of A. */
        EIGH(2),
        /** U, the singular values s descending, and V^T: A = U diag(s) V^T, reduced. */
        SVD(3);

        private final int results;

        Kind(int results) {
            this.results = results;
        }
    }

    @Override
    public String mnemonic() {
        return "factorization";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Word("kind", kind.name()), new Param.Programs("program", List.of(program)));
    }

    /** The primitive of parameters that were read. */
    static Factorization of(String kind, Program program) {
        Kind found = Arrays.stream(Kind.values())
                .filter(k -> k.name().equals(kind))
                .findFirst()
                .orElseThrow(() -> TraceErrors.format("the factorization " + kind + " is not known"));
        return new Factorization(found, program);
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (ins.size() != 1
                || !ins.equals(program.inputs())
                || program.results().size() != kind.results) {
            throw TraceErrors.operands(
                    mnemonic() + " " + kind,
                    "the operands must be %s, and the program must have %d results"
                            .formatted(program.inputs(), kind.results),
                    ins);
        }
        Matrices.requireDType(mnemonic(), ins.get(0));
        return program.outputs();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.call(kind.name().toLowerCase(Locale.ROOT), program, ins);
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor da = tangents.get(0);
        if (da == null) {
            return Replay.nulls(outs.size());
        }
        return switch (kind) {
            case LU -> lu(da, outs);
            case QR -> qr(da, outs.get(0), outs.get(1));
            case EIGH -> eigh(da, outs.get(0), outs.get(1));
            case SVD -> svd(da, outs.get(0), outs.get(1), outs.get(2));
        };
    }

    /** The transpose of the jvp, which is linear in the tangent. */
    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        List<Integer> given = Replay.given(cts);
        int n = outs.size();
        List<Tensor> operands = new ArrayList<>(outs);
        operands.add(Lax.like(ins.get(0), 0));
        Program linear = Replay.program(
                all -> {
                    List<@Nullable Tensor> moved = jvp(ins, List.of(all.get(n)), all.subList(0, n));
                    return given.stream()
                            .map(i -> Objects.requireNonNull(moved.get(i)))
                            .toList();
                },
                operands.stream().map(Tensor::aval).toList());
        Replay.Back back = Replay.vjp(
                linear,
                operands,
                _ -> given.stream().<@Nullable Tensor>map(cts::get).toList(),
                Set.of(n));
        return Collections.singletonList(back.cts().get(n));
    }

    private static Tensor solve(boolean left, boolean lower, boolean unit, Tensor a, Tensor b) {
        return Trace.bind1(new TriangularSolve(left, lower, TriangularSolve.Op.NO_TRANSPOSE, unit), a, b);
    }

    /** dL = L tril(M, -1) and dU = triu(M) U with M = L^-1 P dA U^-1, L and U completed to square matrices. */
    private static List<@Nullable Tensor> lu(Tensor da, List<Tensor> outs) {
        Tensor lu = outs.get(0);
        int m = lu.dim(-2);
        int n = lu.dim(-1);
        int k = Math.min(m, n);
        Tensor l = Matrices.withDiagonal(Matrices.pad(Matrices.lower(lu.slice(-1, 0, k), -1), m, m), 1);
        Tensor square = Matrices.pad(Matrices.upper(lu.slice(-2, 0, k), 0), n, n);
        Tensor diagonal = Matrices.diagonal(square);
        Tensor given = Matrices.index(n).lessThan(k);
        Tensor u = Matrices.withDiagonal(square, Tensor.where(given, diagonal, Matrices.ones(diagonal)));
        Tensor left = solve(true, true, true, l, Matrices.permuted(da, outs.get(2)));
        Tensor both = solve(false, false, false, u, left);
        Tensor moved =
                l.matmul(Matrices.lower(both, -1)).plus(Matrices.upper(both, 0).matmul(u));
        return Arrays.asList(moved, null, null);
    }

    /** With M = Q^T dA R^-1 and the skew D = tril(M, -1) - tril(M, -1)^T: dQ = Q (D - M) + dA R^-1, dR = (M - D) R. */
    private static List<@Nullable Tensor> qr(Tensor da, Tensor q, Tensor r) {
        if (r.dim(-1) != r.dim(-2)) {
            throw TraceErrors.notDifferentiable(
                    "qr of " + da.aval() + " with Q " + q.aval(),
                    "factor matrices with at least as many rows as columns, and reduced");
        }
        Tensor x = solve(false, false, false, r, da);
        Tensor inner = Matrices.adjoint(q).matmul(x);
        Tensor lower = Matrices.lower(inner, -1);
        Tensor skew = lower.minus(Matrices.adjoint(lower));
        return List.of(q.matmul(skew.minus(inner)).plus(x), inner.minus(skew).matmul(r));
    }

    /** With M = V^T dA V: dw is its diagonal, and dV = V (M / (w_j - w_i)) with zeros on the diagonal. */
    private static List<@Nullable Tensor> eigh(Tensor da, Tensor w, Tensor v) {
        Tensor m = Matrices.adjoint(v).matmul(Matrices.hermitian(da)).matmul(v);
        Tensor identity = Matrices.eye(w.dtype(), w.dim(-1));
        Tensor gaps = w.expandDims(-2).minus(w.expandDims(-1)).plus(identity);
        return List.of(
                Matrices.diagonal(m), v.matmul(gaps.reciprocal().minus(identity).times(m)));
    }

    /** Townsend, "Differentiating the singular value decomposition" (2016), section 2: equal values have no rotation. */
    private static List<@Nullable Tensor> svd(Tensor da, Tensor u, Tensor s, Tensor vt) {
        Tensor ut = Matrices.adjoint(u);
        Tensor v = Matrices.adjoint(vt);
        Tensor row = s.expandDims(-2);
        Tensor column = s.expandDims(-1);
        Tensor m = ut.matmul(da).matmul(v);
        Tensor mt = Matrices.adjoint(m);
        Tensor factor = reciprocalOrZero(row.plus(column).times(row.minus(column)));
        Tensor skew = m.minus(mt).times(0.5).times(Matrices.withDiagonal(Matrices.zeros(m), reciprocalOrZero(s)));
        Tensor du = u.matmul(factor.times(m.times(row).plus(mt.times(column))).plus(skew));
        Tensor dv = v.matmul(factor.times(m.times(column).plus(mt.times(row))));
        if (u.dim(-2) > u.dim(-1)) {
            Tensor outside = da.matmul(v);
            du = du.plus(outside.minus(u.matmul(ut.matmul(outside))).dividedBy(row));
        }
        if (vt.dim(-1) > vt.dim(-2)) {
            Tensor outside = Matrices.adjoint(da).matmul(u);
            dv = dv.plus(outside.minus(v.matmul(vt.matmul(outside))).dividedBy(row));
        }
        return List.of(du, Matrices.diagonal(m), Matrices.adjoint(dv));
    }

    private static Tensor reciprocalOrZero(Tensor x) {
        Tensor zero = x.equalTo(0);
        return Tensor.where(zero, x, Tensor.where(zero, Matrices.ones(x), x).reciprocal());
    }

    /** The program over the batch; all results are mapped. */
    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Factorization batched = new Factorization(kind, DerivedProgram.vmapAll(program, Mapped.flags(ins), batch));
        return Elementwise.mapped(Trace.bind(batched, Mapped.values(ins)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
