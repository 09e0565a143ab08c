package io.kiln.jit;

import io.kiln.core.ShapedArray;
import io.kiln.core.TraceErrors;
import java.util.List;

/** The errors of loops and branches: each names the path of the leaf, like {@code carry.layers[2].h}. */
final class ControlErrors {
    private ControlErrors() {}

    /** Does nothing if a step returns its carry with the structure and the types that it had. */
    static void requireCarry(
            String loop, Pytree carry, List<ShapedArray> before, Pytree returned, List<ShapedArray> after) {
        returned.requireSame(loop, "the carry after a step", carry, "the initial carry");
        for (int i = 0; i < before.size(); i++) {
            ShapedArray from = before.get(i);
            ShapedArray to = after.get(i);
            if (!from.equals(to)) {
                throw TraceErrors.user(
                        "KILN-T030",
                        "%s: the carry must keep its type, but %s is %s before a step and %s after it"
                                .formatted(loop, path(loop, carry, i), from, to),
                        from.dtype() == to.dtype()
                                ? "start with the shape that a step returns, or bring it back in the step:"
                                        + " reshape(...), broadcastTo(...), sum(...)"
                                : "convert it in the step: .convert(DType.%s), or start with .convert(DType.%s)"
                                        .formatted(
                                                from.dtype().name(), to.dtype().name()));
            }
        }
    }

    /** The path of a leaf of the carry; that of {@code fori} is a component of Kiln's own. */
    private static String path(String loop, Pytree carry, int leaf) {
        return loop.equals("fori")
                ? carry.paths("").get(leaf).substring(1)
                : carry.paths("carry").get(leaf);
    }

    /** Does nothing if branch {@code k} returns the structure and the types of branch 0. */
    static void requireBranch(
            int k, Pytree first, List<ShapedArray> types, Pytree other, List<ShapedArray> otherTypes) {
        other.requireSame("cond", "the result of branch " + k, first, "branch 0");
        for (int i = 0; i < types.size(); i++) {
            ShapedArray a = types.get(i);
            ShapedArray b = otherTypes.get(i);
            if (!a.equals(b)) {
                throw TraceErrors.user(
                        "KILN-T031",
                        "cond: all branches must return the same types, but %s is %s in branch 0 and %s in branch %d"
                                .formatted(first.paths("result").get(i), a, b, k),
                        a.dtype() == b.dtype()
                                ? "give both the same shape: reshape(...), broadcastTo(...)"
                                : "convert one of them: .convert(DType.%s) or .convert(DType.%s)"
                                        .formatted(a.dtype().name(), b.dtype().name()));
            }
        }
    }

    /** The size of axis 0 of all leaves, which must be one; {@code length} where there are none. */
    static int requireLength(String loop, Pytree xs, List<ShapedArray> types, int length) {
        int size = length;
        String found = "the length";
        for (int i = 0; i < types.size(); i++) {
            String path = xs.paths("xs").get(i);
            ShapedArray type = types.get(i);
            if (type.rank() == 0) {
                throw TraceErrors.user(
                        "KILN-T032",
                        "%s: each array must have an axis 0 to scan over, but %s is %s".formatted(loop, path, type),
                        "use what is the same in each step from around the function, or repeat it: .broadcastTo(...)");
            }
            if (size >= 0 && size != type.dim(0)) {
                throw TraceErrors.user(
                        "KILN-T032",
                        "%s: axis 0 of all arrays must have one size, but it is %d (%s) and %d (%s is %s)"
                                .formatted(loop, size, found, type.dim(0), path, type),
                        "slice or pad them to one size; what is the same in each step is used from around the"
                                + " function");
            }
            size = type.dim(0);
            found = path + " is " + type;
        }
        if (size < 0) {
            throw TraceErrors.user(
                    "KILN-T032",
                    loop + ": the number of steps is not known, because there is no array to scan over",
                    "give it: ScanOptions.DEFAULT.withLength(n), or use Control.fori");
        }
        return size;
    }
}
