package io.kiln.numpy;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Arrays with more elements around them. */
abstract sealed class Margins extends Shaping permits Elements {
    Margins() {}

    /** {@code x} with {@code before[i]} and {@code after[i]} times {@code value} at the ends of axis {@code i}. */
    public static Tensor pad(Tensor x, double value, int[] before, int[] after) {
        requireEach(x, before, after);
        return Lax.pad(x, value, list(before), list(after), Collections.nCopies(x.rank(), 0));
    }

    /**
     * {@code x} with {@code before[i]} and {@code after[i]} of its own elements at the ends of axis {@code i}, chosen by
     * {@code mode}; axis after axis, so that corners are made of margins.
     */
    public static Tensor pad(Tensor x, PadMode mode, int[] before, int[] after) {
        requireEach(x, before, after);
        Tensor out = x;
        for (int axis = 0; axis < x.rank(); axis++) {
            int size = x.dim(axis);
            int from = -before[axis];
            int to = size + after[axis];
            if (from == 0 && to == size) {
                continue;
            }
            if (size == 0) {
                throw TraceErrors.operands(
                        "pad", "axis %d must have an element to repeat".formatted(axis), List.of(x.aval()));
            }
            int[] sources =
                    IntStream.range(from, to).map(i -> mode.source(i, size)).toArray();
            out = out.take(Tensor.of(sources), axis);
        }
        return out;
    }

    private static void requireEach(Tensor x, int[] before, int[] after) {
        boolean each = before.length == x.rank() && after.length == x.rank();
        if (!each || IntStream.concat(IntStream.of(before), IntStream.of(after)).anyMatch(n -> n < 0)) {
            throw TraceErrors.operands(
                    "pad",
                    "there must be one number of elements, not below 0, before and after each of %d axes"
                            .formatted(x.rank()),
                    List.of(x.aval()));
        }
    }

    private static List<Integer> list(int[] values) {
        return IntStream.of(values).boxed().toList();
    }
}
