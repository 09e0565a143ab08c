package io.kiln.jobs.cases.numerics;

import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Operations that move elements about: broadcasts, reshapes, slices, pads, concatenations, selections. */
final class Shapes {
    private Shapes() {}

    static void addTo(Rows rows) {
        moves(rows);
        rows.one(in -> Tensor.where(in.get(0), in.get(1), in.get(2)), "select", "select_scalar_pred", "jnp_where");
        rows.one(in -> in.get(0).maximum(in.get(1)).minimum(in.get(2)), "jnp_clip");
        rows.binary((a, b) -> Tensor.where(a.greaterThan(b), a, b), "r0_where");
        rows.unary(x -> Tensor.where(x.greaterThan(0), x, x.negate()), "z_where_empty");
        rows.unary(x -> x.times(0).plus(7), "r0_constant_output");
        rows.unary(x -> x, "r0_identity", "r0_transpose", "r0_sum", "r0_max");
        rows.unary(x -> x.times(2), "r0_unused_input");
        rows.many(in -> List.of(in.get(0).times(2), in.get(0).times(2)), "r0_same_output_twice");
        rows.many(in -> List.of(in.get(0), in.get(1), in.get(0)), "r0_input_as_output");
        rows.with((c, _) -> Tensor.scalar(c.outputDtype(0), 7), "r0_constant_only");
        rows.binary((a, b) -> Tensor.stack(0, a, b), "r0_stack");
    }

    private static void moves(Rows rows) {
        rows.family(
                (c, in) -> Lax.broadcastInDim(
                        in.get(0), list(c.integers("shape")), list(c.integers("broadcast_dimensions"))),
                "broadcast_in_dim");
        rows.with(
                (c, in) -> in.get(0).broadcastTo(c.outputDims()),
                "broadcast_to",
                "broadcast_to_ones",
                "r0_broadcast",
                "z_broadcast_to_zero");
        rows.with(
                (c, in) -> in.get(0).reshape(c.outputDims()),
                "reshape",
                "r0_reshape",
                "z_reshape_empty",
                "ravel",
                "atleast_2d",
                "expand_dims",
                "squeeze",
                "r0_squeeze");
        rows.family((c, in) -> in.get(0).transpose(c.integers("permutation")), "transpose");
        rows.unary(Tensor::transpose, "z_transpose_empty", "complex_transpose");
        rows.family((c, in) -> in.get(0).reverse(c.integers("dimensions")), "rev");
        rows.unary(x -> x.reverse(0), "z_reverse_empty", "flipud");
        rows.unary(x -> x.reverse(1), "flip", "fliplr");
        rows.family((c, in) -> Tensor.concatenate(c.integer("dimension", 0), in.toArray(Tensor[]::new)), "concatenate");
        rows.one(in -> Tensor.concatenate(0, in.get(0), in.get(1), in.get(0)), "concatenate3");
        rows.binary((a, b) -> Tensor.concatenate(0, a, b), "z_concat_with_empty", "vstack");
        rows.unary(a -> Tensor.concatenate(0, a, a), "z_concat_empty");
        rows.binary((a, b) -> Tensor.concatenate(1, a, b), "hstack");
        rows.binary((a, b) -> Tensor.stack(1, a, b), "stack", "column_stack");
        rows.binary((a, b) -> Tensor.stack(0, a, b), "stack_axis0");
        rows.family(
                (c, in) -> Lax.slice(
                        in.get(0),
                        list(c.integers("start")),
                        list(c.integers("limit")),
                        c.params().path("strides").isEmpty()
                                ? Collections.nCopies(in.get(0).rank(), 1)
                                : list(c.integers("strides"))),
                "slice");
        rows.family(Shapes::pad, "pad");
        rows.unary(x -> Lax.pad(x, 5, List.of(1, 0), List.of(1, 0), List.of(0, 0)), "z_pad_empty");
        rows.with(
                (c, in) -> Lax.iota(
                                new ShapedArray(c.outputDtype(0), list(c.integers("shape"))), c.integer("dimension", 0))
                        .plus(in.get(0)),
                "iota",
                "iota_axis0");
        rows.unary(x -> x.slice(1, 1, 2), "z_slice_empty");
        rows.unary(x -> x.slice(0, 2, 2), "z_slice_to_zero");
    }

    /** A pad whose value is an argument, the first element, or a constant that the definition states. */
    private static Tensor pad(NumericsCase c, List<Tensor> in) {
        Tensor x = in.get(0);
        List<Integer> low = new ArrayList<>();
        List<Integer> high = new ArrayList<>();
        List<Integer> interior = new ArrayList<>();
        for (JsonNode axis : c.params().path("padding_config")) {
            low.add(axis.get(0).asInt());
            high.add(axis.get(1).asInt());
            interior.add(axis.get(2).asInt());
        }
        String text = c.call().arguments("lax.pad").get(1).trim();
        Tensor value = in.size() > 1
                ? in.get(1)
                : text.startsWith("a[")
                        ? x.reshape(-1).at(0)
                        : Tensor.scalar(x.dtype(), Double.parseDouble(text.replaceAll(".*\\(|\\)", "")));
        return Lax.pad(x, value, low, high, interior);
    }

    static List<Integer> list(int... values) {
        List<Integer> out = new ArrayList<>();
        for (int value : values) {
            out.add(value);
        }
        return out;
    }
}
