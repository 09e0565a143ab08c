package io.kiln.jit;

import io.kiln.core.ShapedArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What differs between two signatures of one function, leaf by leaf: why a call had to be traced. */
final class SignatureDifference {
    private final List<String> parts = new ArrayList<>();
    private int distance;
    private final Leaves now;
    private final Leaves before;

    /** The types of the leaves of a signature, taken in order. */
    private static final class Leaves {
        private final List<ShapedArray> avals;
        private int next;

        Leaves(Signature signature) {
            this.avals = signature.avals();
        }

        ShapedArray take() {
            return avals.get(next++);
        }

        void skip(@Nullable Pytree tree) {
            next += tree == null ? 0 : tree.leafCount();
        }
    }

    private SignatureDifference(Signature now, Signature before) {
        this.now = new Leaves(now);
        this.before = new Leaves(before);
    }

    /** The differing parts, each with its path and in brackets whether it is shape, dtype, static value or pytree; their number. */
    record Parts(List<String> texts, int distance) {}

    /** What differs between two signatures, whose arguments are called by {@code names}. */
    static Parts of(Signature now, Signature before, IntFunction<String> names) {
        SignatureDifference difference = new SignatureDifference(now, before);
        int n = Math.max(now.arguments().size(), before.arguments().size());
        for (int i = 0; i < n; i++) {
            difference.trees(at(now.arguments(), i), at(before.arguments(), i), names.apply(i));
        }
        return new Parts(List.copyOf(difference.parts), difference.distance);
    }

    private static @Nullable Pytree at(List<Pytree> items, int i) {
        return i < items.size() ? items.get(i) : null;
    }

    private void trees(@Nullable Pytree a, @Nullable Pytree b, String path) {
        if (a instanceof Pytree.Leaf && b instanceof Pytree.Leaf) {
            leaf(now.take(), before.take(), path);
        } else if (a instanceof Pytree.Constant(Object x) && b instanceof Pytree.Constant(Object y)) {
            if (!a.equals(b)) {
                parts.add("%s is %s, was %s (static value)".formatted(path, x, y));
                distance++;
            }
        } else if (a instanceof Pytree.Items(List<Pytree> x) && b instanceof Pytree.Items(List<Pytree> y)) {
            for (int i = 0; i < Math.max(x.size(), y.size()); i++) {
                trees(at(x, i), at(y, i), path + "[" + i + "]");
            }
        } else if (a instanceof Pytree.Entries(Map<String, Pytree> x)
                && b instanceof Pytree.Entries(Map<String, Pytree> y)) {
            TreeSet<String> keys = new TreeSet<>(x.keySet());
            keys.addAll(y.keySet());
            for (String key : keys) {
                trees(x.get(key), y.get(key), path + "." + key);
            }
        } else if (a instanceof Pytree.Fields(Class<?> type, List<Pytree> x)
                && b instanceof Pytree.Fields(Class<?> other, List<Pytree> y)
                && type == other) {
            for (int i = 0; i < x.size(); i++) {
                trees(x.get(i), y.get(i), path + "." + RecordType.of(type).name(i));
            }
        } else if (a instanceof Pytree.Maybe(Pytree x)
                && b instanceof Pytree.Maybe(Pytree y)
                && x != null
                && y != null) {
            trees(x, y, path);
        } else if (!(a instanceof Pytree.Maybe(Pytree x) && x == null && a.equals(b))) {
            parts.add("%s is %s, was %s (pytree)".formatted(path, PytreeErrors.kind(a), PytreeErrors.kind(b)));
            distance++;
            now.skip(a);
            before.skip(b);
        }
    }

    private void leaf(ShapedArray a, ShapedArray b, String path) {
        if (!a.equals(b)) {
            List<String> kinds = new ArrayList<>();
            if (!a.shape().equals(b.shape())) {
                kinds.add("shape");
            }
            if (a.dtype() != b.dtype()) {
                kinds.add("dtype");
            }
            distance += kinds.size();
            parts.add(
                    "%s is %s, was %s (%s)".formatted(path, a, b, kinds.stream().collect(Collectors.joining(", "))));
        }
    }
}
