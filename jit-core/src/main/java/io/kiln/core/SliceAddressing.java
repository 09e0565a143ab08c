package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/**
 * How the vectors along the last axis of an index array address slices of an operand: StableHLO's dimension numbers of
 * gather and scatter, whose names differ. A window is what {@link Gather} gives and {@link Scatter} takes for all vectors.
 *
 * @param windowAxes the axes of the windows that run through a slice ({@code offset_dims}, {@code update_window_dims});
 *     they ascend, the others run through the vectors
 * @param collapsedAxes the operand's axes along which a slice has size 1 and no window axis ({@code collapsed_slice_dims},
 *     {@code inserted_window_dims}); they ascend
 * @param indexedAxes the operand's axis of each component of a vector ({@code start_index_map},
 *     {@code scatter_dims_to_operand_dims})
 * @param operandBatch the operand's axes that run together with axes of the index array ({@code operand_batching_dims});
 *     they ascend
 * @param indexBatch those axes of the index array ({@code start_indices_batching_dims})
 */
public record SliceAddressing(
        List<Integer> windowAxes,
        List<Integer> collapsedAxes,
        List<Integer> indexedAxes,
        List<Integer> operandBatch,
        List<Integer> indexBatch) {
    /** Copies the lists. */
    public SliceAddressing {
        windowAxes = List.copyOf(windowAxes);
        collapsedAxes = List.copyOf(collapsedAxes);
        indexedAxes = List.copyOf(indexedAxes);
        operandBatch = List.copyOf(operandBatch);
        indexBatch = List.copyOf(indexBatch);
    }

    /** Without axes that run together. */
    public SliceAddressing(List<Integer> windowAxes, List<Integer> collapsedAxes, List<Integer> indexedAxes) {
        this(windowAxes, collapsedAxes, indexedAxes, List.of(), List.of());
    }

    /** The parameters by StableHLO's names for the five lists. */
    List<Param> params(List<String> names) {
        List<List<Integer>> lists = List.of(windowAxes, collapsedAxes, operandBatch, indexBatch, indexedAxes);
        List<Param> out = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            out.add(new Param.Ints(names.get(i), lists.get(i)));
        }
        return out;
    }

    /** The attribute {@code kind} of StableHLO, with these names of the five lists. */
    String mlir(String kind, List<String> names, int indexRank) {
        List<String> parts = new ArrayList<>();
        for (Param param : params(names)) {
            if (param instanceof Param.Ints(String name, List<Integer> values)) {
                parts.add(name + " = " + values);
            }
        }
        return "#stablehlo.%s<%s, index_vector_dim = %d>".formatted(kind, String.join(", ", parts), indexRank - 1);
    }

    /** The axes of an operand that have a window axis. */
    List<Integer> slicedAxes(int operandRank) {
        return Indices.others(operandRank, Indices.concat(collapsedAxes, operandBatch));
    }

    /** The shape of the windows of all vectors of {@code indices}. */
    List<Integer> windows(ShapedArray indices, List<Integer> sliceSizes) {
        List<Integer> vectors = indices.shape().subList(0, indices.rank() - 1);
        List<Integer> slices = Indices.at(sliceSizes, slicedAxes(sliceSizes.size()));
        List<Integer> shape = new ArrayList<>();
        int vector = 0;
        int slice = 0;
        while (vector + slice < vectors.size() + slices.size()) {
            shape.add(windowAxes.contains(vector + slice) ? slices.get(slice++) : vectors.get(vector++));
        }
        return shape;
    }

    /** The sizes of the slices whose windows have this shape. */
    List<Integer> sliceSizes(int operandRank, List<Integer> windows) {
        List<Integer> sizes = new ArrayList<>(Indices.repeat(operandRank, 1));
        List<Integer> sliced = slicedAxes(operandRank);
        for (int k = 0; k < sliced.size(); k++) {
            sizes.set(sliced.get(k), windows.get(windowAxes.get(k)));
        }
        return sizes;
    }

    /** Checks that the numbers fit an operand and an index array, or an error of {@code operation}. */
    void check(String operation, List<ShapedArray> ins) {
        ShapedArray operand = ins.get(0);
        ShapedArray indices = ins.get(1);
        if (!indices.dtype().isInteger()) {
            throw TraceErrors.dtype(operation, "indices of an integer dtype", indices);
        }
        boolean fits = indices.rank() >= 1
                && indexedAxes.size() == indices.dim(indices.rank() - 1)
                && Indices.areAxes(Indices.concat(indexedAxes, operandBatch), operand.rank())
                && Indices.areAxes(Indices.concat(collapsedAxes, operandBatch), operand.rank())
                && Indices.areAxes(indexBatch, indices.rank() - 1)
                && Indices.ascend(windowAxes)
                && Indices.ascend(collapsedAxes)
                && Indices.ascend(operandBatch)
                && windowAxes.size() == slicedAxes(operand.rank()).size()
                && Indices.areAxes(windowAxes, windowAxes.size() + indices.rank() - 1)
                && Indices.at(operand.shape(), operandBatch).equals(Indices.at(indices.shape(), indexBatch));
        if (!fits) {
            throw TraceErrors.operands(
                    operation,
                    "the last axis of the indices must have a component for each of the axes %s of the operand, and %s fit both"
                            .formatted(indexedAxes, this),
                    ins);
        }
    }

    /** For an operand with a leading axis that every slice has whole. */
    SliceAddressing mapOperand() {
        return new SliceAddressing(
                Indices.prepend(0, Indices.shift(windowAxes, 1)),
                Indices.shift(collapsedAxes, 1),
                Indices.shift(indexedAxes, 1),
                Indices.shift(operandBatch, 1),
                indexBatch);
    }

    /** For an index array with a leading axis. */
    SliceAddressing mapIndices() {
        return new SliceAddressing(
                Indices.shift(windowAxes, 1), collapsedAxes, indexedAxes, operandBatch, Indices.shift(indexBatch, 1));
    }

    /** For an operand and an index array with leading axes that run together. */
    SliceAddressing mapBoth() {
        return new SliceAddressing(
                Indices.shift(windowAxes, 1),
                Indices.shift(collapsedAxes, 1),
                Indices.shift(indexedAxes, 1),
                Indices.prepend(0, Indices.shift(operandBatch, 1)),
                Indices.prepend(0, Indices.shift(indexBatch, 1)));
    }

    /** {@code indices} moved to the nearest ones whose slices are inside the operand. */
    Tensor clamped(Tensor indices, ShapedArray operand, List<Integer> sliceSizes) {
        Tensor highest = components(indices, last(operand, sliceSizes));
        return Trace.bind1(Binary.MIN, Trace.bind1(Binary.MAX, indices, Lax.like(indices, 0)), highest);
    }

    /** {@code indices} modulo the sizes of their axes. */
    Tensor wrapped(Tensor indices, ShapedArray operand) {
        Tensor sizes = components(indices, Indices.at(operand.shape(), indexedAxes));
        Tensor rest = Trace.bind1(Binary.REM, indices, sizes);
        return Lax.select(Lax.compare(Compare.LT, rest, Lax.like(rest, 0)), Lax.add(rest, sizes), rest);
    }

    /** Whether the slices of {@code indices} are inside the operand: a bool for each vector. */
    Tensor inside(Tensor indices, ShapedArray operand, List<Integer> sliceSizes) {
        Tensor high = Lax.compare(Compare.LE, indices, components(indices, last(operand, sliceSizes)));
        Tensor low = Lax.compare(Compare.GE, indices, Lax.like(indices, 0));
        return Lax.reduce(Reduction.AND, Trace.bind1(Binary.AND, low, high), List.of(indices.rank() - 1));
    }

    /** A value for each vector, repeated along its window. */
    Tensor spread(Tensor perVector, List<Integer> windows) {
        return Lax.broadcastInDim(perVector, windows, Indices.others(windows.size(), windowAxes));
    }

    /** The last start of a slice along each indexed axis. */
    private List<Integer> last(ShapedArray operand, List<Integer> sliceSizes) {
        return indexedAxes.stream().map(a -> operand.dim(a) - sliceSizes.get(a)).toList();
    }

    /** One number for each component, as an array like {@code indices}; limited to what the dtype of the indices holds. */
    private static Tensor components(Tensor indices, List<Integer> values) {
        DType dtype = indices.dtype();
        List<Tensor> parts = values.stream()
                .map(v -> Lax.scalar(
                        dtype, Math.min(v, Reduction.MIN.neutral(dtype).toHost().doubleAt(0))))
                .map(v -> Lax.reshape(v, List.of(1)))
                .toList();
        return parts.isEmpty()
                ? Lax.like(indices, 0)
                : values.stream().distinct().count() == 1
                        ? Lax.broadcastInDim(Lax.reshape(parts.get(0), List.of()), indices.shape(), List.of())
                        : Lax.broadcastInDim(Lax.concatenate(parts, 0), indices.shape(), List.of(indices.rank() - 1));
    }

    /**
     * For each element of the windows the element of the operand that it has, row-major. A slice that is not wholly inside
     * is moved there where {@code clamp} is set, and has -1 else.
     */
    int[] addresses(HostArray indices, ShapedArray operand, List<Integer> sliceSizes, boolean clamp) {
        List<Integer> windows = windows(indices.aval(), sliceSizes);
        List<Integer> vectorAxes = Indices.others(windows.size(), windowAxes);
        List<Integer> sliced = slicedAxes(operand.rank());
        int[] indexStrides = Indices.strides(indices.aval().shape());
        int[] strides = Indices.strides(operand.shape());
        int n = Math.toIntExact(operand.withShape(windows).elements());
        int[] out = new int[n];
        for (int i = 0; i < n; i++) {
            int[] at = Indices.unflatten(i, windows);
            int vector = 0;
            for (int k = 0; k < vectorAxes.size(); k++) {
                vector += at[vectorAxes.get(k)] * indexStrides[k];
            }
            int flat = 0;
            boolean inside = true;
            for (int k = 0; k < indexedAxes.size(); k++) {
                int axis = indexedAxes.get(k);
                int last = operand.dim(axis) - sliceSizes.get(axis);
                long start = indices.indexAt(vector + k);
                inside &= start >= 0 && start <= last;
                flat += Math.clamp(start, 0, Math.max(0, last)) * strides[axis];
            }
            for (int k = 0; k < operandBatch.size(); k++) {
                flat += at[vectorAxes.get(indexBatch.get(k))] * strides[operandBatch.get(k)];
            }
            for (int k = 0; k < sliced.size(); k++) {
                flat += at[windowAxes.get(k)] * strides[sliced.get(k)];
            }
            out[i] = inside || clamp ? flat : -1;
        }
        return out;
    }
}
