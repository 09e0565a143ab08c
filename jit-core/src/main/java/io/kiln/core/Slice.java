package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The elements from {@code starts} to before {@code limits}, every {@code strides}-th. */
public record Slice(List<Integer> starts, List<Integer> limits, List<Integer> strides) implements Primitive {
    /** Copies the lists. */
    public Slice {
        starts = List.copyOf(starts);
        limits = List.copyOf(limits);
        strides = List.copyOf(strides);
    }

    @Override
    public String mnemonic() {
        return "slice";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Ints("start_indices", starts),
                new Param.Ints("limit_indices", limits),
                new Param.Ints("strides", strides));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        boolean ok = starts.size() == x.rank() && limits.size() == x.rank() && strides.size() == x.rank();
        List<Integer> shape = new ArrayList<>();
        for (int i = 0; ok && i < x.rank(); i++) {
            int start = starts.get(i);
            int limit = limits.get(i);
            ok = 0 <= start && start <= limit && limit <= x.dim(i) && strides.get(i) >= 1;
            shape.add(ok ? Math.ceilDiv(limit - start, strides.get(i)) : 0);
        }
        if (!ok) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "starts %s, limits %s and strides %s must lie within the operand"
                            .formatted(starts, limits, strides),
                    ins);
        }
        return List.of(x.withShape(shape));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        List<String> ranges = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int stride = strides.get(i);
            ranges.add(starts.get(i) + ":" + limits.get(i) + (stride == 1 ? "" : ":" + stride));
        }
        return List.of(out.typed("stablehlo.slice", eqn, ins, " [" + String.join(", ", ranges) + "]"));
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
        Slice all = new Slice(
                Indices.prepend(0, starts), Indices.prepend(batch.size(), limits), Indices.prepend(1, strides));
        return Elementwise.mapped(Trace.bind(all, List.of(ins.get(0).value())));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        int[] steps = Indices.strides(x.aval().shape());
        return List.of(x.gather(to, i -> {
            int[] at = Indices.unflatten(i, to.shape());
            int flat = 0;
            for (int k = 0; k < at.length; k++) {
                flat += (starts.get(k) + at[k] * strides.get(k)) * steps[k];
            }
            return flat;
        }));
    }

    /** The cotangent at its place, zeros elsewhere. */
    private Tensor back(Tensor ct, ShapedArray x) {
        List<Integer> high = new ArrayList<>();
        List<Integer> interior = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            int covered = ct.dim(i) == 0 ? 0 : (ct.dim(i) - 1) * strides.get(i) + 1;
            high.add(x.dim(i) - starts.get(i) - covered);
            interior.add(strides.get(i) - 1);
        }
        return Lax.pad(ct, 0, starts, high, interior);
    }
}
