package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The same bits read as dtype {@code to}, which must have the operand's size. */
public record BitcastConvert(DType to) implements Primitive {
    @Override
    public String mnemonic() {
        return "bitcast_convert_type";
    }

    @Override
    public List<Param> params() {
        return List.of(Param.dtype("new_dtype", to));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        if (x.dtype().byteSize() != to.byteSize() || (x.dtype() == DType.BOOL) != (to == DType.BOOL)) {
            throw TraceErrors.dtype(mnemonic(), "of the size of " + to, x);
        }
        return List.of(x.withDType(to));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.bitcast_convert", eqn, ins, ""));
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
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        return List.of(x.bitcast(x.aval().withDType(to)));
    }
}
