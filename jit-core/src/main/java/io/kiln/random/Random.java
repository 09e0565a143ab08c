package io.kiln.random;

import io.kiln.core.Tensor;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Random arrays from keys: the same bits as {@code jax.random} with {@code jax_threefry_partitionable}. The dimensions of
 * the result come last; none make a scalar, or the shape that parameters broadcast to.
 */
public final class Random extends Rejection {
    private Random() {}

    /**
     * Indices along an axis of {@code logits}, each with the probability that {@code softmax} gives it, as i32. The result
     * has the shape of {@code logits} without the axis, after {@code draws}.
     */
    public static Tensor categorical(Key key, Tensor logits, int axis, int... draws) {
        requireFloat("categorical", logits.dtype());
        int at = axis < 0 ? axis : axis - logits.rank();
        int[] dims = Stream.concat(IntStream.of(draws).boxed(), logits.shape().stream())
                .mapToInt(Integer::intValue)
                .toArray();
        // The largest of logits plus Gumbel noise is a draw from their softmax.
        return gumbel(key, logits.dtype(), dims).plus(logits).argmax(at);
    }
}
