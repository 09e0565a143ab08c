package io.kiln.jobs.cases.numerics;

import io.kiln.core.Convolution;
import io.kiln.core.DType;
import io.kiln.core.Padding;
import io.kiln.core.Pooling;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import io.kiln.jit.ValueAndGrad;
import java.util.List;
import java.util.function.UnaryOperator;

/** Derivatives, batches and loops of indexing, sorting, convolution and pooling. */
final class SlicedTransforms {
    private static final int[] TWO = {2, 2};
    private static final Convolution SAME =
            Convolution.of("NCHW", "OIHW", "NCHW").padding(Padding.SAME);

    private SlicedTransforms() {}

    static void addTo(Rows rows) {
        gradients(rows);
        batches(rows);
        rows.unary(
                a -> Control.fori(
                        0, 4, a, (i, s) -> s.at(i).set(s.at(i.minus(1)).get().plus(i.convert(s.dtype())))),
                "fori_update_slice");
        rows.binary((a, b) -> Control.fori(0, 10, b, (_, c) -> centres(a, c)), "t_kmeans_lloyd");
    }

    /** The gradient of the sum of squares of {@code f}. */
    private static Tensor gradOfSquares(UnaryOperator<Tensor> f, Tensor at) {
        return Jit.grad((Tensor x) -> f.apply(x).square().sum()).apply(at);
    }

    private static void gradients(Rows rows) {
        rows.unary(
                a -> Jit.grad((Tensor x) ->
                                x.sort(0).times(Tensor.iota(x.dtype(), 4)).sum())
                        .apply(a),
                "t_grad_sort");
        rows.binary((a, b) -> gradOfSquares(x -> x.at(b).get(), a), "t_grad_gather");
        rows.binary(
                (a, b) -> gradOfSquares(x -> Tensor.zeros(x.dtype(), 5).at(b).add(x), a), "t_grad_scatter");
        rows.binary((a, b) -> gradOfSquares(x -> x.dynamicSlice(List.of(b), 2), a), "t_grad_dynamic_slice");
        rows.binary((a, b) -> gradOfSquares(w -> SAME.apply(a, w), b), "t_grad_conv");
        rows.unary(a -> gradOfSquares(x -> Pooling.max(x, TWO, TWO, Padding.VALID), a), "t_grad_max_pool");
        record Weights(Tensor kernel, Tensor last) {}
        rows.many(
                in -> {
                    ValueAndGrad<Weights> found = Jit.valueAndGrad((Weights w) -> {
                                Tensor h = Convolution.of("NHWC", "HWIO", "NHWC")
                                        .padding(Padding.SAME)
                                        .apply(in.get(0), w.kernel())
                                        .maximum(0);
                                Tensor pooled = Pooling.max(h, TWO, TWO, Padding.VALID);
                                return pooled.reshape(pooled.dim(0), -1)
                                        .dot(w.last())
                                        .square()
                                        .mean();
                            })
                            .apply(new Weights(in.get(1), in.get(2)));
                    return List.of(
                            found.value(), found.grad().kernel(), found.grad().last());
                },
                "t_grad_conv_net");
    }

    private static void batches(Rows rows) {
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
                (a, b) -> Jit.vmap((Tensor x, Tensor i) -> x.dynamicSlice(List.of(i), 2), 0, 0)
                        .apply(a, b),
                "t_vmap_dynamic_slice");
        rows.one(
                in -> Jit.vmap((Tensor x, Tensor u, Tensor i) -> x.dynamicUpdateSlice(u, List.of(i)), 0, 0, 0)
                        .apply(in.get(0), in.get(1), in.get(2)),
                "t_vmap_dus");
        rows.binary((a, b) -> Jit.vmap((Tensor x) -> SAME.apply(x, b), 0).apply(a), "t_vmap_conv");
        rows.binary((a, b) -> Jit.vmap((Tensor k) -> SAME.apply(a, k), 0).apply(b), "t_vmap_conv_kernel");
        rows.unary(a -> Jit.vmap((Tensor x) -> x.sort(0), 0).apply(a), "t_vmap_sort");
    }

    /** One step of Lloyd's algorithm: the means of the points that are nearest to each centre. */
    private static Tensor centres(Tensor points, Tensor centres) {
        Tensor distances = points.expandDims(1).minus(centres.expandDims(0)).square();
        Tensor nearest = distances.sum(-1).argmin(1);
        Tensor sums = points.segmentSum(nearest, 3);
        Tensor counts = Tensor.ones(points.dtype(), points.dim(0))
                .segmentSum(nearest, 3)
                .expandDims(1);
        return Tensor.where(counts.greaterThan(0), sums.dividedBy(counts.maximum(1)), centres);
    }
}
