package io.kiln.jobs.cases.numerics;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TopElements;
import io.kiln.jit.Jit;
import java.util.List;

/** Sorts, their permutations, and the largest elements. */
final class Sorting {
    private Sorting() {}

    static void addTo(Rows rows) {
        rows.familyOfMany((c, in) -> Lax.sort(in, c.integer("dimension", 0), c.integer("num_keys", 1), true), "sort");
        rows.unary(x -> x.sort(1, true), "sort_descending");
        rows.unary(x -> x.sort(0), "z_sort_empty");
        rows.unary(x -> x.argsort(x.rank() - 1), "argsort", "argsort_ties", "argsort_nan");
        rows.unary(x -> x.argsort(x.rank() - 1, true), "argsort_descending", "argsort_descending_ties");
        rows.familyOfMany(
                (c, in) -> {
                    TopElements top = in.get(0).topK(c.integer("k", 1));
                    return List.of(top.values(), top.indices());
                },
                "top_k");
        rows.unary(x -> x.negate().sort(1).negate().slice(1, 0, 2), "partition_top");
        rows.unary(x -> Jit.vmap((Tensor y) -> y.sort(0), 0).apply(x), "t_vmap_sort");
        rows.unary(
                x -> Jit.grad((Tensor y) -> y.sort(0)
                                .times(Tensor.iota(y.dtype(), y.dim(0)))
                                .sum())
                        .apply(x),
                "t_grad_sort");
    }
}
