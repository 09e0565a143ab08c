package io.kiln.core;

import java.util.List;
import java.util.stream.IntStream;

/** The methods of {@link Tensor} that read and change elements at traced indices. */
public sealed interface IndexingOperations permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /**
     * The elements at index arrays for the first axes, as {@code x.at[i, j]} in JAX: {@code x.at(i).get()},
     * {@code x.at(i).set(v)}, {@code x.at(i, j).add(v)}.
     */
    default IndexedElements at(Tensor... indices) {
        return IndexedElements.of(self(), List.of(indices));
    }

    /**
     * The slices at {@code indices} along one axis, which the axes of the indices replace. Negative indices count from the
     * end; others outside read as NaN (the lowest signed integer, the highest unsigned one, true).
     */
    default Tensor take(Tensor indices, int axis) {
        return take(indices, axis, IndexMode.FILL_OR_DROP);
    }

    /** The slices at {@code indices} along one axis; negative indices are outside unless {@code mode} fills or wraps. */
    default Tensor take(Tensor indices, int axis, IndexMode mode) {
        return Indexing.take(self(), indices, axis, mode);
    }

    /**
     * Element {@code indices[i, j, ...]} along one axis for each position {@code i, j, ...} along the others, which must
     * have one size or 1. Negative indices count from the end.
     */
    default Tensor takeAlongAxis(Tensor indices, int axis) {
        return takeAlongAxis(indices, axis, IndexMode.FILL_OR_DROP);
    }

    /** {@link #takeAlongAxis(Tensor, int)} with a meaning of indices outside the axis. */
    default Tensor takeAlongAxis(Tensor indices, int axis, IndexMode mode) {
        return Indexing.takeAlongAxis(self(), indices, axis, mode);
    }

    /**
     * The slice of {@code sizes} from {@code starts} on, an integer scalar for each axis. A negative start counts from the
     * end; the slice is moved so that it is inside.
     */
    default Tensor dynamicSlice(List<Tensor> starts, int... sizes) {
        List<Tensor> from = Indexing.starts(self(), starts);
        return Lax.dynamicSlice(self(), from, IntStream.of(sizes).boxed().toList());
    }

    /** Elements {@code start} to {@code start + size - 1} along one axis, moved so that they are inside. */
    default Tensor dynamicSlice(int axis, Tensor start, int size) {
        return Indexing.dynamicSlice(self(), axis, start, size);
    }

    /**
     * This with {@code update} from {@code starts} on, an integer scalar for each axis. A negative start counts from the
     * end; the update is moved so that it is inside.
     */
    default Tensor dynamicUpdateSlice(Tensor update, List<Tensor> starts) {
        return Lax.dynamicUpdateSlice(self(), update, Indexing.starts(self(), starts));
    }

    /** The elements along one axis in ascending order, NaN last. */
    default Tensor sort(int axis) {
        return sort(axis, false);
    }

    /** The elements along one axis in ascending or descending order; NaN counts as largest. */
    default Tensor sort(int axis, boolean descending) {
        return Indexing.sort(List.of(self()), axis, 1, descending).get(0);
    }

    /** The indices (i32) of the elements along one axis in ascending order; equal elements stay in order. */
    default Tensor argsort(int axis) {
        return argsort(axis, false);
    }

    /** The indices (i32) of the elements along one axis in ascending or descending order; equal elements stay in order. */
    default Tensor argsort(int axis, boolean descending) {
        return Indexing.argsort(self(), axis, descending);
    }

    /** The {@code k} largest elements along the last axis, descending, and where they are. NaN counts as largest. */
    default TopElements topK(int k) {
        return topK(k, -1);
    }

    /** The {@code k} largest elements along one axis, descending, and where they are. NaN counts as largest. */
    default TopElements topK(int k, int axis) {
        return Indexing.topK(self(), k, axis);
    }

    /** The sums of the slices with each id 0 to {@code segments - 1}; slices with other ids are left out. */
    default Tensor segmentSum(Tensor ids, int segments) {
        return Indexing.segments(Scatter.Combine.ADD, Reduction.SUM, self(), ids, segments);
    }

    /** The products of the slices with each id; 1 for an id that there is none of. */
    default Tensor segmentProd(Tensor ids, int segments) {
        return Indexing.segments(Scatter.Combine.MUL, Reduction.PROD, self(), ids, segments);
    }

    /** The maxima of the slices with each id; negative infinity or the lowest integer for an id that there is none of. */
    default Tensor segmentMax(Tensor ids, int segments) {
        return Indexing.segments(Scatter.Combine.MAX, Reduction.MAX, self(), ids, segments);
    }

    /** The minima of the slices with each id; infinity or the highest integer for an id that there is none of. */
    default Tensor segmentMin(Tensor ids, int segments) {
        return Indexing.segments(Scatter.Combine.MIN, Reduction.MIN, self(), ids, segments);
    }
}
