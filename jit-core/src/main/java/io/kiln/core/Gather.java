package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Slices of the operand that start at the vectors of an index array, which is the second operand. A start is moved to the
 * nearest one whose slice is inside. {@code sorted} promises that the vectors ascend, {@code inBounds} that all slices are
 * inside: then the way back does not move them, and drops what is outside all the same, as JAX does.
 */
public record Gather(SliceAddressing addressing, List<Integer> sliceSizes, boolean sorted, boolean inBounds)
        implements Primitive {
    private static final List<String> NAMES = List.of(
            "offset_dims",
            "collapsed_slice_dims",
            "operand_batching_dims",
            "start_indices_batching_dims",
            "start_index_map");

    /** Copies the list. */
    public Gather {
        sliceSizes = List.copyOf(sliceSizes);
    }

    /** A gather that promises nothing of its indices but perhaps that they ascend. */
    public Gather(SliceAddressing addressing, List<Integer> sliceSizes, boolean sorted) {
        this(addressing, sliceSizes, sorted, false);
    }

    @Override
    public String mnemonic() {
        return "gather";
    }

    @Override
    public List<Param> params() {
        List<Param> all = new ArrayList<>(addressing.params(NAMES));
        all.add(new Param.Ints("slice_sizes", sliceSizes));
        all.add(Param.flag("indices_are_sorted", sorted));
        if (inBounds) {
            all.add(Param.flag("promise_in_bounds", true));
        }
        return all;
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        addressing.check(mnemonic(), ins);
        boolean fits = sliceSizes.size() == x.rank();
        for (int i = 0; fits && i < x.rank(); i++) {
            boolean single = addressing.collapsedAxes().contains(i)
                    || addressing.operandBatch().contains(i);
            int size = sliceSizes.get(i);
            fits = size >= 0
                    && (single
                            ? size == 1
                                    && (x.dim(i) > 0
                                            || addressing.operandBatch().contains(i))
                            : size <= x.dim(i));
        }
        if (!fits) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "slices of sizes %s must fit the operand, with size 1 along the axes %s and %s"
                            .formatted(sliceSizes, addressing.collapsedAxes(), addressing.operandBatch()),
                    ins);
        }
        return List.of(x.withShape(addressing.windows(ins.get(1), sliceSizes)));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String attributes = "dimension_numbers = %s, indices_are_sorted = %s, slice_sizes = %s"
                .formatted(
                        addressing.mlir("gather", NAMES, eqn.inputs().get(1).rank()),
                        sorted,
                        Emitter.array(sliceSizes));
        return List.of(out.op("\"stablehlo.gather\"(%s) <{%s}>".formatted(String.join(", ", ins), attributes), eqn));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Collections.singletonList(t == null ? null : Trace.bind1(this, t, ins.get(1)));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null);
        }
        ShapedArray x = ins.get(0).aval();
        Tensor indices = inBounds ? ins.get(1) : addressing.clamped(ins.get(1), x, sliceSizes);
        Scatter add = new Scatter(Scatter.Combine.ADD, addressing, sorted, false);
        return Arrays.asList(Trace.bind1(add, Lax.full(x, 0), indices, ct), null);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        boolean operand = ins.get(0).mapped();
        boolean indices = ins.get(1).mapped();
        SliceAddressing all =
                operand ? indices ? addressing.mapBoth() : addressing.mapOperand() : addressing.mapIndices();
        List<Integer> sizes = operand ? Indices.prepend(indices ? 1 : batch.size(), sliceSizes) : sliceSizes;
        // Vectors that ascend in each element of the batch do not ascend over all of them.
        Gather gather = new Gather(all, sizes, sorted && !indices, inBounds);
        return List.of(
                Mapped.yes(Trace.bind1(gather, ins.get(0).value(), ins.get(1).value())));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval(), ins.get(1).aval())).get(0);
        int[] from = addressing.addresses(ins.get(1), x.aval(), sliceSizes, true);
        return List.of(x.gather(to, i -> from[i]));
    }
}
