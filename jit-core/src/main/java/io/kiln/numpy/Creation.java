package io.kiln.numpy;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Arrays made of numbers: the first part of {@link Np}. */
abstract sealed class Creation permits Shaping {
    Creation() {}

    /** {@code axis} counted from 0. */
    static int axis(String operation, int axis, Tensor x) {
        if (axis < -x.rank() || axis >= x.rank()) {
            throw TraceErrors.axis(operation, axis, x.aval());
        }
        return axis < 0 ? axis + x.rank() : axis;
    }

    /** {@code axes} counted from 0, distinct. */
    static List<Integer> axes(String operation, int[] axes, Tensor x) {
        List<Integer> all =
                IntStream.of(axes).map(a -> axis(operation, a, x)).boxed().toList();
        if (all.stream().distinct().count() < all.size()) {
            throw TraceErrors.operands(
                    operation, "the axes must be distinct, got " + Arrays.toString(axes), List.of(x.aval()));
        }
        return all;
    }

    static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    /** {@code shape} with another size along one axis. */
    static List<Integer> with(List<Integer> shape, int axis, int size) {
        List<Integer> out = new ArrayList<>(shape);
        out.set(axis, size);
        return out;
    }

    /** Whole numbers along one axis of an i32 array. */
    static Tensor index(int axis, int... dims) {
        return Lax.iota(ShapedArray.of(DType.I32, dims), axis);
    }

    /** The numbers {@code start}, {@code start + step}, ... before {@code stop}. */
    public static Tensor arange(DType dtype, double start, double stop, double step) {
        int size = (int) Math.max(0, Math.ceil((stop - start) / step));
        return Tensor.iota(dtype, size).times(step).plus(start);
    }

    /** The numbers from 0 to before {@code stop}. */
    public static Tensor arange(DType dtype, int stop) {
        return Tensor.iota(dtype, Math.max(0, stop));
    }

    /** {@code count} floats from {@code start} to {@code stop} in even steps, both included. */
    public static Tensor linspace(DType dtype, double start, double stop, int count) {
        return linspace(Tensor.scalar(dtype, start), Tensor.scalar(dtype, stop), count, true);
    }

    /**
     * {@code count} floats in even steps along a new first axis, from {@code start}, to {@code stop} itself if
     * {@code endpoint}, else to one step before it.
     */
    public static Tensor linspace(Tensor start, Tensor stop, int count, boolean endpoint) {
        if (!start.dtype().isFloat()) {
            throw TraceErrors.dtype("linspace", "a float", start.aval());
        }
        List<Integer> shape = ShapedArray.broadcast("linspace", List.of(start.aval(), stop.aval()));
        Tensor low = start.broadcastTo(Np.dims(shape));
        Tensor high = stop.broadcastTo(Np.dims(shape));
        int steps = endpoint ? count - 1 : count;
        if (count <= 1) {
            return low.expandDims(0).slice(0, 0, Math.max(0, count));
        }
        int[] column =
                IntStream.range(0, low.rank() + 1).map(i -> i == 0 ? steps : 1).toArray();
        // Weights of both ends, as JAX has it: exact at the start, and nearly monotone.
        Tensor t = Tensor.iota(start.dtype(), steps).dividedBy(steps).reshape(column);
        Tensor inner = low.times(t.negate().plus(1)).plus(high.times(t));
        return endpoint ? Tensor.concatenate(0, inner, high.expandDims(0)) : inner;
    }

    /** {@code base} to the powers of {@link #linspace(Tensor, Tensor, int, boolean)}. */
    public static Tensor logspace(Tensor start, Tensor stop, int count, double base) {
        Tensor exponents = linspace(start, stop, count, true);
        return Lax.like(exponents, base).pow(exponents);
    }

    /** {@code count} floats from {@code start} to {@code stop} with one quotient of neighbours; both of one sign. */
    public static Tensor geomspace(Tensor start, Tensor stop, int count) {
        Tensor sign = start.sign();
        Tensor logs = linspace(log10(start.times(sign)), log10(stop.times(sign)), count, true);
        Tensor inner = Lax.like(logs, 10).pow(logs).times(sign);
        // The ends are given: the powers of logarithms would round them.
        if (count < 2) {
            return inner;
        }
        Tensor first = start.expandDims(0);
        Tensor last = stop.expandDims(0);
        return Tensor.concatenate(0, first, inner.slice(0, 1, count - 1), last);
    }

    private static Tensor log10(Tensor x) {
        return x.log().times(1 / Math.log(10));
    }

    /** A matrix with ones where {@code column - row} is {@code k}. */
    public static Tensor eye(DType dtype, int rows, int columns, int k) {
        return index(0, rows, columns).plus(k).equalTo(index(1, rows, columns)).convert(dtype);
    }

    /** The square matrix with ones on its diagonal. */
    public static Tensor identity(DType dtype, int size) {
        return eye(dtype, size, size, 0);
    }

    /** A matrix with ones where {@code column - row} is at most {@code k}. */
    public static Tensor tri(DType dtype, int rows, int columns, int k) {
        return lower(k, rows, columns).convert(dtype);
    }

    /** Whether {@code column - row} is at most {@code k}, of the last two of these dimensions. */
    static Tensor lower(int k, int... dims) {
        return index(dims.length - 2, dims).plus(k).greaterOrEqual(index(dims.length - 1, dims));
    }

    /** The coordinate matrices of vectors: result {@code i} varies along axis {@code i}. */
    public static List<Tensor> meshgrid(Tensor... vectors) {
        List<Integer> shape = Arrays.stream(vectors).map(v -> v.dim(0)).toList();
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < vectors.length; i++) {
            out.add(Lax.broadcastInDim(vectors[i], shape, List.of(i)));
        }
        return out;
    }

    /** {@link #meshgrid} with the first two axes exchanged: {@code indexing="xy"}, NumPy's own default. */
    public static List<Tensor> meshgridXy(Tensor... vectors) {
        return meshgrid(vectors).stream()
                .map(t -> t.rank() < 2 ? t : Np.swapaxes(t, 0, 1))
                .toList();
    }
}
