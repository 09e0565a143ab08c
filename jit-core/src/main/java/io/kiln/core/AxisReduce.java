package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sum, maximum or minimum of the operand over all elements of the batch axis {@code axis}, the same for each of them:
 * {@code psum}, {@code pmax}, {@code pmin}.
 */
public record AxisReduce(Reduction reduction, String axis) implements Collective {
    private static final List<Reduction> ALLOWED = List.of(Reduction.SUM, Reduction.MAX, Reduction.MIN);

    /** Checks that the reduction is a sum, maximum or minimum. */
    public AxisReduce {
        if (!ALLOWED.contains(reduction)) {
            throw new IllegalArgumentException("a collective is one of " + ALLOWED + ", got " + reduction);
        }
    }

    /** The collective with this mnemonic. */
    static AxisReduce of(String mnemonic, String axis) {
        return ALLOWED.stream()
                .map(r -> new AxisReduce(r, axis))
                .filter(p -> p.mnemonic().equals(mnemonic))
                .findFirst()
                .orElseThrow(() -> TraceErrors.format("the primitive " + mnemonic + " is not known"));
    }

    @Override
    public String mnemonic() {
        return reduction.mnemonic().replace("reduce_", "p");
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Word("axis_name", axis));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        // The type rule is that of the reduction itself, over no axis.
        return new Reduce(reduction, List.of()).abstractEval(ins);
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = Objects.requireNonNull(tangents.get(0));
        return Collections.singletonList(
                reduction == Reduction.SUM ? sum(t) : sum(Lax.mul(t, share(ins.get(0), outs.get(0)))));
    }

    /** Each element contributes to the one result of all, so its cotangent is the sum of theirs. */
    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = sum(Objects.requireNonNull(cts.get(0)));
        return Arrays.asList(reduction == Reduction.SUM ? ct : Lax.mul(ct, share(ins.get(0), outs.get(0))));
    }

    private Tensor sum(Tensor x) {
        return Trace.bind1(new AxisReduce(Reduction.SUM, axis), x);
    }

    /** What part of the extremum is this element's: equal parts for all that have it. */
    private Tensor share(Tensor x, Tensor extremum) {
        Tensor mine = Lax.convert(Lax.compare(Compare.EQ, x, extremum), x.dtype());
        return Lax.div(mine, sum(mine));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Mapped x = ins.get(0);
        if (!isOver(batch)) {
            return List.of(new Mapped(Trace.bind1(this, x.value()), x.mapped()));
        }
        if (x.mapped()) {
            return List.of(Mapped.no(Lax.reduce(reduction, x.value(), List.of(0))));
        }
        return List.of(Mapped.no(
                reduction == Reduction.SUM ? Lax.mul(x.value(), Lax.like(x.value(), batch.size())) : x.value()));
    }
}
