package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The solution X of op(A) X = B, or of X op(A) = B, for triangular matrices A in the last two axes; leading axes are
 * batches. Only the named triangle of A is read. A zero on the diagonal gives infinities or NaN.
 *
 * @param leftSide whether A stands left of X
 * @param lower whether the lower triangle of A is read, before {@code op}
 * @param op what of A is solved with
 * @param unitDiagonal whether the diagonal is taken for ones and not read
 */
public record TriangularSolve(boolean leftSide, boolean lower, Op op, boolean unitDiagonal) implements Primitive {
    /** What of a matrix is solved with. */
    public enum Op {
        /** The matrix itself. */
        NO_TRANSPOSE("none"),
        /** Its transpose. */
        TRANSPOSE("transpose"),
        /** Its conjugate transpose. */
        ADJOINT("adjoint");

        private final String text;

        Op(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The solution with the lower triangle of {@code a} on the left. */
    static Tensor lowerLeft(Op op, Tensor a, Tensor b) {
        return Trace.bind1(new TriangularSolve(true, true, op, false), a, b);
    }

    /** The solution with the lower triangle of {@code a} on the right. */
    static Tensor lowerRight(Op op, Tensor a, Tensor b) {
        return Trace.bind1(new TriangularSolve(false, true, op, false), a, b);
    }

    @Override
    public String mnemonic() {
        return "triangular_solve";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Int("left_side", leftSide ? 1 : 0),
                new Param.Int("lower", lower ? 1 : 0),
                new Param.Word("transpose_a", op.text),
                new Param.Int("unit_diagonal", unitDiagonal ? 1 : 0));
    }

    /** The primitive of parameters that were read. */
    static TriangularSolve of(int leftSide, int lower, String op, int unitDiagonal) {
        Op found = Arrays.stream(Op.values())
                .filter(o -> o.text.equals(op))
                .findFirst()
                .orElseThrow(() -> TraceErrors.format("the operation " + op + " on a matrix is not known"));
        return new TriangularSolve(leftSide == 1, lower == 1, found, unitDiagonal == 1);
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray a = ins.get(0);
        ShapedArray b = ins.get(1);
        if (a.dtype() != b.dtype()) {
            throw TraceErrors.dtypes(mnemonic(), a, b);
        }
        Matrices.requireSquare(mnemonic(), a);
        boolean fits = b.rank() == a.rank()
                && b.dim(b.rank() - (leftSide ? 2 : 1)) == a.dim(a.rank() - 1)
                && b.shape().subList(0, b.rank() - 2).equals(a.shape().subList(0, a.rank() - 2));
        if (!fits) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "leading axes must be equal, and the right-hand side must have the matrix's size along its %s axis"
                            .formatted(leftSide ? "last but one" : "last"),
                    ins);
        }
        return List.of(b);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.op(
                "\"stablehlo.triangular_solve\"(%s) {left_side = %s, lower = %s, unit_diagonal = %s, transpose_a = #stablehlo<transpose %s>}"
                        .formatted(String.join(", ", ins), leftSide, lower, unitDiagonal, op.name()),
                eqn));
    }

    /** op(A) dX = dB - op(dA) X. */
    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor da = tangents.get(0);
        Tensor right = tangents.get(1);
        if (da != null) {
            Tensor of = switch (op) {
                case NO_TRANSPOSE -> triangle(da);
                case TRANSPOSE -> Matrices.transpose(triangle(da));
                case ADJOINT -> Matrices.adjoint(triangle(da));
            };
            Tensor x = outs.get(0);
            Tensor moved = leftSide ? of.matmul(x) : x.matmul(of);
            right = right == null ? Lax.neg(moved) : Lax.sub(right, moved);
        }
        return Arrays.asList(right == null ? null : Trace.bind1(this, ins.get(0), right));
    }

    /** B takes the solution with the transpose of op(A) for its cotangent; A takes minus its product with X. */
    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null);
        }
        Tensor b = switch (op) {
            case NO_TRANSPOSE -> Trace.bind1(with(Op.TRANSPOSE), ins.get(0), ct);
            case TRANSPOSE -> Trace.bind1(with(Op.NO_TRANSPOSE), ins.get(0), ct);
            case ADJOINT -> Trace.bind1(with(Op.NO_TRANSPOSE), Matrices.conj(ins.get(0)), ct);
        };
        Tensor x = outs.get(0);
        Tensor a = leftSide
                ? b.matmul(Matrices.transpose(x))
                : Matrices.transpose(x).matmul(b);
        Tensor placed = switch (op) {
            case NO_TRANSPOSE -> a;
            case TRANSPOSE -> Matrices.transpose(a);
            case ADJOINT -> Matrices.adjoint(a);
        };
        return List.of(Lax.neg(triangle(placed)), b);
    }

    private TriangularSolve with(Op other) {
        return new TriangularSolve(leftSide, lower, other, unitDiagonal);
    }

    /** What is read of a matrix. */
    private Tensor triangle(Tensor x) {
        int diagonal = unitDiagonal ? 1 : 0;
        return lower ? Matrices.lower(x, -diagonal) : Matrices.upper(x, diagonal);
    }

    /** A batch of right-hand sides of one matrix is more columns (rows on the right) of one right-hand side. */
    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        if (ins.get(0).mapped()) {
            return Elementwise.vmap(this, ins, batch);
        }
        Tensor b = ins.get(1).value();
        int rank = b.rank();
        int at = leftSide ? rank - 2 : rank - 3;
        List<Integer> inward = new ArrayList<>(Indices.range(1, rank));
        inward.add(at, 0);
        Tensor moved = Lax.transpose(b, inward);
        List<Integer> merged = new ArrayList<>(moved.shape());
        merged.set(at, merged.get(at) * merged.remove(/* index */ at + 1));
        Tensor solved = Trace.bind1(this, ins.get(0).value(), Lax.reshape(moved, merged));
        return List.of(Mapped.yes(Lax.transpose(Lax.reshape(solved, moved.shape()), Indices.inverse(inward))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray a = ins.get(0);
        HostArray b = ins.get(1);
        ShapedArray to = b.aval();
        int n = a.aval().dim(a.aval().rank() - 1);
        int columns = to.dim(to.rank() - (leftSide ? 1 : 2));
        Complex[] x = new Complex[Math.toIntExact(to.elements())];
        int batches = x.length / Math.max(1, n * columns);
        for (int batch = 0; batch < batches; batch++) {
            Complex[][] m = matrix(a, batch * n * n, n);
            for (int c = 0; c < columns; c++) {
                int from = batch * n * columns + (leftSide ? c : c * n);
                substitute(m, b, x, from, leftSide ? columns : 1);
            }
        }
        return List.of(
                to.dtype().isComplex()
                        ? HostArray.ofComplex(to, i -> x[i])
                        : HostArray.ofDoubles(to, i -> x[i].getReal()));
    }

    /** One column, elements {@code from}, {@code from + stride}, ... of the right-hand side. */
    private void substitute(Complex[][] m, HostArray b, Complex[] x, int from, int stride) {
        int n = m.length;
        boolean forward = lower == ((op == Op.NO_TRANSPOSE) == leftSide);
        for (int step = 0; step < n; step++) {
            int i = forward ? step : n - 1 - step;
            Complex sum = b.complexAt(from + i * stride);
            for (int before = 0; before < step; before++) {
                int j = forward ? before : n - 1 - before;
                sum = sum.subtract(m[i][j].multiply(x[from + j * stride]));
            }
            x[from + i * stride] = unitDiagonal ? sum : sum.divide(m[i][i]);
        }
    }

    /** The matrix that stands left of a column: op(A), or its transpose where A stands right of a row. */
    private Complex[][] matrix(HostArray a, int at, int n) {
        Complex[][] m = new Complex[n][n];
        boolean transposed = (op == Op.NO_TRANSPOSE) != leftSide;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                Complex v = a.complexAt(at + (transposed ? j * n + i : i * n + j));
                m[i][j] = op == Op.ADJOINT ? v.conj() : v;
            }
        }
        return m;
    }
}
