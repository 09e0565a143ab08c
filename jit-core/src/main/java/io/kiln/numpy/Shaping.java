package io.kiln.numpy;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Slice;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Arrays in other shapes and orders: the second part of {@link Np}. */
abstract sealed class Shaping extends Creation permits Margins {
    Shaping() {}

    /** The dimensions that all broadcast to. */
    static List<Integer> broadcastShape(String operation, Tensor... tensors) {
        return ShapedArray.broadcast(
                operation, Arrays.stream(tensors).map(Tensor::aval).toList());
    }

    /** The dimensions that all of these broadcast to. */
    public static int[] broadcastDims(Tensor... tensors) {
        return dims(broadcastShape("broadcast", tensors));
    }

    /** The tensors, each repeated to the shape that all broadcast to. */
    public static List<Tensor> broadcastArrays(Tensor... tensors) {
        List<Integer> shape = broadcastShape("broadcastArrays", tensors);
        return Arrays.stream(tensors).map(t -> t.broadcastTo(dims(shape))).toList();
    }

    static int[] dims(List<Integer> shape) {
        return shape.stream().mapToInt(Integer::intValue).toArray();
    }

    /** All elements in one axis. */
    public static Tensor ravel(Tensor x) {
        return x.reshape(Math.toIntExact(x.aval().elements()));
    }

    /** Without these axes of size 1; without all of them where none is named. */
    public static Tensor squeeze(Tensor x, int... axes) {
        List<Integer> out = axes.length > 0
                ? axes("squeeze", axes, x)
                : range(0, x.rank()).stream().filter(i -> x.dim(i) == 1).toList();
        Tensor result = x;
        for (int axis : out.stream().sorted(Collections.reverseOrder()).toList()) {
            result = result.squeeze(axis);
        }
        return result;
    }

    /** New axes of size 1 at these places of the result. */
    public static Tensor expandDims(Tensor x, int... axes) {
        int rank = x.rank() + axes.length;
        List<Integer> places = new ArrayList<>();
        for (int a : axes) {
            int place = a < 0 ? a + rank : a;
            if (place < 0 || place >= rank || places.contains(place)) {
                throw TraceErrors.operands(
                        "expandDims",
                        "the axes must be distinct and within rank %d, got %s".formatted(rank, Arrays.toString(axes)),
                        List.of(x.aval()));
            }
            places.add(place);
        }
        Tensor result = x;
        for (int place : places.stream().sorted().toList()) {
            result = result.expandDims(place);
        }
        return result;
    }

    /** With new leading axes of size 1 to have at least one axis. */
    public static Tensor atLeast1d(Tensor x) {
        return x.rank() < 1 ? x.reshape(1) : x;
    }

    /** A scalar as a matrix of one element, a vector as one row. */
    public static Tensor atLeast2d(Tensor x) {
        return x.rank() < 2 ? atLeast1d(x).expandDims(0) : x;
    }

    /** A vector in the middle of three axes, a matrix in the first two. */
    public static Tensor atLeast3d(Tensor x) {
        return x.rank() < 3 ? atLeast2d(x).expandDims(2) : x;
    }

    /** The axes {@code from} at the places {@code to}, the others in their order. */
    public static Tensor moveaxis(Tensor x, int[] from, int[] to) {
        List<Integer> source = axes("moveaxis", from, x);
        List<Integer> target = axes("moveaxis", to, x);
        if (source.size() != target.size()) {
            throw TraceErrors.operands(
                    "moveaxis",
                    "there must be as many places as axes, got %s and %s"
                            .formatted(Arrays.toString(from), Arrays.toString(to)),
                    List.of(x.aval()));
        }
        List<Integer> order = new ArrayList<>(
                range(0, x.rank()).stream().filter(i -> !source.contains(i)).toList());
        for (int place : target.stream().sorted().toList()) {
            order.add(place, source.get(target.indexOf(place)));
        }
        return Lax.transpose(x, order);
    }

    /** The axis {@code from} at the place {@code to}, the others in their order. */
    public static Tensor moveaxis(Tensor x, int from, int to) {
        return moveaxis(x, new int[] {from}, new int[] {to});
    }

    /** The axis {@code axis} before what was axis {@code start}. */
    public static Tensor rollaxis(Tensor x, int axis, int start) {
        int from = axis("rollaxis", axis, x);
        int to = start == x.rank() ? start : axis("rollaxis", start, x);
        return moveaxis(x, from, to > from ? to - 1 : to);
    }

    /** Two axes exchanged. */
    public static Tensor swapaxes(Tensor x, int a, int b) {
        List<Integer> order = new ArrayList<>(range(0, x.rank()));
        Collections.swap(order, axis("swapaxes", a, x), axis("swapaxes", b, x));
        return Lax.transpose(x, order);
    }

    /** The last two axes exchanged. */
    public static Tensor matrixTranspose(Tensor x) {
        return swapaxes(x, -2, -1);
    }

    /** The whole repeated {@code counts[i]} times along axis {@code i}, aligned at the last one. */
    public static Tensor tile(Tensor x, int... counts) {
        int rank = Math.max(x.rank(), counts.length);
        List<Integer> wide = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        int[] result = new int[rank];
        for (int i = 0; i < rank; i++) {
            int own = i - (rank - x.rank());
            int count = i < rank - counts.length ? 1 : counts[i - (rank - counts.length)];
            int size = own < 0 ? 1 : x.dim(own);
            wide.add(count);
            if (own >= 0) {
                places.add(wide.size());
            }
            wide.add(size);
            result[i] = count * size;
        }
        return Lax.broadcastInDim(x, wide, places).reshape(result);
    }

    /** Each element {@code count} times along one axis. */
    public static Tensor repeat(Tensor x, int count, int axis) {
        int at = axis("repeat", axis, x);
        List<Integer> wide = new ArrayList<>(x.shape());
        wide.add(at + 1, count);
        List<Integer> places =
                range(0, x.rank() + 1).stream().filter(i -> i != at + 1).toList();
        return Lax.broadcastInDim(x, wide, places).reshape(dims(with(x.shape(), at, x.dim(at) * count)));
    }

    /** Element {@code i} along one axis {@code counts[i]} times. */
    public static Tensor repeat(Tensor x, int[] counts, int axis) {
        int at = axis("repeat", axis, x);
        if (counts.length != x.dim(at)) {
            throw TraceErrors.operands(
                    "repeat", "there must be a count for each element of axis " + at, List.of(x.aval()));
        }
        List<Tensor> parts = new ArrayList<>(List.of(Lax.slice(x, at, 0, 0)));
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                parts.add(repeat(Lax.slice(x, at, i, i + 1), counts[i], at));
            }
        }
        return Lax.concatenate(parts, at);
    }

    /** The elements moved by {@code shift} along one axis; those that leave at the end enter at the beginning. */
    public static Tensor roll(Tensor x, int shift, int axis) {
        int at = axis("roll", axis, x);
        int size = x.dim(at);
        int by = size == 0 ? 0 : Math.floorMod(shift, size);
        return by == 0
                ? x
                : Lax.concatenate(List.of(Lax.slice(x, at, size - by, size), Lax.slice(x, at, 0, size - by)), at);
    }

    /** The elements, as one axis, moved by {@code shift}. */
    public static Tensor roll(Tensor x, int shift) {
        return roll(ravel(x), shift, 0).reshape(dims(x.shape()));
    }

    /** The elements in reverse order along axes; along all where none is named. */
    public static Tensor flip(Tensor x, int... axes) {
        return Lax.reverse(x, axes.length == 0 ? range(0, x.rank()) : axes("flip", axes, x));
    }

    /** Turned {@code times} quarters in the plane of two axes, from the first toward the second. */
    public static Tensor rot90(Tensor x, int times, int first, int second) {
        List<Integer> plane = axes("rot90", new int[] {first, second}, x);
        int a = plane.get(0);
        int b = plane.get(1);
        return switch (Math.floorMod(times, 4)) {
            case 0 -> x;
            case 1 -> swapaxes(flip(x, b), a, b);
            case 2 -> flip(x, a, b);
            default -> flip(swapaxes(x, a, b), b);
        };
    }

    /** Turned {@code times} quarters in the plane of the first two axes. */
    public static Tensor rot90(Tensor x, int times) {
        return rot90(x, times, 0, 1);
    }

    /** The last two axes with zeros above diagonal {@code k}. */
    public static Tensor tril(Tensor x, int k) {
        requireMatrix("tril", x);
        return Tensor.where(lower(k, dims(x.shape())), x, Lax.like(x, 0));
    }

    /** The last two axes with zeros below diagonal {@code k}. */
    public static Tensor triu(Tensor x, int k) {
        requireMatrix("triu", x);
        return Tensor.where(lower(k - 1, dims(x.shape())), Lax.like(x, 0), x);
    }

    private static void requireMatrix(String operation, Tensor x) {
        if (x.rank() < 2) {
            throw TraceErrors.operands(operation, "the operand must have two axes", List.of(x.aval()));
        }
    }

    /** The elements of the first two axes whose second index is {@code offset} more than the first, as the last axis. */
    public static Tensor diagonal(Tensor x, int offset) {
        return diagonal(x, offset, 0, 1);
    }

    /** The elements whose index along {@code second} is {@code offset} more than along {@code first}, as the last axis. */
    public static Tensor diagonal(Tensor x, int offset, int first, int second) {
        requireMatrix("diagonal", x);
        axes("diagonal", new int[] {first, second}, x);
        Tensor last = moveaxis(x, new int[] {first, second}, new int[] {-2, -1});
        int rank = x.rank();
        int rows = last.dim(-2);
        int columns = last.dim(-1);
        int row = Math.max(0, -offset);
        int column = Math.max(0, offset);
        int size = Math.max(0, Math.min(rows - row, columns - column));
        // Row-major, neighbours on a diagonal are one row and one column apart: a strided slice, exact and cheap.
        Tensor flat = last.reshape(dims(with(last.shape().subList(0, rank - 1), rank - 2, rows * columns)));
        int from = size == 0 ? 0 : row * columns + column;
        int to = size == 0 ? 0 : from + (size - 1) * (columns + 1) + 1;
        List<Integer> starts = with(Collections.nCopies(rank - 1, 0), rank - 2, from);
        List<Integer> strides = with(Collections.nCopies(rank - 1, 1), rank - 2, columns + 1);
        return Trace.bind(new Slice(starts, with(flat.shape(), rank - 2, to), strides), List.of(flat))
                .getFirst();
    }

    /** Diagonal {@code k} of a matrix; of a vector the matrix that has it there and zeros elsewhere. */
    public static Tensor diag(Tensor x, int k) {
        if (x.rank() == 2) {
            return diagonal(x, k);
        }
        if (x.rank() != 1) {
            throw TraceErrors.operands("diag", "the operand must have one or two axes", List.of(x.aval()));
        }
        int size = x.dim(0) + Math.abs(k);
        Tensor padded = Lax.pad(x, 0, List.of(Math.max(0, k)), List.of(Math.max(0, -k)), List.of(0));
        return Tensor.where(
                eye(DType.BOOL, size, size, k),
                padded.broadcastTo(size, size),
                Lax.full(x.aval().withShape(List.of(size, size)), 0));
    }

    /** The sum of diagonal {@code offset} of the first two axes. */
    public static Tensor trace(Tensor x, int offset) {
        return diagonal(x, offset).sum(-1);
    }

    /** {@code count} equal parts along one axis. */
    public static List<Tensor> split(Tensor x, int count, int axis) {
        int size = x.dim(axis("split", axis, x));
        if (count <= 0 || size % count != 0) {
            throw TraceErrors.operands(
                    "split",
                    "the size %d of axis %d must be a multiple of %d (arraySplit takes any)"
                            .formatted(size, axis, count),
                    List.of(x.aval()));
        }
        return arraySplit(x, count, axis);
    }

    /** {@code count} parts along one axis, of which the first ones may be longer by one. */
    public static List<Tensor> arraySplit(Tensor x, int count, int axis) {
        int size = x.dim(axis("arraySplit", axis, x));
        int longer = size % count;
        return splitAt(
                x,
                axis,
                IntStream.range(1, count)
                        .map(i -> i * (size / count) + Math.min(i, longer))
                        .toArray());
    }

    /** The parts before, between and after these places along one axis. */
    public static List<Tensor> splitAt(Tensor x, int axis, int... places) {
        int at = axis("split", axis, x);
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= places.length; i++) {
            int place = i == places.length ? x.dim(at) : places[i];
            int to = Math.clamp(place < 0 ? place + (long) x.dim(at) : place, 0, x.dim(at));
            parts.add(Lax.slice(x, at, Math.min(from, to), to));
            from = to;
        }
        return parts;
    }

    /** Joined along the second axis, vectors along their only one. */
    public static Tensor hstack(Tensor... tensors) {
        Tensor[] wide = map(tensors, Shaping::atLeast1d);
        return Tensor.concatenate(wide[0].rank() == 1 ? 0 : 1, wide);
    }

    /** Joined along the first axis, vectors as rows. */
    public static Tensor vstack(Tensor... tensors) {
        return Tensor.concatenate(0, map(tensors, Shaping::atLeast2d));
    }

    /** Joined along the third axis. */
    public static Tensor dstack(Tensor... tensors) {
        return Tensor.concatenate(2, map(tensors, Shaping::atLeast3d));
    }

    /** Joined along the second axis, vectors as columns. */
    public static Tensor columnStack(Tensor... tensors) {
        return Tensor.concatenate(
                1, map(tensors, t -> t.rank() < 2 ? atLeast2d(t).transpose() : t));
    }

    private static Tensor[] map(Tensor[] tensors, UnaryOperator<Tensor> f) {
        return Arrays.stream(tensors).map(f).toArray(Tensor[]::new);
    }
}
