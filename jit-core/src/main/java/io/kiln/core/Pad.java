package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first operand with the second, a scalar, put around it ({@code low}, {@code high}) and between its elements
 * ({@code interior}). Negative {@code low} and {@code high} cut off. */
public record Pad(List<Integer> low, List<Integer> high, List<Integer> interior) implements Primitive {
    /** Copies the lists. */
    public Pad {
        low = List.copyOf(low);
        high = List.copyOf(high);
        interior = List.copyOf(interior);
    }

    @Override
    public String mnemonic() {
        return "pad";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("low", low), new Param.Ints("high", high), new Param.Ints("interior", interior));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        ShapedArray value = ins.get(1);
        if (value.dtype() != x.dtype()) {
            throw TraceErrors.dtypes(mnemonic(), x, value);
        }
        boolean ok =
                value.rank() == 0 && low.size() == x.rank() && high.size() == x.rank() && interior.size() == x.rank();
        List<Integer> shape = new ArrayList<>();
        for (int i = 0; ok && i < x.rank(); i++) {
            int size = low.get(i) + high.get(i) + x.dim(i) + Math.max(0, x.dim(i) - 1) * interior.get(i);
            ok = interior.get(i) >= 0 && size >= 0;
            shape.add(Math.max(0, size));
        }
        if (!ok) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "low %s, high %s and interior %s must fit the operand, and the value be a scalar"
                            .formatted(low, high, interior),
                    ins);
        }
        return List.of(x.withShape(shape));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String attributes = ", low = %s, high = %s, interior = %s".formatted(low, high, interior);
        return List.of(out.typed("stablehlo.pad", eqn, ins, attributes));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        Tensor v = tangents.get(1);
        if (t == null && v == null) {
            return Collections.singletonList(null);
        }
        Tensor x = t == null ? Lax.like(ins.get(0), 0) : t;
        return List.of(Trace.bind1(this, x, v == null ? Lax.like(ins.get(1), 0) : v));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null);
        }
        Tensor kept = unpad(ct, ins.get(0).aval());
        Tensor all = Lax.reduce(Reduction.SUM, ct, Indices.range(ct.rank()));
        return List.of(kept, Lax.sub(all, Lax.reduce(Reduction.SUM, kept, Indices.range(kept.rank()))));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Pad all = new Pad(Indices.prepend(0, low), Indices.prepend(0, high), Indices.prepend(0, interior));
        Tensor x = ins.get(0).along(batch);
        Mapped value = ins.get(1);
        if (!value.mapped()) {
            return List.of(Mapped.yes(Trace.bind1(all, x, value.value())));
        }
        // Each row has its own value: pad a mask too, and choose.
        Tensor zero = Lax.scalar(x.dtype(), 0);
        Tensor padded = Trace.bind1(all, x, zero);
        Tensor mask = Lax.full(x.aval().withDType(DType.BOOL), 1);
        Tensor inside = Trace.bind1(all, mask, Lax.scalar(DType.BOOL, 0));
        Tensor values = Lax.broadcastInDim(value.value(), padded.shape(), List.of(0));
        return List.of(Mapped.yes(Lax.select(inside, padded, values)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval(), ins.get(1).aval())).get(0);
        int[] strides = Indices.strides(x.aval().shape());
        int[] source = new int[Math.toIntExact(to.elements())];
        for (int i = 0; i < source.length; i++) {
            int[] at = Indices.unflatten(i, to.shape());
            for (int k = 0; k < at.length && source[i] >= 0; k++) {
                int from = at[k] - low.get(k);
                int step = interior.get(k) + 1;
                boolean inside =
                        from >= 0 && from % step == 0 && from / step < x.aval().dim(k);
                source[i] = inside ? source[i] + from / step * strides[k] : -1;
            }
        }
        return List.of(HostArray.pick(to, i -> ins.get(source[i] < 0 ? 1 : 0), i -> Math.max(0, source[i])));
    }

    /** The elements of {@code ct} where the operand's went; zeros for those that were cut off. */
    private Tensor unpad(Tensor ct, ShapedArray x) {
        Tensor grown = Lax.pad(
                ct,
                0,
                low.stream().map(v -> -v).toList(),
                high.stream().map(v -> -v).toList(),
                Indices.repeat(x.rank(), 0));
        return Trace.bind1(new Slice(Indices.repeat(x.rank(), 0), grown.shape(), Indices.shift(interior, 1)), grown);
    }
}
