package io.kiln.core;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A primitive that runs programs. Its derivatives are applications of derived programs in its own place, so that nothing
 * is computed twice and the structure of the program stays.
 */
public sealed interface HigherOrder extends Primitive permits While, Cond, Scan, Call, Remat, CustomJvp, CustomVjp {
    /** The results and their tangents, together. At least one tangent is given; {@code null} is a tangent of zero. */
    Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents);

    /**
     * The results, and the way back from their cotangents to those of the operands {@code wanted}, all inexact. What the
     * way back needs of the way forward is computed here.
     */
    Reverse reverse(List<Tensor> ins, Set<Integer> wanted);

    /** What of this can be computed before the {@code unknown} operands are there, some of them but not all. */
    PartialEval.Parts split(List<Boolean> unknown);

    /**
     * {@code eqn}, an equation of this primitive, without the results that {@code live} does not mark and without what
     * only these needed; {@code eqn} itself where nothing can be left out.
     */
    Equation prune(Equation eqn, List<Boolean> live);

    /** Results and the way back from their cotangents. */
    record Reverse(List<Tensor> outs, Pullback pullback) {}

    /** The way from the cotangents of results to those of operands; {@code null} is zero. */
    @FunctionalInterface
    interface Pullback {
        /** The cotangents of all operands, given those of the results. */
        List<@Nullable Tensor> pull(List<@Nullable Tensor> cts);
    }

    @Override
    default List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return forward(ins, tangents).tangents();
    }

    @Override
    default List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Set<Integer> wanted =
                Replay.floats(ins.stream().map(Tensor::aval).toList()).stream().collect(Collectors.toSet());
        return reverse(ins, wanted).pullback().pull(cts);
    }
}
