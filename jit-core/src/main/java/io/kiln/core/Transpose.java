package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operand's axes in another order: axis {@code i} of the result is axis {@code permutation[i]}. */
public record Transpose(List<Integer> permutation) implements Primitive {
    /** Copies the lists. */
    public Transpose {
        permutation = List.copyOf(permutation);
    }

    @Override
    public String mnemonic() {
        return "transpose";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("permutation", permutation));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        if (permutation.size() != x.rank() || !Indices.areAxes(permutation, x.rank())) {
            throw TraceErrors.operands(
                    mnemonic(), "the axes must be each axis of the operand once, got " + permutation, ins);
        }
        return List.of(x.withShape(Indices.at(x.shape(), permutation)));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.transpose", eqn, ins, ", dims = " + permutation));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Collections.singletonList(t == null ? null : Trace.bind1(this, t));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        return Collections.singletonList(ct == null ? null : Lax.transpose(ct, Indices.inverse(permutation)));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Integer> all = Indices.prepend(0, Indices.shift(permutation, 1));
        return List.of(Mapped.yes(Lax.transpose(ins.get(0).value(), all)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        int[] strides = Indices.strides(x.aval().shape());
        return List.of(x.gather(to, i -> {
            int[] at = Indices.unflatten(i, to.shape());
            int flat = 0;
            for (int k = 0; k < at.length; k++) {
                flat += at[k] * strides[permutation.get(k)];
            }
            return flat;
        }));
    }
}
