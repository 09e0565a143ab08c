package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Elementwise choice: operands condition (bool), whenTrue, whenFalse, of one shape; the condition may be a scalar. */
public record Select() implements Primitive {
    @Override
    public String mnemonic() {
        return "select";
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray condition = ins.get(0);
        if (condition.dtype() != DType.BOOL) {
            throw TraceErrors.dtype("select", "a condition of bool", condition);
        }
        ShapedArray type = Elementwise.sameType(this, ins.subList(1, 3));
        if (condition.rank() != 0 && !condition.shape().equals(type.shape())) {
            throw TraceErrors.shapes("select", condition, type);
        }
        return List.of(type);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.line("stablehlo.select %s : %s, %s"
                .formatted(
                        String.join(", ", ins),
                        eqn.ins().get(0).aval().mlir(),
                        eqn.outs().get(0).aval().mlir())));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor a = tangents.get(1);
        Tensor b = tangents.get(2);
        if (a == null && b == null) {
            return Collections.singletonList(null);
        }
        Tensor zero = Lax.like(outs.get(0), 0);
        return List.of(Lax.select(ins.get(0), a == null ? zero : a, b == null ? zero : b));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null, null);
        }
        Tensor zero = Lax.like(ct, 0);
        return Arrays.asList(null, Lax.select(ins.get(0), ct, zero), Lax.select(ins.get(0), zero, ct));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Mapped condition = ins.get(0);
        Tensor a = ins.get(1).along(batch);
        Tensor b = ins.get(2).along(batch);
        Tensor which = condition.row().rank() > 0
                ? condition.along(batch)
                : condition.mapped() ? Lax.broadcastInDim(condition.value(), a.shape(), List.of(0)) : condition.value();
        return List.of(Mapped.yes(Lax.select(which, a, b)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray condition = ins.get(0);
        boolean scalar = condition.aval().rank() == 0;
        return List.of(HostArray.pick(
                ins.get(1).aval(), i -> ins.get(condition.longAt(scalar ? 0 : i) != 0 ? 1 : 2), i -> i));
    }
}
