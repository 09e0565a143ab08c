package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What indexing adds to the primitives: modes, negative indices, NumPy's broadcasting of index arrays. */
final class Indexing {
    private Indexing() {}

    static List<Tensor> after(List<Tensor> first, List<Tensor> rest) {
        List<Tensor> out = new ArrayList<>(first);
        out.addAll(rest);
        return out;
    }

    /** The slices at the vectors of {@code indices}; {@code fill}, a scalar, where one is outside, or else the dtype's. */
    static Tensor gather(
            Tensor x,
            Tensor indices,
            SliceAddressing addressing,
            List<Integer> sizes,
            IndexMode mode,
            @Nullable Tensor fill) {
        Gather moved = new Gather(addressing, sizes, false);
        // What is outside is masked, or promised not to be there: the way back need not move it inside.
        Gather gather = new Gather(addressing, sizes, false, true);
        gather.abstractEval(List.of(x.aval(), indices.aval()));
        return switch (mode) {
            case CLIP -> Trace.bind1(moved, x, indices);
            case PROMISE_IN_BOUNDS -> Trace.bind1(gather, x, indices);
            case WRAP -> Trace.bind1(gather, x, addressing.wrapped(indices, x.aval()));
            case FILL_OR_DROP -> {
                Tensor all = Trace.bind1(gather, x, indices);
                Tensor inside = addressing.spread(addressing.inside(indices, x.aval(), sizes), all.shape());
                Tensor value = fill == null ? fill(x.dtype()) : fill;
                yield Lax.select(inside, all, Lax.broadcastInDim(value, all.shape(), List.of()));
            }
        };
    }

    /** What stands for an element that is not there, as in JAX. */
    private static Tensor fill(DType dtype) {
        return switch (dtype.kind()) {
            case FLOAT, COMPLEX -> Lax.scalar(dtype, Double.NaN);
            case BOOL -> Lax.scalar(dtype, 1);
            case SIGNED -> Tensor.of(Reduction.MAX.neutral(dtype).toHost());
            case UNSIGNED -> Tensor.of(Reduction.MIN.neutral(dtype).toHost());
        };
    }

    static Tensor scatter(Scatter scatter, Tensor x, Tensor indices, Tensor updates, IndexMode mode) {
        scatter.abstractEval(List.of(x.aval(), indices.aval(), updates.aval()));
        SliceAddressing addressing = scatter.addressing();
        Tensor placed = switch (mode) {
            case FILL_OR_DROP, PROMISE_IN_BOUNDS -> indices;
            case WRAP -> addressing.wrapped(indices, x.aval());
            case CLIP -> addressing.clamped(indices, x.aval(), addressing.sliceSizes(x.rank(), updates.shape()));
        };
        return Trace.bind1(scatter, x, placed, updates);
    }

    /** An index array of at least 32 bits whose negative values count from the end of an axis. */
    static Tensor fromEnd(Tensor indices, int size) {
        Tensor wide = wide(indices);
        if (wide.dtype().kind() == DType.Kind.UNSIGNED) {
            return wide;
        }
        Tensor negative = Lax.compare(Compare.LT, wide, Lax.like(wide, 0));
        return Lax.select(negative, Lax.add(wide, Lax.like(wide, size)), wide);
    }

    /** An index array whose dtype holds every index of a large axis. */
    static Tensor wide(Tensor indices) {
        if (!indices.dtype().isInteger()) {
            throw TraceErrors.dtype("an index", "of an integer dtype", indices.aval());
        }
        return indices.dtype().bits() >= 32 ? indices : Lax.convert(indices, DType.I32);
    }

    static Tensor take(Tensor x, Tensor indices, int axis, IndexMode mode) {
        int at = Broadcasting.axis("take", axis, x.aval());
        Tensor wide = mode == IndexMode.FILL_OR_DROP ? fromEnd(indices, x.dim(at)) : wide(indices);
        if (x.dim(at) == 0) {
            throw TraceErrors.operands("take", "axis " + axis + " must have an element", List.of(x.aval()));
        }
        List<Integer> sizes = new ArrayList<>(x.shape());
        sizes.set(at, 1);
        List<Integer> windows = new ArrayList<>(Indices.range(at));
        windows.addAll(Indices.range(at + indices.rank(), x.rank() - 1 + indices.rank()));
        SliceAddressing addressing = new SliceAddressing(windows, List.of(at), List.of(at));
        return gather(x, column(wide), addressing, sizes, mode, null);
    }

    /** A component of vectors of one. */
    static Tensor column(Tensor indices) {
        List<Integer> shape = new ArrayList<>(indices.shape());
        shape.add(1);
        return Lax.reshape(indices, shape);
    }

    static Tensor takeAlongAxis(Tensor x, Tensor indices, int axis, IndexMode mode) {
        if (indices.rank() != x.rank()) {
            throw TraceErrors.operands(
                    "takeAlongAxis", "the indices must have the operand's rank", List.of(x.aval(), indices.aval()));
        }
        int at = Broadcasting.axis("takeAlongAxis", axis, x.aval());
        List<Integer> mine = new ArrayList<>(x.shape());
        List<Integer> theirs = new ArrayList<>(indices.shape());
        for (int i = 0; i < mine.size(); i++) {
            if (i != at && !mine.get(i).equals(theirs.get(i))) {
                if (mine.get(i) != 1 && theirs.get(i) != 1) {
                    throw TraceErrors.shapes("takeAlongAxis", x.aval(), indices.aval());
                }
                int size = mine.get(i) == 1 ? theirs.get(i) : mine.get(i);
                mine.set(i, size);
                theirs.set(i, size);
            }
        }
        Tensor wide = mode == IndexMode.FILL_OR_DROP ? fromEnd(indices, x.dim(at)) : wide(indices);
        Tensor vectors = column(Lax.broadcastTo(wide, theirs));
        return gather(
                Lax.broadcastTo(x, mine), vectors, alongAxis(x.rank(), at), Indices.repeat(x.rank(), 1), mode, null);
    }

    /** How an index array of the operand's rank, with a last axis of 1, addresses single elements along one axis. */
    static SliceAddressing alongAxis(int rank, int axis) {
        List<Integer> others = Indices.others(rank, List.of(axis));
        return new SliceAddressing(List.of(), List.of(axis), List.of(axis), others, others);
    }

    /** Element {@code places[i, j, ...]} along one axis for each position along the others; all places are inside. */
    static Tensor alongAxis(Tensor x, Tensor places, int axis) {
        if (places.aval().elements() == 0) {
            return Lax.full(x.aval().withShape(places.shape()), 0);
        }
        Gather gather = new Gather(alongAxis(x.rank(), axis), Indices.repeat(x.rank(), 1), false, true);
        return Trace.bind1(gather, x, column(places));
    }

    /** The way back of {@link #alongAxis(Tensor, Tensor, int)} to an axis of {@code size}; no two places are equal. */
    static Tensor backAlongAxis(Tensor ct, Tensor places, int axis, int size) {
        List<Integer> shape = new ArrayList<>(ct.shape());
        shape.set(axis, size);
        Tensor zeros = Lax.full(ct.aval().withShape(shape), 0);
        Scatter scatter = new Scatter(Scatter.Combine.ADD, alongAxis(ct.rank(), axis), false, true);
        return ct.aval().elements() == 0 ? zeros : Trace.bind1(scatter, zeros, column(places), ct);
    }

    static List<Tensor> sort(List<Tensor> tensors, int axis, int keys, boolean descending) {
        int at = Broadcasting.axis("sort", axis, tensors.get(0).aval());
        List<Tensor> ins = tensors;
        if (descending) {
            // Reversed before and after, so that equal elements stay in order.
            ins = tensors.stream().map(t -> Lax.reverse(t, List.of(at))).toList();
        }
        List<Tensor> sorted = Lax.sort(ins, at, keys, true);
        return descending
                ? sorted.stream().map(t -> Lax.reverse(t, List.of(at))).toList()
                : sorted;
    }

    static Tensor argsort(Tensor x, int axis, boolean descending) {
        int at = Broadcasting.axis("argsort", axis, x.aval());
        Tensor places = Lax.iota(x.aval().withDType(DType.I32), at);
        return sort(List.of(x, places), at, 1, descending).get(1);
    }

    static TopElements topK(Tensor x, int k, int axis) {
        int at = Broadcasting.axis("topK", axis, x.aval());
        List<Integer> toLast = Indices.concat(Indices.others(x.rank(), List.of(at)), List.of(at));
        List<Tensor> found = Trace.bind(new TopK(k), List.of(Lax.transpose(x, toLast)));
        List<Integer> back = Indices.inverse(toLast);
        return new TopElements(Lax.transpose(found.get(0), back), Lax.transpose(found.get(1), back));
    }

    /** Index arrays for the first axes, broadcast together, as vectors along a new last axis. */
    static Tensor vectors(Tensor x, List<Tensor> indices) {
        boolean large = indices.stream().anyMatch(i -> i.dtype().bits() > 32);
        List<Integer> shape = List.of();
        for (Tensor index : indices) {
            shape = Broadcasting.shape("at", x.aval().withShape(shape), index.aval());
        }
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < indices.size(); i++) {
            Tensor wide = fromEnd(indices.get(i), x.dim(i));
            Tensor same = indices.size() == 1 ? wide : Lax.convert(wide, large ? DType.I64 : DType.I32);
            parts.add(column(Lax.broadcastTo(same, shape)));
        }
        return Lax.concatenate(parts, shape.size());
    }

    /** Starts of slices of one dtype, with negative ones counted from the end. */
    static List<Tensor> starts(Tensor x, List<Tensor> starts) {
        if (starts.size() != x.rank()) {
            throw TraceErrors.operands(
                    "dynamicSlice",
                    "there must be %d starts, got %d".formatted(x.rank(), starts.size()),
                    List.of(x.aval()));
        }
        boolean large = starts.stream().anyMatch(s -> s.dtype().bits() > 32);
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            out.add(Lax.convert(fromEnd(starts.get(i), x.dim(i)), large ? DType.I64 : DType.I32));
        }
        return out;
    }

    static Tensor dynamicSlice(Tensor x, int axis, Tensor start, int size) {
        int at = Broadcasting.axis("dynamicSlice", axis, x.aval());
        List<Tensor> starts = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>(x.shape());
        for (int i = 0; i < x.rank(); i++) {
            starts.add(i == at ? start : Lax.scalar(start.dtype(), 0));
        }
        sizes.set(at, size);
        return Lax.dynamicSlice(x, starts(x, starts), sizes);
    }

    static Tensor segments(Scatter.Combine combine, Reduction reduction, Tensor data, Tensor ids, int segments) {
        if (data.rank() < ids.rank() || !data.shape().subList(0, ids.rank()).equals(ids.shape())) {
            throw TraceErrors.operands(
                    "segments", "the ids must have the first axes of the data", List.of(data.aval(), ids.aval()));
        }
        List<Integer> rest = data.shape().subList(ids.rank(), data.rank());
        ShapedArray to = data.aval().withShape(Indices.prepend(segments, rest));
        Tensor neutral = Tensor.of(reduction.neutral(data.dtype()).toHost());
        Tensor start = Lax.broadcastInDim(neutral, to.shape(), List.of());
        SliceAddressing addressing =
                new SliceAddressing(Indices.range(ids.rank(), data.rank()), List.of(0), List.of(0));
        return Trace.bind1(new Scatter(combine, addressing, false, false), start, column(wide(ids)), data);
    }
}
