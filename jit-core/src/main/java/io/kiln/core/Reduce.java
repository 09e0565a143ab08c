package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The elements combined over {@code axes}, which are sorted, distinct and within the operand's rank. */
public record Reduce(Reduction reduction, List<Integer> axes) implements Primitive {
    /** Sorts the axes. */
    public Reduce {
        axes = axes.stream().sorted().toList();
    }

    @Override
    public String mnemonic() {
        return reduction.mnemonic();
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("axes", axes));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        reduction.combine().abstractEval(List.of(x, x));
        for (int axis : axes) {
            if (axis < 0 || axis >= x.rank()) {
                throw TraceErrors.axis(mnemonic(), axis, x);
            }
        }
        if (!Indices.areAxes(axes, x.rank())) {
            throw TraceErrors.operands(mnemonic(), "the axes must be distinct, got " + axes, ins);
        }
        return List.of(x.withShape(Indices.at(x.shape(), Indices.others(x.rank(), axes))));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        ShapedArray x = eqn.ins().get(0).aval();
        String init = out.constant(reduction.neutral(x.dtype()));
        return List.of(out.line("stablehlo.reduce(%s init: %s) applies %s across dimensions = %s : (%s, %s) -> %s"
                .formatted(
                        ins.get(0),
                        init,
                        reduction.hlo(),
                        axes,
                        x.mlir(),
                        ShapedArray.of(x.dtype()).mlir(),
                        eqn.outs().get(0).aval().mlir())));
    }

    /** A reduced value repeated along the axes again. */
    private Tensor spread(Tensor t, ShapedArray x) {
        return Lax.broadcastInDim(t, x.shape(), Indices.others(x.rank(), axes));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        Tensor weights = t == null ? null : weights(ins.get(0), outs.get(0));
        if (t == null || weights == null) {
            return Collections.singletonList(null);
        }
        Tensor scaled = reduction == Reduction.SUM ? t : Lax.mul(t, weights);
        return List.of(Lax.reduce(Reduction.SUM, scaled, axes));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        Tensor weights = ct == null ? null : weights(ins.get(0), outs.get(0));
        if (ct == null || weights == null) {
            return Collections.singletonList(null);
        }
        Tensor back = spread(ct, ins.get(0).aval());
        return List.of(reduction == Reduction.SUM ? back : Lax.mul(back, weights));
    }

    /** The derivative of the result with respect to each element; {@code null} where it is zero. */
    private @Nullable Tensor weights(Tensor x, Tensor y) {
        if (reduction == Reduction.PROD) {
            return productOfOthers(x);
        }
        Tensor slope = reduction.slope(x, spread(y, x.aval()));
        if (slope == null || reduction == Reduction.SUM) {
            return slope;
        }
        // Ties share the derivative evenly, as JAX does.
        return Lax.div(slope, spread(Lax.reduce(Reduction.SUM, slope, axes), x.aval()));
    }

    /** For each element the product of those before it, or of those after it if {@code reverse}. */
    private static Tensor products(Tensor x, int axis, boolean reverse) {
        List<Integer> none = Indices.repeat(x.rank(), 0);
        List<Integer> in = new ArrayList<>(none);
        List<Integer> out = new ArrayList<>(none);
        in.set(axis, Math.min(1, x.dim(axis)));
        out.set(axis, -in.get(axis));
        Tensor moved = Lax.pad(x, 1, reverse ? out : in, reverse ? in : out, none);
        return AssociativeScan.product(moved, axis, reverse);
    }

    /** For each element the product of all others, exact also where some are zero: products from both sides. */
    private Tensor productOfOthers(Tensor x) {
        Tensor result = Lax.like(x, 1);
        Tensor rest = x;
        for (int axis : axes.reversed()) {
            Tensor before = products(rest, axis, false);
            Tensor after = products(rest, axis, true);
            Tensor others = Lax.mul(before, after);
            Tensor wide = axes.size() == 1 ? others : Lax.broadcastTo(others, x.shape());
            result = Lax.mul(result, wide);
            Tensor reduced = Lax.reduce(Reduction.PROD, rest, List.of(axis));
            List<Integer> kept = rest.shape();
            List<Integer> ones = new ArrayList<>(kept);
            ones.set(axis, 1);
            rest = Lax.reshape(reduced, ones);
        }
        return result;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return List.of(Mapped.yes(Lax.reduce(reduction, ins.get(0).value(), Indices.shift(axes, 1))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        List<Integer> kept = Indices.others(x.aval().rank(), axes);
        int[] strides = Indices.strides(to.shape());
        int n = Math.toIntExact(x.aval().elements());
        int[] slots = new int[n];
        for (int i = 0; i < n; i++) {
            int[] at = Indices.unflatten(i, x.aval().shape());
            for (int k = 0; k < strides.length; k++) {
                slots[i] += at[kept.get(k)] * strides[k];
            }
        }
        HostArray neutral = reduction.neutral(to.dtype()).toHost();
        return List.of(reduction.combine().fold(neutral.gather(to, i -> 0), x, slots));
    }
}
