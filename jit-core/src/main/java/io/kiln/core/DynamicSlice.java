package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The slice of {@code sizes} of the first operand whose starts along each axis are the other operands, integer scalars of
 * one dtype. A start is moved to the nearest one whose slice is inside.
 */
public record DynamicSlice(List<Integer> sizes) implements Primitive {
    /** Copies the list. */
    public DynamicSlice {
        sizes = List.copyOf(sizes);
    }

    @Override
    public String mnemonic() {
        return "dynamic_slice";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("slice_sizes", sizes));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        checkStarts(mnemonic(), x, ins.subList(1, ins.size()), ins);
        boolean fits = sizes.size() == x.rank();
        for (int i = 0; fits && i < x.rank(); i++) {
            fits = sizes.get(i) >= 0 && sizes.get(i) <= x.dim(i);
        }
        if (!fits) {
            throw TraceErrors.operands(mnemonic(), "a slice of sizes %s must fit the operand".formatted(sizes), ins);
        }
        return List.of(x.withShape(sizes));
    }

    /** Checks that there is an integer scalar for each axis, all of one dtype. */
    static void checkStarts(String operation, ShapedArray x, List<ShapedArray> starts, List<ShapedArray> ins) {
        boolean fit = starts.size() == x.rank()
                && starts.stream().allMatch(s -> s.dtype().isInteger() && s.equals(starts.get(0)) && s.rank() == 0);
        if (!fit) {
            throw TraceErrors.operands(
                    operation, "there must be %d starts, integer scalars of one dtype".formatted(x.rank()), ins);
        }
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.dynamic_slice", eqn, ins, ", sizes = " + sizes));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Collections.singletonList(t == null ? null : Lax.dynamicSlice(t, ins.subList(1, ins.size()), sizes));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        List<@Nullable Tensor> back = Replay.nulls(ins.size());
        Tensor ct = cts.get(0);
        if (ct != null) {
            Tensor zeros = Lax.like(ins.get(0), 0);
            back.set(0, Lax.dynamicUpdateSlice(zeros, ct, ins.subList(1, ins.size())));
        }
        return back;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Mapped> starts = ins.subList(1, ins.size());
        if (starts.stream().noneMatch(Mapped::mapped)) {
            return List.of(Mapped.yes(
                    Lax.dynamicSlice(ins.get(0).value(), withZero(starts), Indices.prepend(batch.size(), sizes))));
        }
        return new Gather(whole(sizes.size()), sizes, false).vmap(List.of(ins.get(0), vectors(starts, batch)), batch);
    }

    /** The starts with a zero for a new first axis. */
    static List<Tensor> withZero(List<Mapped> starts) {
        List<Tensor> out = new ArrayList<>();
        out.add(Lax.scalar(starts.isEmpty() ? DType.I32 : starts.get(0).value().dtype(), 0));
        starts.forEach(s -> out.add(s.value()));
        return out;
    }

    /** How one vector addresses one slice that has all axes of an operand. */
    static SliceAddressing whole(int rank) {
        return new SliceAddressing(Indices.range(rank), List.of(), Indices.range(rank));
    }

    /** The starts of each element of the batch as a vector. */
    static Mapped vectors(List<Mapped> starts, BatchAxis batch) {
        return Mapped.yes(Lax.concatenate(
                starts.stream()
                        .map(s -> Lax.reshape(s.along(batch), List.of(batch.size(), 1)))
                        .toList(),
                1));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        int[] from = whole(sizes.size()).addresses(vector(ins.subList(1, ins.size())), x.aval(), sizes, true);
        return List.of(x.gather(x.aval().withShape(sizes), i -> from[i]));
    }

    /** Scalars as one vector. */
    static HostArray vector(List<HostArray> scalars) {
        DType dtype = scalars.isEmpty() ? DType.I32 : scalars.get(0).aval().dtype();
        return HostArray.pick(ShapedArray.of(dtype, scalars.size()), scalars::get, i -> 0);
    }
}
