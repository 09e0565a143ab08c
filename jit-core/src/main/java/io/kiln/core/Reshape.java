package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The same elements, row-major, in other dimensions. */
public record Reshape(List<Integer> shape) implements Primitive {
    /** Copies the lists. */
    public Reshape {
        shape = List.copyOf(shape);
    }

    @Override
    public String mnemonic() {
        return "reshape";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("new_sizes", shape));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray to = ins.get(0).withShape(shape);
        if (to.elements() != ins.get(0).elements()) {
            throw TraceErrors.reshape(ins.get(0), shape);
        }
        return List.of(to);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.reshape", eqn, ins, ""));
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
        return List.of(Lax.reshape(ct, x.shape()));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return List.of(Mapped.yes(Lax.reshape(ins.get(0).value(), Indices.prepend(batch.size(), shape))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        return List.of(x.bitcast(x.aval().withShape(shape)));
    }
}
