package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.IndexMode;
import io.kiln.core.IndexedElements;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import io.kiln.nn.Nn;
import java.util.List;

/** Elements by computed indices: slices, gathers, scatters and segments, and indices outside of their axes. */
final class Indexing {
    private Indexing() {}

    static void addTo(Rows rows) {
        slices(rows);
        gathers(rows);
        scatters(rows);
        segments(rows);
        transformed(rows);
    }

    private static IndexMode mode(NumericsCase c, IndexMode otherwise) {
        return switch (c.params().path("mode").asText()) {
            case "clip" -> IndexMode.CLIP;
            case "wrap" -> IndexMode.WRAP;
            case "fill", "drop" -> IndexMode.FILL_OR_DROP;
            default -> otherwise;
        };
    }

    private static void slices(Rows rows) {
        rows.family(
                (c, in) -> {
                    List<Tensor> starts = in.subList(1, in.size());
                    return c.call().has("dynamic_slice_p") // the primitive, whose starts do not count from the end
                            ? Lax.dynamicSlice(in.get(0), starts, Shapes.list(c.outputDims()))
                            : in.get(0).dynamicSlice(starts, c.outputDims());
                },
                "dynamic_slice");
        rows.with((c, in) -> in.get(0).dynamicSlice(1, in.get(1), c.outputDims()[1]), "dynamic_slice_in_dim");
        rows.one(
                in -> in.get(0).dynamicUpdateSlice(in.get(1), List.of(in.get(2), Tensor.scalar(1))),
                "dynamic_update_slice");
        rows.one(
                in -> Lax.dynamicUpdateSlice(in.get(0), in.get(3), List.of(in.get(1), in.get(2))),
                "dynamic_update_slice_oob0",
                "dynamic_update_slice_oob1",
                "dynamic_update_slice_oob2",
                "dynamic_update_slice_oob3",
                "dynamic_update_slice_oob4");
        rows.binary((a, i) -> a.dynamicSlice(0, i, 1).squeeze(0), "dynamic_index");
        rows.binary((a, i) -> a.dynamicSlice(1, i, 1), "dynamic_index_in_dim");
        rows.one(
                in -> in.get(0).dynamicUpdateSlice(in.get(1).expandDims(0), List.of(in.get(2), Tensor.scalar(0))),
                "dynamic_update_index_in_dim");
    }

    private static void gathers(Rows rows) {
        rows.with(
                (c, in) -> in.get(0).take(in.get(1), 0, mode(c, IndexMode.FILL_OR_DROP)),
                "gather_rows",
                "gather_oob_clip",
                "gather_oob_fill",
                "gather_oob_wrap",
                "z_gather_zero");
        rows.binary((a, i) -> a.take(i, 1), "gather_cols");
        rows.binary((a, i) -> a.at(i).get(), "embedding");
        rows.binary((a, i) -> a.at(i).mode(IndexMode.PROMISE_IN_BOUNDS).get(), "gather_oob_default");
        rows.unary(
                a -> Control.fori(
                        0,
                        a.dim(0),
                        a,
                        (i, s) -> s.at(i).set(s.at(i.minus(1)).get().plus(i.toF32()))),
                "fori_update_slice");
        rows.one(in -> in.get(0).at(in.get(1), in.get(2)).get(), "gather_nd");
        rows.binary((a, i) -> a.takeAlongAxis(i, 1), "take_along_axis");
        rows.with((c, in) -> Nn.oneHot(in.get(0), 5, Tensor.scalar(c.outputDtype(0), 0)), "one_hot");
    }

    private static void scatters(Rows rows) {
        scatter(rows, IndexedElements::set, "set");
        scatter(rows, IndexedElements::add, "add");
        scatter(rows, IndexedElements::multiply, "mul");
        scatter(rows, IndexedElements::min, "min");
        scatter(rows, IndexedElements::max, "max");
        rows.one(in -> in.get(0).at(in.get(1), in.get(2)).add(in.get(3)), "scatter_add_nd");
        rows.one(
                in -> in.get(0)
                        .transpose()
                        .at(in.get(1))
                        .set(in.get(2).transpose())
                        .transpose(),
                "scatter_cols");
        rows.one(in -> in.get(0).at(in.get(1)).add(in.get(2)), "z_scatter_zero");
    }

    /** One way to combine an update with what is there. */
    @FunctionalInterface
    private interface Combine {
        Tensor apply(IndexedElements at, Tensor updates);
    }

    private static void scatter(Rows rows, Combine f, String name) {
        rows.with(
                (c, in) -> f.apply(in.get(0).at(in.get(1)).mode(mode(c, IndexMode.FILL_OR_DROP)), in.get(2)),
                "scatter_" + name,
                "scatter_" + name + "_oob",
                "scatter_" + name + "_clip",
                "scatter_" + name + "_dup");
    }

    private static void segments(Rows rows) {
        rows.with((c, in) -> in.get(0).segmentSum(in.get(1), c.outputDims()[0]), "segment_sum", "segment_sum_2d");
        rows.with((c, in) -> in.get(0).segmentProd(in.get(1), c.outputDims()[0]), "segment_prod");
        rows.with((c, in) -> in.get(0).segmentMax(in.get(1), c.outputDims()[0]), "segment_max");
        rows.with((c, in) -> in.get(0).segmentMin(in.get(1), c.outputDims()[0]), "segment_min");
    }

    private static void transformed(Rows rows) {
        rows.binary(
                (a, b) -> Jit.grad((Tensor x) -> x.at(b).get().square().sum()).apply(a), "t_grad_gather");
        rows.binary(
                (a, b) -> Jit.grad((Tensor x) ->
                                Tensor.zeros(DType.F32, 5).at(b).add(x).square().sum())
                        .apply(a),
                "t_grad_scatter");
        rows.binary(
                (a, b) -> Jit.grad(
                                (Tensor x) -> x.dynamicSlice(0, b, 2).square().sum())
                        .apply(a),
                "t_grad_dynamic_slice");
        rows.many(
                in -> Transforms.tensors(Jit.fn(
                                (Tensor x, Tensor u) -> x.dynamicUpdateSlice(u, List.of(Tensor.scalar(1)))
                                        .square()
                                        .sum())
                        .grad(0, 1)
                        .apply(in.get(0), in.get(1))),
                "t_grad_dus");
        rows.binary(
                (a, b) -> Jit.vmap(
                                (Tensor i, Tensor u) ->
                                        Tensor.zeros(DType.F32, 5).at(i).add(u),
                                0,
                                0)
                        .apply(a, b),
                "t_vmap_scatter");
        rows.binary(
                (a, b) -> Jit.vmap(
                                (Tensor i, Tensor u) ->
                                        Tensor.zeros(DType.F32, 5).at(i).set(u),
                                0,
                                0)
                        .apply(a, b),
                "t_vmap_scatter_set");
        rows.binary(
                (a, b) -> Jit.vmap((Tensor x, Tensor i) -> x.at(i).get(), 0, 0).apply(a, b), "t_vmap_gather");
        rows.binary(
                (a, b) -> Jit.vmap((Tensor x, Tensor i) -> x.dynamicSlice(0, i, 2), 0, 0)
                        .apply(a, b),
                "t_vmap_dynamic_slice");
        rows.one(
                in -> Jit.vmap((Tensor x, Tensor u, Tensor i) -> x.dynamicUpdateSlice(u, List.of(i)), 0, 0, 0)
                        .apply(in.get(0), in.get(1), in.get(2)),
                "t_vmap_dus");
    }
}
