package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The row-major index (i32) in the operand of the first maximum, or of the first minimum, under each place of a moving
 * window; the largest i32 where there is no element. A NaN is more extreme than any number. The derivatives of pooling
 * gather and scatter by it.
 */
public record ArgReduceWindow(boolean maximum, List<Integer> sizes, Window window) implements Primitive {
    /** Copies the list. */
    public ArgReduceWindow {
        sizes = List.copyOf(sizes);
    }

    @Override
    public String mnemonic() {
        return maximum ? "argmax_window" : "argmin_window";
    }

    @Override
    public List<Param> params() {
        return ReduceWindow.params(sizes, window);
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        Unary.Domain.ORDERED.check(this, x);
        if (x.elements() > Integer.MAX_VALUE) {
            throw TraceErrors.operands(mnemonic(), "the operand must have at most 2^31 - 1 elements", ins);
        }
        return List.of(ReduceWindow.places(mnemonic(), x, sizes, window).withDType(DType.I32));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        ShapedArray x = eqn.inputs().get(0);
        ShapedArray indices = x.withDType(DType.I32);
        ShapedArray flat = indices.withShape(List.of(Math.toIntExact(x.elements())));
        String iota = out.line("stablehlo.iota dim = 0 : " + flat.mlir());
        String shaped = out.line("stablehlo.reshape %s : (%s) -> %s".formatted(iota, flat.mlir(), indices.mlir()));
        if (sizes.isEmpty()) {
            return List.of(shaped);
        }
        Reduction reduction = maximum ? Reduction.MAX : Reduction.MIN;
        String init = out.constant(reduction.neutral(x.dtype()));
        String none = out.constant(Atom.Literal.of(DType.I32, Integer.MAX_VALUE));
        ShapedArray value = ShapedArray.of(x.dtype());
        ShapedArray index = ShapedArray.of(DType.I32);
        Program reducer = Replay.program(
                in -> better(in.get(0), in.get(1), in.get(2), in.get(3)), List.of(value, index, value, index));
        ShapedArray to = eqn.outputs().get(0);
        List<String> both = out.withRegions(
                "reduce_window",
                List.of(ins.get(0), shaped, init, none),
                List.of(x, indices, value, index),
                ReduceWindow.attributes(sizes, window),
                List.of(reducer),
                List.of(to.withDType(x.dtype()), to));
        return List.of(both.get(1));
    }

    /** The more extreme of two values, with its index; of equal ones that with the smaller index. */
    private List<Tensor> better(Tensor a, Tensor i, Tensor b, Tensor j) {
        Tensor wins = Lax.compare(maximum ? Compare.GT : Compare.LT, a, b);
        Tensor tied = Lax.compare(Compare.EQ, a, b);
        if (a.dtype().isFloat()) {
            Tensor aNan = Lax.compare(Compare.NE, a, a);
            Tensor bNan = Lax.compare(Compare.NE, b, b);
            Tensor both = Trace.bind1(Binary.AND, aNan, bNan);
            wins = Trace.bind1(Binary.OR, wins, Trace.bind1(Binary.XOR, aNan, both));
            tied = Trace.bind1(Binary.OR, tied, both);
        }
        Tensor first = Trace.bind1(Binary.AND, tied, Lax.compare(Compare.LT, i, j));
        Tensor left = Trace.bind1(Binary.OR, wins, first);
        return List.of(Lax.select(left, a, b), Lax.select(left, i, j));
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
        ArgReduceWindow all = new ArgReduceWindow(maximum, Indices.prepend(1, sizes), window.withLeadingAxis());
        Tensor found = Trace.bind1(all, ins.get(0).value());
        // Indices count from the start of the whole batch: make them count from that of their row.
        int each = Math.toIntExact(ins.get(0).row().elements());
        Tensor start = Lax.mul(Lax.iota(found.aval(), 0), Lax.like(found, each));
        Tensor none = Lax.like(found, Integer.MAX_VALUE);
        Tensor rows = Lax.select(Lax.compare(Compare.EQ, found, none), none, Lax.sub(found, start));
        return List.of(Mapped.yes(rows));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        int[] best = new int[Math.toIntExact(to.elements())];
        Arrays.fill(best, Integer.MAX_VALUE);
        ArgReduce order = new ArgReduce(maximum, 0);
        for (int[] pair : ReduceWindow.pairs(x.aval(), to, sizes, window)) {
            if (best[pair[0]] == Integer.MAX_VALUE || order.beats(x, pair[1], best[pair[0]])) {
                best[pair[0]] = pair[1];
            }
        }
        return List.of(HostArray.ofLongs(to, i -> best[i]));
    }
}
