package io.kiln.core;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The operand repeated to {@code shape}: its axis {@code i} becomes axis {@code dims[i]}, and a size of 1 is repeated. The
 * dims ascend. */
public record BroadcastInDim(List<Integer> shape, List<Integer> dims) implements Primitive {
    /** Copies the lists. */
    public BroadcastInDim {
        shape = List.copyOf(shape);
        dims = List.copyOf(dims);
    }

    @Override
    public String mnemonic() {
        return "broadcast_in_dim";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("shape", shape), new Param.Ints("broadcast_dimensions", dims));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        boolean ok = dims.size() == x.rank() && Indices.areAxes(dims, shape.size());
        for (int i = 0; ok && i < dims.size(); i++) {
            int size = shape.get(dims.get(i));
            ok = (x.dim(i) == size || x.dim(i) == 1) && (i == 0 || dims.get(i) > dims.get(i - 1));
        }
        if (!ok) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "the operand's axes must fit the axes %s of %s".formatted(dims, x.withShape(shape)),
                    ins);
        }
        return List.of(x.withShape(shape));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.broadcast_in_dim", eqn, ins, ", dims = " + dims));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Collections.singletonList(t == null ? null : Trace.bind1(this, t));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Collections.singletonList(null);
        }
        ShapedArray x = ins.get(0).aval();
        return List.of(back(ct, x));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.mapped(Trace.bind(
                new BroadcastInDim(Indices.prepend(batch.size(), shape), Indices.prepend(0, Indices.shift(dims, 1))),
                List.of(ins.get(0).value())));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        int[] strides = Indices.strides(x.aval().shape());
        return List.of(x.gather(x.aval().withShape(shape), i -> {
            int[] at = Indices.unflatten(i, shape);
            int flat = 0;
            for (int k = 0; k < strides.length; k++) {
                flat += x.aval().dim(k) == 1 ? 0 : at[dims.get(k)] * strides[k];
            }
            return flat;
        }));
    }

    /** The sum over what was repeated. */
    private Tensor back(Tensor ct, ShapedArray x) {
        List<Integer> repeated = IntStream.range(0, shape.size())
                .filter(a -> !dims.contains(a) || (x.dim(dims.indexOf(a)) == 1 && shape.get(a) != 1))
                .boxed()
                .toList();
        Tensor sum = repeated.isEmpty() ? ct : Lax.reduce(Reduction.SUM, ct, repeated);
        return Lax.reshape(sum, x.shape());
    }
}
