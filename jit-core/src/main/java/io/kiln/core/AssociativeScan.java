package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * The running combinations of elements along an axis by an associative operation, in about 2 log2(n) applications of it to halves,
 * quarters and so on: pairs are combined, their scan is the odd results, and one more combination gives the even ones
 * (Blelloch, Prefix Sums and Their Applications, 1990). The tree is that of {@code jax.lax.associative_scan}, so the
 * rounding is too.
 */
public final class AssociativeScan {
    private AssociativeScan() {}

    /** The scan of arrays that are combined together, all of one size along {@code axis}; from the end if {@code reverse}. */
    public static List<Tensor> scan(BinaryOperator<List<Tensor>> combine, List<Tensor> xs, int axis, boolean reverse) {
        if (!reverse) {
            return scan(combine, xs, axis);
        }
        List<Tensor> turned =
                xs.stream().map(x -> Lax.reverse(x, List.of(axis))).toList();
        return scan(combine, turned, axis).stream()
                .map(x -> Lax.reverse(x, List.of(axis)))
                .toList();
    }

    private static List<Tensor> scan(BinaryOperator<List<Tensor>> combine, List<Tensor> xs, int axis) {
        int n = xs.get(0).dim(axis);
        if (n < 2) {
            return xs;
        }
        List<Tensor> pairs = combine.apply(every(xs, axis, 0, n - 1, 2), every(xs, axis, 1, n, 2));
        List<Tensor> odd = scan(combine, pairs, axis);
        int last = n % 2 == 0 ? n / 2 - 1 : n / 2;
        List<Tensor> even = last == 0
                ? every(xs, axis, 2, n, 2)
                : combine.apply(every(odd, axis, 0, last, 1), every(xs, axis, 2, n, 2));
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < xs.size(); i++) {
            Tensor first = Lax.slice(xs.get(i), axis, 0, 1);
            out.add(interleave(Lax.concatenate(List.of(first, even.get(i)), axis), odd.get(i), axis, n));
        }
        return out;
    }

    private static List<Tensor> every(List<Tensor> xs, int axis, int start, int limit, int stride) {
        List<Tensor> out = new ArrayList<>();
        for (Tensor x : xs) {
            List<Integer> starts = new ArrayList<>(Indices.repeat(x.rank(), 0));
            List<Integer> limits = new ArrayList<>(x.shape());
            List<Integer> strides = new ArrayList<>(Indices.repeat(x.rank(), 1));
            starts.set(axis, Math.min(start, limit));
            limits.set(axis, limit);
            strides.set(axis, stride);
            out.add(Trace.bind1(new Slice(starts, limits, strides), x));
        }
        return out;
    }

    /** The first of {@code a}, of {@code b}, the second of {@code a}, ...: {@code n} elements. */
    private static Tensor interleave(Tensor a, Tensor b, int axis, int n) {
        List<Integer> none = Indices.repeat(a.rank(), 0);
        List<Integer> more = new ArrayList<>(none);
        more.set(axis, a.dim(axis) - b.dim(axis));
        List<Integer> column = new ArrayList<>(a.shape());
        column.add(axis + 1, 1);
        Tensor both = Lax.concatenate(
                List.of(Lax.reshape(a, column), Lax.reshape(Lax.pad(b, 0, none, more, none), column)), axis + 1);
        List<Integer> flat = new ArrayList<>(a.shape());
        flat.set(axis, 2 * a.dim(axis));
        return Lax.slice(Lax.reshape(both, flat), axis, 0, n);
    }

    /** The running combinations of one array by a binary primitive. */
    static Tensor scan(BinaryOperator<Tensor> combine, Tensor x, int axis, boolean reverse) {
        return scan((a, b) -> List.of(combine.apply(a.get(0), b.get(0))), List.of(x), axis, reverse)
                .get(0);
    }

    /** Running sums. */
    static Tensor sum(Tensor x, int axis, boolean reverse) {
        return scan(Lax::add, x, axis, reverse);
    }

    /** Running products. */
    static Tensor product(Tensor x, int axis, boolean reverse) {
        return scan(Lax::mul, x, axis, reverse);
    }

    /** Running maxima; NaN from the first one on. */
    static Tensor maximum(Tensor x, int axis, boolean reverse) {
        return scan((a, b) -> Trace.bind1(Binary.MAX, a, b), x, axis, reverse);
    }

    /** Running minima; NaN from the first one on. */
    static Tensor minimum(Tensor x, int axis, boolean reverse) {
        return scan((a, b) -> Trace.bind1(Binary.MIN, a, b), x, axis, reverse);
    }

    /** The logarithms of running sums of exponentials. */
    static Tensor logSumExp(Tensor x, int axis, boolean reverse) {
        return scan((a, b) -> Trace.bind1(SpecialFunction.LOGADDEXP, a, b), x, axis, reverse);
    }
}
