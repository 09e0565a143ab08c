package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The second operand limited to the first from below and to the third from above; where these cross, the third wins. Each
 * bound is a scalar or of the operand's shape. The derivative goes to whichever of the three is the result, strictly
 * between the bounds to the operand, as in JAX.
 */
public record Clamp() implements Primitive {
    @Override
    public String mnemonic() {
        return "clamp";
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(1);
        Unary.Domain.ORDERED.check(this, x);
        for (ShapedArray bound : List.of(ins.get(0), ins.get(2))) {
            if (bound.dtype() != x.dtype()) {
                throw TraceErrors.dtypes(mnemonic(), bound, x);
            }
            if (bound.rank() != 0 && !bound.shape().equals(x.shape())) {
                throw TraceErrors.operands(mnemonic(), "each bound must be a scalar or have the operand's shape", ins);
            }
        }
        return List.of(x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.clamp", eqn, ins, ""));
    }

    /** Which of the three is the result of each element. */
    private static List<Tensor> masks(List<Tensor> ins) {
        Tensor x = ins.get(1);
        Tensor low = Lax.broadcastInDim(
                ins.get(0), x.shape(), Indices.range(ins.get(0).rank()));
        Tensor high = Lax.broadcastInDim(
                ins.get(2), x.shape(), Indices.range(ins.get(2).rank()));
        Tensor below = Lax.compare(Compare.GT, low, x);
        return List.of(
                Trace.bind1(Binary.AND, below, Lax.compare(Compare.LT, low, high)),
                Trace.bind1(Binary.AND, Lax.compare(Compare.GT, x, low), Lax.compare(Compare.LT, x, high)),
                Lax.compare(Compare.LT, high, Trace.bind1(Binary.MAX, x, low)));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        List<Tensor> masks = masks(ins);
        Tensor sum = null;
        for (int i = 0; i < 3; i++) {
            Tensor t = tangents.get(i);
            if (t != null) {
                Tensor wide = Lax.broadcastInDim(t, outs.get(0).shape(), Indices.range(t.rank()));
                sum = Lax.addOrNull(sum, Lax.select(masks.get(i), wide, Lax.like(wide, 0)));
            }
        }
        return Collections.singletonList(sum);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null, null);
        }
        List<@Nullable Tensor> back = Replay.nulls(3);
        List<Tensor> masks = masks(ins);
        for (int i = 0; i < 3; i++) {
            Tensor part = Lax.select(masks.get(i), ct, Lax.like(ct, 0));
            back.set(
                    i,
                    ins.get(i).rank() == ct.rank() ? part : Lax.reduce(Reduction.SUM, part, Indices.range(ct.rank())));
        }
        return back;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Tensor x = ins.get(1).along(batch);
        return List.of(Mapped.yes(Trace.bind1(this, bound(ins.get(0), x, batch), x, bound(ins.get(2), x, batch))));
    }

    private static Tensor bound(Mapped bound, Tensor x, BatchAxis batch) {
        if (bound.row().rank() > 0) {
            return bound.along(batch);
        }
        return bound.mapped() ? Lax.broadcastInDim(bound.value(), x.shape(), List.of(0)) : bound.value();
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(1);
        HostArray low = ins.get(0).gather(x.aval(), i -> ins.get(0).aval().rank() == 0 ? 0 : i);
        HostArray high = ins.get(2).gather(x.aval(), i -> ins.get(2).aval().rank() == 0 ? 0 : i);
        return Binary.MIN.eval(List.of(Binary.MAX.eval(List.of(x, low)).get(0), high));
    }
}
