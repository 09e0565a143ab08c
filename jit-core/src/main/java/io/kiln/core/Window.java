package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;

/**
 * How a window moves over an array, axis by axis: the steps from one place to the next, what is put around the array
 * (negative: cut off), and how far apart its elements and those of the window are (1: beside each other).
 */
public record Window(
        List<Integer> strides,
        List<Integer> low,
        List<Integer> high,
        List<Integer> baseDilation,
        List<Integer> windowDilation) {
    /** Copies the lists. */
    public Window {
        strides = List.copyOf(strides);
        low = List.copyOf(low);
        high = List.copyOf(high);
        baseDilation = List.copyOf(baseDilation);
        windowDilation = List.copyOf(windowDilation);
    }

    /** Every place over {@code rank} axes, without padding or dilation. */
    public static Window of(int rank) {
        List<Integer> ones = Indices.repeat(rank, 1);
        List<Integer> zeros = Indices.repeat(rank, 0);
        return new Window(ones, zeros, zeros, ones, ones);
    }

    /** The same with other steps. */
    public Window withStrides(List<Integer> other) {
        return new Window(other, low, high, baseDilation, windowDilation);
    }

    /** The same with other padding. */
    public Window withPadding(List<Integer> before, List<Integer> after) {
        return new Window(strides, before, after, baseDilation, windowDilation);
    }

    /** The same with other distances of the array's elements and of the window's. */
    public Window withDilation(List<Integer> base, List<Integer> window) {
        return new Window(strides, low, high, base, window);
    }

    /** The same with the padding that {@code padding} means for an array and a window of these sizes. */
    public Window withPadding(Padding padding, List<Integer> array, List<Integer> window) {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        for (int i = 0; i < strides.size(); i++) {
            int size = dilated(array.get(i), baseDilation.get(i));
            int step = strides.get(i);
            int total = (Math.ceilDiv(size, step) - 1) * step + dilated(window.get(i), windowDilation.get(i)) - size;
            int all = padding == Padding.VALID ? 0 : Math.max(0, total);
            before.add(padding == Padding.SAME_LOWER ? all - all / 2 : all / 2);
            after.add(all - before.get(i));
        }
        return withPadding(before, after);
    }

    /** With an axis before all others, along which the window has size 1. */
    Window withLeadingAxis() {
        return new Window(
                Indices.prepend(1, strides),
                Indices.prepend(0, low),
                Indices.prepend(0, high),
                Indices.prepend(1, baseDilation),
                Indices.prepend(1, windowDilation));
    }

    /** The five lists as parameters. */
    List<Param> params() {
        return List.of(
                new Param.Ints("window_strides", strides),
                new Param.Ints("padding_low", low),
                new Param.Ints("padding_high", high),
                new Param.Ints("base_dilation", baseDilation),
                new Param.Ints("window_dilation", windowDilation));
    }

    /** Whether it has {@code rank} axes, with steps and distances of 1 or more. */
    boolean fits(int rank) {
        return params().stream()
                        .allMatch(p ->
                                p instanceof Param.Ints ints && ints.values().size() == rank)
                && IntStream.range(0, rank)
                        .allMatch(i -> strides.get(i) >= 1 && baseDilation.get(i) >= 1 && windowDilation.get(i) >= 1);
    }

    /** The size of what {@code size} elements so far apart cover. */
    static int dilated(int size, int dilation) {
        return size == 0 ? 0 : (size - 1) * dilation + 1;
    }

    private List<Integer> each(IntBinaryOperator f, List<Integer> sizes) {
        return IntStream.range(0, sizes.size())
                .mapToObj(i -> f.applyAsInt(i, sizes.get(i)))
                .toList();
    }

    /** The sizes of an array with its dilation. */
    List<Integer> dilatedArray(List<Integer> array) {
        return each((i, n) -> dilated(n, baseDilation.get(i)), array);
    }

    /** The sizes of a window with its dilation. */
    List<Integer> dilatedWindow(List<Integer> window) {
        return each((i, n) -> dilated(n, windowDilation.get(i)), window);
    }

    /** The number of places of a window of these sizes over an array of these; -1 where the padding cuts off too much. */
    List<Integer> places(List<Integer> array, List<Integer> window) {
        return each(
                (i, n) -> {
                    int room = dilated(n, baseDilation.get(i)) + low.get(i) + high.get(i);
                    int size = dilated(window.get(i), windowDilation.get(i));
                    return room < 0 ? -1 : room < size ? 0 : (room - size) / strides.get(i) + 1;
                },
                array);
    }

    /** The element of an axis of {@code size} that element {@code k} of the window at {@code place} is over; -1 for none. */
    int under(int axis, int place, int k, int size) {
        int at = place * strides.get(axis) + k * windowDilation.get(axis) - low.get(axis);
        int step = baseDilation.get(axis);
        return at < 0 || at % step != 0 || at / step >= size ? -1 : at / step;
    }

    /**
     * The window of the way back to the array: over the places, as far apart as the steps, with the padding that makes the
     * result as large as the array. As the transposed convolution in XLA.
     */
    Window backToArray(List<Integer> array, List<Integer> window, List<Integer> places) {
        List<Integer> grown = dilatedWindow(window);
        List<Integer> before = each((i, size) -> size - low.get(i) - 1, grown);
        List<Integer> from = dilatedArray(array);
        List<Integer> after = each(
                (i, size) -> from.get(i) + size - 1 - dilated(places.get(i), strides.get(i)) - before.get(i), grown);
        return new Window(/* strides= */ baseDilation, before, after, /* baseDilation= */ strides, windowDilation);
    }

    /** The window of the way back to a kernel: over the array, with the places as its elements. */
    Window backToKernel(List<Integer> array, List<Integer> window, List<Integer> places) {
        List<Integer> from = dilatedArray(array);
        List<Integer> after = each(
                (i, size) -> dilated(places.get(i), strides.get(i)) - from.get(i) + size - low.get(i) - 1,
                dilatedWindow(window));
        return new Window(/* strides= */ windowDilation, low, after, baseDilation, /* windowDilation= */ strides);
    }
}
