package io.kiln.jobs.cases.numerics;

import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.ConvDimensions;
import io.kiln.core.Convolution;
import io.kiln.core.Lax;
import io.kiln.core.Padding;
import io.kiln.core.Pooling;
import io.kiln.core.Reduction;
import io.kiln.core.Tensor;
import io.kiln.core.Window;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import io.kiln.nn.Nn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Convolutions and pooling, with whatever strides, padding, dilation and groups the parameters state. */
final class Windows {
    private static final Convolution PLAIN =
            Convolution.of("NCHW", "OIHW", "NCHW").padding(Padding.SAME);

    private Windows() {}

    static void addTo(Rows rows) {
        convolutions(rows);
        vectors(rows);
        pools(rows);
        transformed(rows);
    }

    /** The window of the parameters: what they leave out is neutral. */
    private static Window window(JsonNode params, List<Integer> array, List<Integer> sizes, String base, String own) {
        int rank = sizes.size();
        Window window = Window.of(rank)
                .withStrides(integers(params.path("window_strides"), rank))
                .withDilation(integers(params.path(base), rank), integers(params.path(own), rank));
        JsonNode padding = params.path("padding");
        if (padding.isTextual()) {
            return window.withPadding(Padding.valueOf(padding.asText()), array, sizes);
        }
        List<Integer> low = new ArrayList<>();
        List<Integer> high = new ArrayList<>();
        padding.forEach(axis -> {
            low.add(axis.get(0).asInt());
            high.add(axis.get(1).asInt());
        });
        return window.withPadding(low, high);
    }

    private static List<Integer> integers(JsonNode node, int rank) {
        return node.isArray() ? Shapes.list(NumericsCase.integers(node)) : Collections.nCopies(rank, 1);
    }

    private static List<Integer> space(Tensor x, List<Integer> axes) {
        return axes.subList(2, axes.size()).stream().map(x::dim).toList();
    }

    private static Tensor convolution(NumericsCase c, List<Tensor> in) {
        JsonNode numbers = c.params().path("dimension_numbers");
        ConvDimensions dims = ConvDimensions.of(
                numbers.get(0).asText(), numbers.get(1).asText(), numbers.get(2).asText());
        Window window = window(
                c.params(), space(in.get(0), dims.lhs()), space(in.get(1), dims.rhs()), "lhs_dilation", "rhs_dilation");
        return Lax.convGeneralDilated(
                in.get(0),
                in.get(1),
                window,
                dims,
                c.integer("feature_group_count", 1),
                c.integer("batch_group_count", 1),
                null);
    }

    private static void convolutions(Rows rows) {
        rows.family(Windows::convolution, "conv", "conv1d", "conv2d", "conv3d");
        Convolution twice = Convolution.of("NHWC", "HWIO", "NHWC").strides(2);
        rows.binary(
                (a, b) -> twice.padding(Padding.SAME).applyTransposed(a, b), "conv_transpose_same", "conv_transpose");
        rows.binary((a, b) -> twice.padding(Padding.VALID).applyTransposed(a, b), "conv_transpose_valid");
        // transpose_kernel: the kernel of the convolution that is transposed, turned and with its features exchanged
        rows.binary(
                (a, b) -> twice.padding(Padding.SAME)
                        .applyTransposed(a, b.reverse(0, 1).transpose(0, 1, 3, 2)),
                "conv2d_transpose");
    }

    private static void vectors(Rows rows) {
        rows.binary((a, b) -> slide(a, b.reverse(0), b.dim(0) - 1), "convolve_full");
        rows.binary((a, b) -> slide(a, b.reverse(0), (b.dim(0) - 1) / 2), "convolve_same");
        rows.binary((a, b) -> slide(a, b, 0), "correlate_valid");
    }

    private static Tensor slide(Tensor x, Tensor kernel, int padding) {
        return Convolution.of("NCH", "OIH", "NCH")
                .padding(new int[] {padding}, new int[] {padding})
                .apply(x.reshape(1, 1, -1), kernel.reshape(1, 1, -1))
                .reshape(-1);
    }

    private static Tensor pool(NumericsCase c, List<Tensor> in) {
        List<Integer> sizes = Shapes.list(c.integers("window_dimensions"));
        Window window = window(c.params(), in.get(0).shape(), sizes, "base_dilation", "window_dilation");
        Reduction reduction = switch (c.params().path("computation").asText()) {
            case "max" -> Reduction.MAX;
            case "min" -> Reduction.MIN;
            case "mul" -> Reduction.PROD;
            default -> Reduction.SUM;
        };
        return Lax.reduceWindow(reduction, in.get(0), sizes, window);
    }

    private static void pools(Rows rows) {
        rows.family(Windows::pool, "max_pool", "min_pool", "sum_pool", "prod_pool", "reduce_window");
        int[] two = {1, 2, 2, 1};
        int[] three = {1, 3, 3, 1};
        rows.unary(x -> Pooling.avg(x, two, two, Padding.VALID), "avg_pool");
        rows.unary(x -> Pooling.avgWithoutPadding(x, three, two, Padding.SAME), "avg_pool_same");
        rows.unary(
                x -> Jit.grad((Tensor y) ->
                                Pooling.max(y, two, two, Padding.VALID).square().sum())
                        .apply(x),
                "t_grad_max_pool");
    }

    private static void transformed(Rows rows) {
        rows.binary(
                (a, b) ->
                        Jit.grad((Tensor w) -> PLAIN.apply(a, w).square().sum()).apply(b),
                "t_grad_conv");
        rows.binary((a, b) -> Jit.vmap((Tensor x) -> PLAIN.apply(x, b), 0).apply(a), "t_vmap_conv");
        rows.binary((a, b) -> Jit.vmap((Tensor k) -> PLAIN.apply(a, k), 0).apply(b), "t_vmap_conv_kernel");
        rows.many(
                in -> {
                    Convolution same = Convolution.of("NHWC", "HWIO", "NHWC").padding(Padding.SAME);
                    int[] two = {1, 2, 2, 1};
                    var both = Jit.fn((Tensor w, Tensor v) -> {
                                Tensor h = Nn.relu(same.apply(in.get(0), w));
                                Tensor pooled = Pooling.max(h, two, two, Padding.VALID);
                                return pooled.reshape(pooled.dim(0), -1)
                                        .dot(v)
                                        .square()
                                        .mean();
                            })
                            .valueAndGrad(0, 1)
                            .apply(in.get(1), in.get(2));
                    return List.of(both.value(), both.grad().at(0), both.grad().at(1));
                },
                "t_grad_conv_net");
        rows.binary(
                (a, b) -> Control.fori(0, 10, b, (_, centres) -> {
                    Tensor apart = a.expandDims(1).minus(centres.expandDims(0));
                    Tensor nearest = apart.square().sum(-1).argmin(1);
                    int k = centres.dim(0);
                    Tensor sums = a.segmentSum(nearest, k);
                    Tensor counts = Tensor.ones(a.dtype(), a.dim(0))
                            .segmentSum(nearest, k)
                            .expandDims(1);
                    return Tensor.where(counts.greaterThan(0), sums.dividedBy(counts.maximum(1)), centres);
                }),
                "t_kmeans_lloyd");
    }
}
