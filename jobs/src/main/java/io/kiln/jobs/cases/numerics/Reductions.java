package io.kiln.jobs.cases.numerics;

import io.kiln.core.Tensor;
import java.util.function.BiFunction;

/** Reductions, running combinations, and what statistics is made of. */
final class Reductions {
    private Reductions() {}

    static void addTo(Rows rows) {
        reduction(rows, Tensor::sum, "sum");
        reduction(rows, Tensor::prod, "prod");
        reduction(rows, Tensor::max, "max");
        reduction(rows, Tensor::min, "min");
        reduction(rows, Tensor::mean, "mean");
        rows.family((c, in) -> in.get(0).all(c.axes()), "reduce_and", "reduce_all");
        rows.family((c, in) -> in.get(0).any(c.axes()), "reduce_or", "reduce_any");
        rows.unary(x -> x.sum(1), "complex_sum");
        rows.unary(x -> x.greaterThan(0).all(), "z_all_empty");
        rows.unary(x -> x.greaterThan(0).any(), "z_any_empty");
        rows.family((c, in) -> in.get(0).argmax(c.integer("axis", 1)), "argmax");
        rows.family((c, in) -> in.get(0).argmin(c.integer("axis", 1)), "argmin");
        running(rows, Tensor::cumsum, "cumsum");
        running(rows, Tensor::cumprod, "cumprod");
        running(rows, Tensor::cummax, "cummax");
        running(rows, Tensor::cummin, "cummin");
        running(rows, Tensor::cumlogsumexp, "cumlogsumexp");
        rows.unary(x -> x.reshape(-1).cumsum(0), "cumulative_sum");
        rows.unary(x -> x.mean(1, 2), "global_avg_pool");
        rows.unary(x -> x.max(1, 2), "global_max_pool");
    }

    private static void running(Rows rows, Running f, String name) {
        rows.family((c, in) -> f.apply(in.get(0), c.integer("axis", 0), c.flag("reverse")), name);
        rows.unary(x -> f.apply(x, 1, false), name + "_nan");
        rows.unary(x -> f.apply(x, 0, false), "z_" + name + "_empty");
    }

    /** A running combination along an axis. */
    @FunctionalInterface
    private interface Running {
        Tensor apply(Tensor x, int axis, boolean reverse);
    }

    /** A reduction under all names that its axes give it. */
    private static void reduction(Rows rows, BiFunction<Tensor, int[], Tensor> f, String name) {
        rows.family((c, in) -> f.apply(in.get(0), c.axes()), "reduce_" + name);
        rows.unary(x -> f.apply(x, new int[0]), "z_" + name + "_empty");
        rows.unary(x -> f.apply(x, new int[] {0}), "z_" + name + "_empty_axis0");
        rows.unary(x -> f.apply(x, new int[] {1}), "z_" + name + "_empty_axis1", "z_" + name + "_axis1_empty");
        rows.unary(x -> f.apply(x, new int[] {1}).expandDims(1), "reduce_" + name + "_keepdims");
    }
}
