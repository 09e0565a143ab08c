package io.kiln.jit;

import io.kiln.core.AxisIndex;
import io.kiln.core.AxisReduce;
import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Reduction;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import java.util.List;

/**
 * Operations over all elements of a batch, inside a function that {@code vmap} maps: the batch is named by
 * {@code Axes.in(0).named("i")}. A name that no {@code vmap} around gives is an error, KILN-T022, when the program is lowered or
 * run.
 */
public final class Collectives {
    private Collectives() {}

    /** The sum of {@code x} over the batch named {@code axis}, the same for all elements. */
    public static Tensor psum(Tensor x, String axis) {
        return reduce(Reduction.SUM, x, axis);
    }

    /** The maximum of {@code x} over the batch; its derivative is shared equally by all elements that have it. */
    public static Tensor pmax(Tensor x, String axis) {
        return reduce(Reduction.MAX, x, axis);
    }

    /** The minimum of {@code x} over the batch; its derivative is shared equally by all elements that have it. */
    public static Tensor pmin(Tensor x, String axis) {
        return reduce(Reduction.MIN, x, axis);
    }

    /** The mean of {@code x}, of floats, over the batch. */
    public static Tensor pmean(Tensor x, String axis) {
        Tensor size = psum(Lax.scalar(x.dtype(), 1), axis);
        return psum(x, axis).dividedBy(size);
    }

    /** The position of this element in the batch, an i32[]. */
    public static Tensor axisIndex(String axis) {
        return Trace.bind(new AxisIndex(axis), List.of()).get(0);
    }

    /** The number of elements of the batch, an i32[]. */
    public static Tensor axisSize(String axis) {
        return psum(Lax.scalar(DType.I32, 1), axis);
    }

    private static Tensor reduce(Reduction reduction, Tensor x, String axis) {
        return Trace.bind(new AxisReduce(reduction, axis), List.of(x)).get(0);
    }
}
