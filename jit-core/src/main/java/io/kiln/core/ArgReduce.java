package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The index (i32) along {@code axis} of the first maximum, or of the first minimum. A NaN is more extreme than any
 * number.
 */
public record ArgReduce(boolean maximum, int axis) implements Primitive {
    @Override
    public String mnemonic() {
        return maximum ? "argmax" : "argmin";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Int("axis", axis));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        if (axis < 0 || axis >= x.rank()) {
            throw TraceErrors.axis(mnemonic(), axis, x);
        }
        Unary.Domain.ORDERED.check(this, x);
        if (x.dim(axis) == 0) {
            throw TraceErrors.operands(mnemonic(), "axis " + axis + " must have an element", ins);
        }
        return List.of(new ShapedArray(DType.I32, Indices.at(x.shape(), Indices.others(x.rank(), List.of(axis)))));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        ShapedArray x = eqn.ins().get(0).aval();
        DType dtype = x.dtype();
        String scalar = ShapedArray.of(dtype).mlir();
        String index = ShapedArray.of(DType.I32).mlir();
        ShapedArray indices = x.withDType(DType.I32);
        Reduction reduction = maximum ? Reduction.MAX : Reduction.MIN;
        String iota = out.line("stablehlo.iota dim = %d : %s".formatted(axis, indices.mlir()));
        String init = out.constant(reduction.neutral(dtype));
        String zero = out.constant(Atom.Literal.of(DType.I32, 0L));
        ShapedArray to = eqn.outs().get(0).aval();
        String result = out.open(
                "stablehlo.reduce(%s init: %s), (%s init: %s) across dimensions = [%d] : (%s, %s, %s, %s) -> (%s, %s)"
                        .formatted(
                                ins.get(0),
                                init,
                                iota,
                                zero,
                                axis,
                                x.mlir(),
                                indices.mlir(),
                                scalar,
                                index,
                                to.withDType(dtype).mlir(),
                                to.mlir()),
                2);
        String kind = Compare.hloKind(dtype);
        String bool = "tensor<i1>";
        String two = "(" + scalar + ", " + scalar + ") -> " + bool;
        String order = maximum ? "GT" : "LT";
        out.raw("reducer(%%a: %s, %%b: %s) (%%i: %s, %%j: %s) {".formatted(scalar, scalar, index, index));
        out.raw("  %%wins = stablehlo.compare %s, %%a, %%b, %s : %s".formatted(order, kind, two));
        // A NaN is unequal to itself: it wins over everything that comes later.
        out.raw("  %%nan = stablehlo.compare NE, %%a, %%a, %s : %s".formatted(kind, two));
        out.raw("  %%first = stablehlo.or %%wins, %%nan : %s".formatted(bool));
        out.raw("  %%same = stablehlo.compare EQ, %%a, %%b, %s : %s".formatted(kind, two));
        out.raw("  %%bnan = stablehlo.compare NE, %%b, %%b, %s : %s".formatted(kind, two));
        out.raw("  %%both = stablehlo.and %%nan, %%bnan : %s".formatted(bool));
        out.raw("  %%tie = stablehlo.or %%same, %%both : %s".formatted(bool));
        out.raw("  %%lower = stablehlo.compare LT, %%i, %%j, SIGNED : (%s, %s) -> %s".formatted(index, index, bool));
        out.raw("  %%nottie = stablehlo.not %%tie : %s".formatted(bool));
        out.raw("  %%strict = stablehlo.and %%first, %%nottie : %s".formatted(bool));
        out.raw("  %%tied = stablehlo.and %%tie, %%lower : %s".formatted(bool));
        out.raw("  %%pick = stablehlo.or %%strict, %%tied : %s".formatted(bool));
        out.raw("  %%value = stablehlo.select %%first, %%a, %%b : %s, %s".formatted(bool, scalar));
        out.raw("  %%index = stablehlo.select %%pick, %%i, %%j : %s, %s".formatted(bool, index));
        out.raw("  stablehlo.return %%value, %%index : %s, %s".formatted(scalar, index));
        out.raw("}");
        return List.of(result + "#1");
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.mapped(
                Trace.bind(new ArgReduce(maximum, axis + 1), List.of(ins.get(0).value())));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        List<Integer> kept = Indices.others(x.aval().rank(), List.of(axis));
        int[] strides = Indices.strides(x.aval().shape());
        return List.of(HostArray.ofLongs(to, i -> {
            int[] at = Indices.unflatten(i, to.shape());
            int base = 0;
            for (int k = 0; k < at.length; k++) {
                base += at[k] * strides[kept.get(k)];
            }
            int best = 0;
            for (int k = 1; k < x.aval().dim(axis); k++) {
                if (beats(x, base + k * strides[axis], base + best * strides[axis])) {
                    best = k;
                }
            }
            return best;
        }));
    }

    /** Whether element {@code a} is more extreme than element {@code b}. */
    boolean beats(HostArray x, int a, int b) {
        if (!x.aval().dtype().isFloat()) {
            int order = Compare.order(x.longAt(a), x.longAt(b), x.aval().dtype());
            return maximum ? order > 0 : order < 0;
        }
        if (Double.isNaN(x.doubleAt(b))) {
            return false;
        }
        return Double.isNaN(x.doubleAt(a)) || (maximum ? x.doubleAt(a) > x.doubleAt(b) : x.doubleAt(a) < x.doubleAt(b));
    }
}
