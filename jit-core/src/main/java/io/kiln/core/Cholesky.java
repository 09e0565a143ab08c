package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The lower triangular L with A = L L^H of positive definite matrices A in the last two axes; leading axes are batches.
 * Only the lower triangle of A is read; above its diagonal the result is zero. A matrix that is not positive definite
 * gives NaN in the lower triangle.
 */
public record Cholesky() implements Primitive {
    @Override
    public String mnemonic() {
        return "cholesky";
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        Matrices.requireSquare(mnemonic(), ins.get(0));
        return ins;
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        ShapedArray a = eqn.ins().get(0).aval();
        String type = a.mlir();
        String factor = out.line("stablehlo.cholesky %s, lower = true : %s".formatted(ins.get(0), type));
        // What the operation leaves above the diagonal depends on the plugin.
        String index = a.withDType(DType.I32).mlir();
        String bool = a.withDType(DType.BOOL).mlir();
        String rows = out.line("stablehlo.iota dim = %d : %s".formatted(a.rank() - 2, index));
        String columns = out.line("stablehlo.iota dim = %d : %s".formatted(a.rank() - 1, index));
        String mask = out.line(
                "stablehlo.compare GE, %s, %s, SIGNED : (%s, %s) -> %s".formatted(rows, columns, index, index, bool));
        String zero = out.constant(Atom.Literal.of(a.dtype(), 0));
        String zeros = out.line("stablehlo.broadcast_in_dim %s, dims = [] : (%s) -> %s"
                .formatted(zero, ShapedArray.of(a.dtype()).mlir(), type));
        return List.of(out.line("stablehlo.select %s, %s, %s : %s, %s".formatted(mask, factor, zeros, bool, type)));
    }

    /** dL = L Phi(L^-1 dA L^-H) (Murray 2016, section 3.1), where dA is the Hermitian matrix of the lower triangle. */
    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        if (t == null) {
            return Collections.singletonList(null);
        }
        Tensor l = outs.get(0);
        Tensor half = Matrices.halfLower(t);
        Tensor hermitian = Lax.add(half, Matrices.adjoint(half));
        Tensor left = TriangularSolve.lowerLeft(TriangularSolve.Op.NO_TRANSPOSE, l, hermitian);
        Tensor both = TriangularSolve.lowerRight(TriangularSolve.Op.ADJOINT, l, left);
        return List.of(l.matmul(Matrices.halfLower(both)));
    }

    /** The adjoint of the jvp: P = L^-H Phi(L^H dL) L^-1, of which the lower triangle takes P + P^H. */
    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Collections.singletonList(null);
        }
        // Cotangents pair without conjugation; the formulas are those of the conjugate.
        Tensor l = outs.get(0);
        Tensor phi = Matrices.halfLower(Matrices.adjoint(l).matmul(Matrices.conj(ct)));
        Tensor left = TriangularSolve.lowerLeft(TriangularSolve.Op.ADJOINT, l, phi);
        Tensor p = TriangularSolve.lowerRight(TriangularSolve.Op.NO_TRANSPOSE, l, left);
        return List.of(Matrices.conj(Matrices.halfLower(Lax.add(p, Matrices.adjoint(p)))));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray a = ins.get(0);
        int n = a.aval().dim(a.aval().rank() - 1);
        int each = Math.max(1, n * n);
        int batches = Math.toIntExact(a.aval().elements() / each);
        Complex[] out = new Complex[Math.toIntExact(a.aval().elements())];
        for (int b = 0; b < batches; b++) {
            factor(a, out, b * each, n);
        }
        return List.of(
                a.aval().dtype().isComplex()
                        ? HostArray.ofComplex(a.aval(), i -> out[i])
                        : HostArray.ofDoubles(a.aval(), i -> out[i].getReal()));
    }

    /** Column by column, as Cholesky and Banachiewicz. */
    private static void factor(HostArray a, Complex[] out, int at, int n) {
        boolean definite = true;
        for (int j = 0; j < n; j++) {
            double square = a.complexAt(at + j * n + j).getReal();
            for (int k = 0; k < j; k++) {
                square -= out[at + j * n + k].norm();
            }
            definite &= square > 0;
            double pivot = Math.sqrt(square);
            for (int i = 0; i < n; i++) {
                Complex sum = a.complexAt(at + i * n + j);
                for (int k = 0; k < j && i > j; k++) {
                    sum = sum.subtract(out[at + i * n + k].multiply(out[at + j * n + k].conj()));
                }
                out[at + i * n + j] = i < j ? Complex.ZERO : i == j ? Complex.ofCartesian(pivot, 0) : sum.divide(pivot);
            }
        }
        for (int i = 0; i < n && !definite; i++) {
            for (int j = 0; j <= i; j++) {
                out[at + i * n + j] = Complex.ofCartesian(Double.NaN, Double.NaN);
            }
        }
    }
}
