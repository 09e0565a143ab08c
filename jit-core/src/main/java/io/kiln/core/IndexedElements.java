package io.kiln.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The elements of a tensor at index arrays for its first axes, as {@code x.at[i, j]} in JAX: to be read, or to be changed
 * in a copy. The index arrays broadcast together; negative indices count from the end. An index outside its axis reads the
 * nearest element, which gets no derivative from that, and is not written, unless {@link #mode} says otherwise.
 */
public final class IndexedElements {
    private final Tensor x;
    private final Tensor vectors;
    private final @Nullable IndexMode mode;
    private final boolean sorted;
    private final boolean unique;

    private IndexedElements(Tensor x, Tensor vectors, @Nullable IndexMode mode, boolean sorted, boolean unique) {
        this.x = x;
        this.vectors = vectors;
        this.mode = mode;
        this.sorted = sorted;
        this.unique = unique;
    }

    static IndexedElements of(Tensor x, List<Tensor> indices) {
        if (indices.isEmpty() || indices.size() > x.rank()) {
            throw TraceErrors.operands(
                    "at",
                    "there must be 1 to %d index arrays, got %d".formatted(x.rank(), indices.size()),
                    List.of(x.aval()));
        }
        return new IndexedElements(x, Indexing.vectors(x, indices), null, false, false);
    }

    /** The same elements with another meaning of indices outside their axes. */
    public IndexedElements mode(IndexMode other) {
        return new IndexedElements(x, vectors, other, sorted, unique);
    }

    /** The same elements with the promise that the indices ascend. */
    public IndexedElements sortedIndices() {
        return new IndexedElements(x, vectors, mode, true, unique);
    }

    /** The same elements with the promise that no indices are equal. */
    public IndexedElements uniqueIndices() {
        return new IndexedElements(x, vectors, mode, sorted, true);
    }

    private SliceAddressing addressing() {
        int indexed = vectors.dim(-1);
        int vectorAxes = vectors.rank() - 1;
        List<Integer> first = Indices.range(indexed);
        return new SliceAddressing(Indices.range(vectorAxes, vectorAxes + x.rank() - indexed), first, first);
    }

    private List<Integer> sizes() {
        int indexed = vectors.dim(-1);
        return Indices.concat(Indices.repeat(indexed, 1), x.shape().subList(indexed, x.rank()));
    }

    /** The elements: of the index arrays' shape, then the axes that are not indexed. */
    public Tensor get() {
        return gather(mode == null ? IndexMode.PROMISE_IN_BOUNDS : mode, null);
    }

    /** The elements, with {@code fill} for those outside, whatever the mode. */
    public Tensor get(double fill) {
        return gather(IndexMode.FILL_OR_DROP, scalar(fill));
    }

    private Tensor gather(IndexMode outside, @Nullable Tensor fill) {
        return Indexing.gather(x, vectors, addressing(), sizes(), outside, fill);
    }

    /** The tensor with these elements replaced; which value an element gets where indices are equal is not specified. */
    public Tensor set(Tensor values) {
        return scatter(Scatter.Combine.SET, values);
    }

    /** The tensor with these elements replaced by one value. */
    public Tensor set(double value) {
        return set(scalar(value));
    }

    /** The tensor with values added to these elements; equal indices add up. */
    public Tensor add(Tensor values) {
        return scatter(Scatter.Combine.ADD, values);
    }

    /** The tensor with one value added to these elements. */
    public Tensor add(double value) {
        return add(Broadcasting.scalarLike(x, value));
    }

    /** The tensor with these elements multiplied by values. */
    public Tensor multiply(Tensor values) {
        return scatter(Scatter.Combine.MUL, values);
    }

    /** The tensor with these elements multiplied by one value. */
    public Tensor multiply(double value) {
        return multiply(Broadcasting.scalarLike(x, value));
    }

    /** The tensor with the smaller one of these elements and of values. */
    public Tensor min(Tensor values) {
        return scatter(Scatter.Combine.MIN, values);
    }

    /** The tensor with these elements at most {@code value}. */
    public Tensor min(double value) {
        return min(Broadcasting.scalarLike(x, value));
    }

    /** The tensor with the larger one of these elements and of values. */
    public Tensor max(Tensor values) {
        return scatter(Scatter.Combine.MAX, values);
    }

    /** The tensor with these elements at least {@code value}. */
    public Tensor max(double value) {
        return max(Broadcasting.scalarLike(x, value));
    }

    private Tensor scalar(double value) {
        return x.dtype() == DType.BOOL ? Lax.scalar(DType.BOOL, value) : Broadcasting.scalarLike(x, value);
    }

    private Tensor scatter(Scatter.Combine combine, Tensor values) {
        Tensor updates = Broadcasting.to("at", values, addressing().windows(vectors.aval(), sizes()));
        IndexMode outside = mode == null ? IndexMode.FILL_OR_DROP : mode;
        return Indexing.scatter(new Scatter(combine, addressing(), sorted, unique), x, vectors, updates, outside);
    }
}
