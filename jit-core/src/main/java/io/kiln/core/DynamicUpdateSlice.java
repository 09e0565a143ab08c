package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first operand with the second in its place from the starts on, which are the other operands, integer scalars of one
 * dtype. A start is moved to the nearest one from which the update is inside.
 */
public record DynamicUpdateSlice() implements Primitive {
    @Override
    public String mnemonic() {
        return "dynamic_update_slice";
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        ShapedArray update = ins.get(1);
        if (update.dtype() != x.dtype()) {
            throw TraceErrors.dtypes(mnemonic(), x, update);
        }
        DynamicSlice.checkStarts(mnemonic(), x, ins.subList(2, ins.size()), ins);
        boolean fits = update.rank() == x.rank();
        for (int i = 0; fits && i < x.rank(); i++) {
            fits = update.dim(i) <= x.dim(i);
        }
        if (!fits) {
            throw TraceErrors.operands(mnemonic(), "the update must fit the operand", ins);
        }
        return List.of(x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.dynamic_update_slice", eqn, ins, ""));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        if (tangents.get(0) == null && tangents.get(1) == null) {
            return Collections.singletonList(null);
        }
        List<Tensor> both = Replay.orZeros(tangents.subList(0, 2), ins.subList(0, 2));
        return List.of(Lax.dynamicUpdateSlice(both.get(0), both.get(1), ins.subList(2, ins.size())));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        List<@Nullable Tensor> back = Replay.nulls(ins.size());
        Tensor ct = cts.get(0);
        if (ct != null) {
            Tensor update = ins.get(1);
            List<Tensor> starts = ins.subList(2, ins.size());
            back.set(0, Lax.dynamicUpdateSlice(ct, Lax.like(update, 0), starts));
            back.set(1, Lax.dynamicSlice(ct, starts, update.shape()));
        }
        return back;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Mapped> starts = ins.subList(2, ins.size());
        Tensor x = ins.get(0).along(batch);
        Tensor update = ins.get(1).along(batch);
        if (starts.stream().noneMatch(Mapped::mapped)) {
            return List.of(Mapped.yes(Lax.dynamicUpdateSlice(x, update, DynamicSlice.withZero(starts))));
        }
        SliceAddressing whole = DynamicSlice.whole(starts.size());
        Mapped vectors = DynamicSlice.vectors(starts, batch);
        // A scatter drops what is outside; here it is moved inside.
        Tensor inside = whole.clamped(
                vectors.value(), ins.get(0).row(), ins.get(1).row().shape());
        Scatter set = new Scatter(Scatter.Combine.SET, whole, false, true);
        return set.vmap(List.of(Mapped.yes(x), Mapped.yes(inside), Mapped.yes(update)), batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        List<HostArray> starts = ins.subList(2, ins.size());
        SliceAddressing whole = DynamicSlice.whole(starts.size());
        HostArray x = ins.get(0);
        HostArray update = ins.get(1);
        int[] to = whole.addresses(
                DynamicSlice.vector(starts), x.aval(), update.aval().shape(), true);
        int[] from = new int[Math.toIntExact(x.aval().elements())];
        for (int i = 0; i < to.length; i++) {
            from[to[i]] = i + 1;
        }
        return List.of(HostArray.pick(x.aval(), i -> from[i] == 0 ? x : update, i -> from[i] == 0 ? i : from[i] - 1));
    }
}
