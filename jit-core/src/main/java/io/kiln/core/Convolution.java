package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A convolution to be set up step by step and applied:
 * {@code Convolution.of("NHWC", "HWIO", "NHWC").strides(2).padding(Padding.SAME).apply(x, kernel)}. One number means the
 * same along all axes of space. It starts with steps of 1, no padding, no dilation and one group.
 */
public final class Convolution {
    private final ConvDimensions dims;
    private final Window window;
    private final @Nullable Padding padding;
    private final int featureGroups;
    private final int batchGroups;
    private final @Nullable DType preferred;

    private Convolution(
            ConvDimensions dims,
            Window window,
            @Nullable Padding padding,
            int featureGroups,
            int batchGroups,
            @Nullable DType preferred) {
        this.dims = dims;
        this.window = window;
        this.padding = padding;
        this.featureGroups = featureGroups;
        this.batchGroups = batchGroups;
        this.preferred = preferred;
    }

    /** A convolution over operands and a result with these axes: see {@link ConvDimensions#of}. */
    public static Convolution of(String lhs, String rhs, String out) {
        ConvDimensions dims = ConvDimensions.of(lhs, rhs, out);
        return new Convolution(dims, Window.of(lhs.length() - 2), null, 1, 1, null);
    }

    private Convolution window(Window other, @Nullable Padding how) {
        return new Convolution(dims, other, how, featureGroups, batchGroups, preferred);
    }

    private List<Integer> each(String what, int... values) {
        int rank = dims.lhs().size() - 2;
        if (values.length != 1 && values.length != rank) {
            throw TraceErrors.perAxis(what, rank, values.length);
        }
        return values.length == rank ? IntStream.of(values).boxed().toList() : Indices.repeat(rank, values[0]);
    }

    /** With these steps along the axes of space. */
    public Convolution strides(int... strides) {
        return window(window.withStrides(each("strides", strides)), padding);
    }

    /** With the padding that this means for the operands. */
    public Convolution padding(Padding how) {
        return window(window, how);
    }

    /** With this padding before and after each axis of space; negative values cut off. */
    public Convolution padding(int[] low, int[] high) {
        return window(window.withPadding(each("padding", low), each("padding", high)), null);
    }

    /** With the kernel's elements so far apart. */
    public Convolution dilation(int... dilation) {
        return window(window.withDilation(window.baseDilation(), each("dilation", dilation)), padding);
    }

    /** With the operand's elements so far apart, zeros between them. */
    public Convolution inputDilation(int... dilation) {
        return window(window.withDilation(each("inputDilation", dilation), window.windowDilation()), padding);
    }

    /** With the features in groups that are convolved apart from each other. */
    public Convolution featureGroups(int groups) {
        return new Convolution(dims, window, padding, groups, batchGroups, preferred);
    }

    /** With the batch in groups that give the groups of output features. */
    public Convolution batchGroups(int groups) {
        return new Convolution(dims, window, padding, featureGroups, groups, preferred);
    }

    /** With sums and a result of this dtype. */
    public Convolution preferred(DType dtype) {
        return new Convolution(dims, window, padding, featureGroups, batchGroups, dtype);
    }

    /** The convolution of {@code x} with {@code kernel}. */
    public Tensor apply(Tensor x, Tensor kernel) {
        checkRanks("convolution", x, kernel);
        Window moves =
                padding == null ? window : window.withPadding(padding, space(x, dims.lhs()), space(kernel, dims.rhs()));
        return Lax.convGeneralDilated(x, kernel, moves, dims, featureGroups, batchGroups, preferred);
    }

    /**
     * The transposed convolution: steps are distances of the operand's elements, so that the result is larger. The padding
     * is that of the convolution that it transposes where it is a {@link Padding}, and its own where it is numbers; the
     * kernel is not reversed. As {@code jax.lax.conv_transpose}.
     */
    public Tensor applyTransposed(Tensor x, Tensor kernel) {
        checkRanks("transposed convolution", x, kernel);
        List<Integer> sizes = window.dilatedWindow(space(kernel, dims.rhs()));
        List<Integer> low = new ArrayList<>(window.low());
        List<Integer> high = new ArrayList<>(window.high());
        for (int i = 0; padding != null && i < sizes.size(); i++) {
            int size = sizes.get(i);
            int step = window.strides().get(i);
            boolean valid = padding == Padding.VALID;
            int all = size + step - 2 + (valid ? Math.max(size - step, 0) : 0);
            low.set(i, valid || step > size - 1 ? size - 1 : Math.ceilDiv(all, 2));
            high.set(i, all - low.get(i));
        }
        Window moves =
                new Window(Indices.repeat(sizes.size(), 1), low, high, window.strides(), window.windowDilation());
        return Lax.convGeneralDilated(x, kernel, moves, dims, featureGroups, batchGroups, preferred);
    }

    private void checkRanks(String operation, Tensor x, Tensor kernel) {
        int rank = dims.lhs().size();
        if (x.rank() != rank || kernel.rank() != rank) {
            throw TraceErrors.operands(
                    operation, "the operands must have %d axes".formatted(rank), List.of(x.aval(), kernel.aval()));
        }
    }

    private static List<Integer> space(Tensor x, List<Integer> axes) {
        return Indices.at(x.shape(), ConvDimensions.space(axes));
    }
}
