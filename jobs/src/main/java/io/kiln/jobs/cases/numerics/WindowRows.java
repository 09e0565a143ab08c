package io.kiln.jobs.cases.numerics;

import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.Convolution;
import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Padding;
import io.kiln.core.Pooling;
import io.kiln.core.Reduction;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Window;
import io.kiln.numpy.ConvolveMode;
import io.kiln.numpy.Np;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Convolutions, pooling, reductions by a program, and bounds and precision of elements. */
final class WindowRows {
    private static final int[] TWO = {2, 2};

    private WindowRows() {}

    static void addTo(Rows rows) {
        rows.family(WindowRows::convolution, "conv", "conv1d", "conv2d", "conv3d");
        Convolution images = Convolution.of("NHWC", "HWIO", "NHWC").strides(2);
        rows.binary(images.padding(Padding.SAME)::applyTransposed, "conv_transpose_same");
        rows.binary(images.padding(Padding.VALID)::applyTransposed, "conv_transpose_valid");
        rows.binary(
                (x, kernel) -> images.padding(Padding.SAME)
                        .applyTransposed(x, kernel.reverse(0, 1).transpose(0, 1, 3, 2)),
                "conv2d_transpose");
        rows.family(WindowRows::pool, "max_pool", "min_pool", "sum_pool", "prod_pool", "reduce_window");
        rows.binary((a, b) -> Np.convolve(a, b, ConvolveMode.FULL), "convolve_full");
        rows.binary((a, b) -> Np.convolve(a, b, ConvolveMode.SAME), "convolve_same");
        rows.binary((a, b) -> Np.correlate(a, b, ConvolveMode.VALID), "correlate_valid");
        rows.unary(x -> Pooling.avg(x, TWO, TWO, Padding.VALID), "avg_pool");
        rows.unary(x -> Pooling.avgWithoutPadding(x, new int[] {3, 3}, TWO, Padding.SAME), "avg_pool_same");
        rows.many(in -> extreme(in.get(0), true), "reduce_variadic_argmax");
        rows.many(in -> extreme(in.get(0), false), "reduce_variadic_argmin");
        rows.family(
                (c, in) -> Lax.reducePrecision(in.get(0), c.integer("exponent_bits", 0), c.integer("mantissa_bits", 0)),
                "reduce_precision");
        rows.family((_, in) -> Lax.clamp(in.get(0), in.get(1), in.get(2)), "clamp");
    }

    private static Tensor convolution(NumericsCase c, List<Tensor> in) {
        JsonNode names = c.params().path("dimension_numbers");
        Convolution set = Convolution.of(
                        names.path(0).asText(),
                        names.path(1).asText(),
                        names.path(2).asText())
                .strides(c.integers("window_strides"))
                .featureGroups(c.integer("feature_group_count", 1))
                .batchGroups(c.integer("batch_group_count", 1));
        JsonNode padding = c.params().path("padding");
        set = padding.isTextual()
                ? set.padding(Padding.valueOf(padding.asText()))
                : set.padding(side(padding, 0), side(padding, 1));
        if (c.params().has("lhs_dilation")) {
            set = set.inputDilation(c.integers("lhs_dilation"));
        }
        if (c.params().has("rhs_dilation")) {
            set = set.dilation(c.integers("rhs_dilation"));
        }
        return set.apply(in.get(0), in.get(1));
    }

    /** The products of a vector with a kernel at every place, that many zeros beyond each end. */
    private static int[] side(JsonNode pairs, int k) {
        List<Integer> out = new ArrayList<>();
        pairs.forEach(pair -> out.add(pair.path(k).asInt()));
        return NumericsCase.dims(out);
    }

    private static Tensor pool(NumericsCase c, List<Tensor> in) {
        Tensor x = in.get(0);
        Reduction reduction = switch (c.params().path("computation").asText()) {
            case "max" -> Reduction.MAX;
            case "min" -> Reduction.MIN;
            case "mul" -> Reduction.PROD;
            default -> Reduction.SUM;
        };
        List<Integer> sizes = Shapes.list(c.integers("window_dimensions"));
        Window window = Window.of(x.rank())
                .withStrides(Shapes.list(c.integers("window_strides")))
                .withDilation(dilation(c, "base_dilation", x.rank()), dilation(c, "window_dilation", x.rank()));
        JsonNode padding = c.params().path("padding");
        Window moves = padding.isTextual()
                ? window.withPadding(Padding.valueOf(padding.asText()), x.shape(), sizes)
                : window.withPadding(Shapes.list(side(padding, 0)), Shapes.list(side(padding, 1)));
        return Lax.reduceWindow(reduction, x, sizes, moves);
    }

    private static List<Integer> dilation(NumericsCase c, String name, int rank) {
        int[] given = c.integers(name);
        return given.length == 0 ? Collections.nCopies(rank, 1) : Shapes.list(given);
    }

    /** The extreme element of each row and its place, by a reducer of pairs. */
    private static List<Tensor> extreme(Tensor x, boolean maximum) {
        Tensor places = Lax.iota(x.aval().withDType(DType.I32), 1);
        double worst = maximum ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        return Lax.reduce(
                List.of(x, places),
                List.of(Lax.full(ShapedArray.of(x.dtype()), worst), Tensor.scalar(Integer.MAX_VALUE)),
                (a, b) -> {
                    Tensor better =
                            maximum ? a.get(0).greaterThan(b.get(0)) : a.get(0).lessThan(b.get(0));
                    Tensor keep =
                            better.or(a.get(0).equalTo(b.get(0)).and(a.get(1).lessThan(b.get(1))));
                    return List.of(Tensor.where(keep, a.get(0), b.get(0)), Tensor.where(keep, a.get(1), b.get(1)));
                },
                List.of(1));
    }
}
