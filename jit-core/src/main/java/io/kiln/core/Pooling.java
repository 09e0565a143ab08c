package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pooling of images and the like: a window moves along the axes between the first, the batch, and the last, the features
 * (or along all axes, where it has as many), and gives one value for each place.
 */
public final class Pooling {
    private Pooling() {}

    /** The largest element under each place of the window; the first of equal ones gets the derivative. */
    public static Tensor max(Tensor x, int[] window, int[] strides, Padding padding) {
        return pool("max pooling", Reduction.MAX, x, window, strides, padding);
    }

    /** The smallest element under each place of the window; the first of equal ones gets the derivative. */
    public static Tensor min(Tensor x, int[] window, int[] strides, Padding padding) {
        return pool("min pooling", Reduction.MIN, x, window, strides, padding);
    }

    /** The sum of the elements under each place of the window. */
    public static Tensor sum(Tensor x, int[] window, int[] strides, Padding padding) {
        return pool("sum pooling", Reduction.SUM, x, window, strides, padding);
    }

    /** The mean under each place of the window, of floats; padding counts as zeros. */
    public static Tensor avg(Tensor x, int[] window, int[] strides, Padding padding) {
        Tensor sum = sum(floats(x), window, strides, padding);
        return Lax.div(sum, Lax.like(sum, IntStream.of(window).reduce(1, (a, b) -> a * b)));
    }

    /** The mean of the elements under each place of the window, of floats; padding does not count. */
    public static Tensor avgWithoutPadding(Tensor x, int[] window, int[] strides, Padding padding) {
        Tensor sum = sum(floats(x), window, strides, padding);
        return Lax.div(sum, sum(Lax.like(x, 1), window, strides, padding));
    }

    private static Tensor floats(Tensor x) {
        if (!x.dtype().isFloat()) {
            throw TraceErrors.dtype("average pooling", "floats", x.aval());
        }
        return x;
    }

    private static Tensor pool(
            String what, Reduction reduction, Tensor x, int[] window, int[] strides, Padding padding) {
        boolean all = window.length == x.rank();
        if (strides.length != window.length || (!all && window.length != x.rank() - 2)) {
            throw TraceErrors.operands(
                    what,
                    "the window and the strides must have a number for each axis but the first and the last, or for"
                            + " each axis,"
                            + " not %d and %d".formatted(window.length, strides.length),
                    List.of(x.aval()));
        }
        List<Integer> sizes = all(all, window);
        Window moves = Window.of(x.rank()).withStrides(all(all, strides));
        return Lax.reduceWindow(reduction, x, sizes, moves.withPadding(padding, x.shape(), sizes));
    }

    private static List<Integer> all(boolean all, int[] values) {
        List<Integer> out = new ArrayList<>(IntStream.of(values).boxed().toList());
        if (!all) {
            out.add(0, 1);
            out.add(1);
        }
        return out;
    }
}
