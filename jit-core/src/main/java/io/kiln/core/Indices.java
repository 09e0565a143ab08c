package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Row-major index arithmetic and lists of axes. */
final class Indices {
    private Indices() {}

    /** 0, 1, ... {@code n - 1}. */
    static List<Integer> range(int n) {
        return IntStream.range(0, n).boxed().toList();
    }

    /** {@code from}, ... {@code to - 1}. */
    static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    /** The axes below {@code rank} that are not in {@code axes}, in order. */
    static List<Integer> others(int rank, List<Integer> axes) {
        return IntStream.range(0, rank).filter(i -> !axes.contains(i)).boxed().toList();
    }

    /** {@code values} at {@code axes}. */
    static List<Integer> at(List<Integer> values, List<Integer> axes) {
        return axes.stream().map(values::get).toList();
    }

    /** Every value plus {@code by}. */
    static List<Integer> shift(List<Integer> values, int by) {
        return values.stream().map(v -> v + by).toList();
    }

    /** {@code first} before {@code rest}. */
    static List<Integer> prepend(int first, List<Integer> rest) {
        List<Integer> out = new ArrayList<>();
        out.add(first);
        out.addAll(rest);
        return List.copyOf(out);
    }

    /** {@code a} followed by {@code b}. */
    static <T> List<T> join(List<? extends T> a, List<? extends T> b) {
        List<T> out = new ArrayList<>(a);
        out.addAll(b);
        return List.copyOf(out);
    }

    /** {@code a} followed by {@code b}. */
    static List<Integer> concat(List<Integer> a, List<Integer> b) {
        List<Integer> out = new ArrayList<>(a);
        out.addAll(b);
        return List.copyOf(out);
    }

    /** {@code n} times {@code value}. */
    static List<Integer> repeat(int n, int value) {
        return Collections.nCopies(n, value);
    }

    /** The permutation that undoes {@code permutation}. */
    static List<Integer> inverse(List<Integer> permutation) {
        Integer[] out = new Integer[permutation.size()];
        for (int i = 0; i < out.length; i++) {
            out[permutation.get(i)] = i;
        }
        return List.of(out);
    }

    /** The permutation that moves axis {@code from} to the front. */
    static List<Integer> toFront(int rank, int from) {
        return prepend(from, others(rank, List.of(from)));
    }

    /** The elements between neighbours along each axis of a dense row-major array. */
    static int[] strides(List<Integer> shape) {
        int[] out = new int[shape.size()];
        int stride = 1;
        for (int i = out.length - 1; i >= 0; i--) {
            out[i] = stride;
            stride *= shape.get(i);
        }
        return out;
    }

    /** The coordinates of element {@code flat}. */
    static int[] unflatten(int flat, List<Integer> shape) {
        int[] out = new int[shape.size()];
        int rest = flat;
        for (int i = out.length - 1; i >= 0; i--) {
            out[i] = rest % shape.get(i);
            rest /= shape.get(i);
        }
        return out;
    }

    /** The element at {@code coordinates}. */
    static int flatten(int[] coordinates, int[] strides) {
        int flat = 0;
        for (int i = 0; i < strides.length; i++) {
            flat += coordinates[i] * strides[i];
        }
        return flat;
    }

    /** The product of all values. */
    static int product(List<Integer> values) {
        return values.stream().reduce(1, Math::multiplyExact);
    }

    /** Whether each value is larger than the one before. */
    static boolean ascend(List<Integer> values) {
        return IntStream.range(1, values.size()).allMatch(i -> values.get(i - 1) < values.get(i));
    }

    /** Whether {@code axes} are distinct axes of a rank. */
    static boolean areAxes(List<Integer> axes, int rank) {
        return axes.stream().distinct().count() == axes.size() && axes.stream().allMatch(a -> a >= 0 && a < rank);
    }
}
