package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.IndexMode;
import io.kiln.core.IndexedElements;
import io.kiln.core.Lax;
import io.kiln.core.Reduction;
import io.kiln.core.Tensor;
import io.kiln.core.TopElements;
import io.kiln.jit.Jit;
import io.kiln.nn.Nn;
import java.util.List;
import java.util.function.BiFunction;

/** Slices at traced starts, gathers, scatters, segments, sorts. */
final class IndexingRows {
    private IndexingRows() {}

    static void addTo(Rows rows) {
        slices(rows);
        gathers(rows);
        scatters(rows);
        sorts(rows);
    }

    private static void slices(Rows rows) {
        rows.family(
                (c, in) -> in.get(0).dynamicSlice(in.subList(1, in.size()), c.integers("slice_sizes")),
                "dynamic_slice");
        rows.with(
                (c, in) ->
                        Lax.dynamicSlice(in.get(0), in.subList(1, in.size()), Shapes.list(c.integers("slice_sizes"))),
                "dynamic_slice_oob0",
                "dynamic_slice_oob1",
                "dynamic_slice_oob2",
                "dynamic_slice_oob3",
                "dynamic_slice_oob4");
        rows.binary((a, b) -> a.dynamicSlice(1, b, 2), "dynamic_slice_in_dim");
        rows.binary((a, b) -> a.dynamicSlice(0, b, 1).squeeze(0), "dynamic_index");
        rows.binary((a, b) -> a.dynamicSlice(1, b, 1), "dynamic_index_in_dim");
        rows.one(
                in -> in.get(0).dynamicUpdateSlice(in.get(1), List.of(in.get(2), Tensor.scalar(1))),
                "dynamic_update_slice");
        rows.one(
                in -> in.get(0).dynamicUpdateSlice(in.get(1).expandDims(0), List.of(in.get(2), Tensor.scalar(0))),
                "dynamic_update_index_in_dim");
        rows.one(
                in -> Lax.dynamicUpdateSlice(in.get(0), in.get(3), in.subList(1, 3)),
                "dynamic_update_slice_oob0",
                "dynamic_update_slice_oob1",
                "dynamic_update_slice_oob2",
                "dynamic_update_slice_oob3",
                "dynamic_update_slice_oob4");
        record Parts(Tensor x, Tensor update) {}
        rows.many(
                in -> {
                    Parts g = Jit.grad((Parts p) -> p.x().dynamicUpdateSlice(p.update(), List.of(Tensor.scalar(1)))
                                    .square()
                                    .sum())
                            .apply(new Parts(in.get(0), in.get(1)));
                    return List.of(g.x(), g.update());
                },
                "t_grad_dus");
    }

    private static void gathers(Rows rows) {
        rows.binary((a, b) -> a.take(b, 0), "gather_rows", "gather_oob_fill", "z_gather_zero");
        rows.binary((a, b) -> a.take(b, 0, IndexMode.CLIP), "gather_oob_clip");
        rows.binary((a, b) -> a.take(b, 0, IndexMode.WRAP), "gather_oob_wrap");
        rows.binary((a, b) -> a.at(b).get(), "gather_oob_default", "embedding");
        rows.with((c, in) -> Nn.oneHot(in.get(0), c.outputDims()[1], Tensor.scalar(c.outputDtype(0), 0)), "one_hot");
        rows.binary((a, b) -> a.take(b, 1), "gather_cols");
        rows.one(in -> in.get(0).at(in.get(1), in.get(2)).get(), "gather_nd");
        rows.binary((a, b) -> a.takeAlongAxis(b, 1), "take_along_axis");
    }

    private static void scatters(Rows rows) {
        scatter(rows, "set", IndexedElements::set);
        scatter(rows, "add", IndexedElements::add);
        scatter(rows, "mul", IndexedElements::multiply);
        scatter(rows, "min", IndexedElements::min);
        scatter(rows, "max", IndexedElements::max);
        rows.one(in -> in.get(0).at(in.get(1)).multiply(in.get(2)), "scatter_mul_dup");
        rows.one(in -> in.get(0).at(in.get(1)).add(in.get(2)), "z_scatter_zero");
        rows.one(in -> in.get(0).at(in.get(1), in.get(2)).add(in.get(3)), "scatter_add_nd");
        rows.one(
                in -> in.get(0)
                        .transpose()
                        .at(in.get(1))
                        .set(in.get(2).transpose())
                        .transpose(),
                "scatter_cols");
        rows.family((c, in) -> in.get(0).segmentSum(in.get(1), c.outputDims()[0]), "segment_sum");
        rows.family((c, in) -> in.get(0).segmentProd(in.get(1), c.outputDims()[0]), "segment_prod");
        rows.family((c, in) -> in.get(0).segmentMax(in.get(1), c.outputDims()[0]), "segment_max");
        rows.family((c, in) -> in.get(0).segmentMin(in.get(1), c.outputDims()[0]), "segment_min");
        rows.binary(
                (a, b) -> Jit.vmap(
                                (Tensor i, Tensor u) ->
                                        Tensor.zeros(DType.F32, 5).at(i).add(u),
                                0,
                                0)
                        .apply(a, b),
                "t_vmap_scatter");
    }

    private static void scatter(Rows rows, String name, BiFunction<IndexedElements, Tensor, Tensor> f) {
        rows.one(in -> f.apply(in.get(0).at(in.get(1)), in.get(2)), "scatter_" + name);
        rows.one(
                in -> f.apply(in.get(0).at(in.get(1)).mode(IndexMode.FILL_OR_DROP), in.get(2)),
                "scatter_" + name + "_oob");
        rows.one(in -> f.apply(in.get(0).at(in.get(1)).mode(IndexMode.CLIP), in.get(2)), "scatter_" + name + "_clip");
    }

    private static void sorts(Rows rows) {
        rows.familyOfMany(
                (c, in) -> Lax.sort(in, c.integer("dimension", 0), c.integer("num_keys", 1), c.flag("is_stable")),
                "sort");
        rows.unary(x -> x.sort(1, true), "sort_descending");
        rows.unary(x -> x.negate().sort(1).negate().slice(1, 0, 2), "partition_top");
        rows.unary(x -> x.sort(0), "z_sort_empty");
        rows.unary(x -> x.argsort(-1), "argsort", "argsort_ties", "argsort_nan");
        rows.unary(x -> x.argsort(-1, true), "argsort_descending", "argsort_descending_ties");
        rows.familyOfMany(
                (c, in) -> {
                    TopElements top = in.get(0).topK(c.integer("k", 1));
                    return List.of(top.values(), top.indices());
                },
                "top_k");
        rows.unary(x -> Lax.reduce(Reduction.XOR, x, List.of(0)), "reduce_xor");
    }
}
