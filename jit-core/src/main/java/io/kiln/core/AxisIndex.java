package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The position of an element of the batch along the axis {@code axis}: i32[]. */
public record AxisIndex(String axis) implements Collective {
    @Override
    public String mnemonic() {
        return "axis_index";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Word("axis_name", axis));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (!ins.isEmpty()) {
            throw TraceErrors.operands(mnemonic(), "there must be no operand", ins);
        }
        return List.of(ShapedArray.of(DType.I32));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return List.of();
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return List.of(
                isOver(batch)
                        ? Mapped.yes(Lax.iota(ShapedArray.of(DType.I32, batch.size()), 0))
                        : Mapped.no(Trace.bind1(this)));
    }
}
