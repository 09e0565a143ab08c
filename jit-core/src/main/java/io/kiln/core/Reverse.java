package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The elements in reverse order along {@code axes}. */
public record Reverse(List<Integer> axes) implements Primitive {
    /** Copies the lists. */
    public Reverse {
        axes = List.copyOf(axes);
    }

    @Override
    public String mnemonic() {
        return "rev";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("dimensions", axes));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        if (!Indices.areAxes(axes, x.rank())) {
            throw TraceErrors.operands(mnemonic(), "the axes must be distinct axes of the operand, got " + axes, ins);
        }
        return List.of(x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.line("stablehlo.reverse %s, dims = %s : %s"
                .formatted(ins.get(0), axes, eqn.outs().get(0).aval().mlir())));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Collections.singletonList(t == null ? null : Trace.bind1(this, t));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        return Collections.singletonList(ct == null ? null : Trace.bind1(this, ct));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return List.of(Mapped.yes(Lax.reverse(ins.get(0).value(), Indices.shift(axes, 1))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        List<Integer> shape = x.aval().shape();
        int[] strides = Indices.strides(shape);
        return List.of(x.gather(x.aval(), i -> {
            int[] at = Indices.unflatten(i, shape);
            for (int axis : axes) {
                at[axis] = shape.get(axis) - 1 - at[axis];
            }
            return Indices.flatten(at, strides);
        }));
    }
}
