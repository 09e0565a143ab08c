package io.kiln.numpy;

import io.kiln.core.Convolution;
import io.kiln.core.DotGeneral;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.List;

/** Products of vectors and arrays: the last part of {@link Np}. */
abstract sealed class Products extends Searching permits Np {
    Products() {}

    /**
     * The sum of products that {@code subscripts} names in Einstein's notation: {@code "bij,bjk->bik"}. A letter in no
     * result is summed over; one that an operand has twice takes the diagonal; an ellipsis stands for axes that
     * broadcast; without an arrow the result has the ellipsis and the letters that appear once, in alphabetical order.
     * Any number of operands is contracted pair by pair, first the pair whose product saves most memory.
     */
    public static Tensor einsum(String subscripts, Tensor... operands) {
        return Einsum.of(subscripts, List.of(operands));
    }

    /**
     * The convolution of two vectors: element k of the full one is the sum of {@code a[i] * b[k - i]}, and its mode says which of them
     * are kept. Integers stay integers.
     */
    public static Tensor convolve(Tensor a, Tensor b, ConvolveMode mode) {
        requireVectors("convolve", a, b);
        Tensor shorter = a.dim(0) < b.dim(0) ? a : b;
        return slide(a.dim(0) < b.dim(0) ? b : a, shorter.reverse(0), mode);
    }

    /** The correlation of two vectors, {@link #convolve} with the second reversed and conjugated. */
    public static Tensor correlate(Tensor a, Tensor b, ConvolveMode mode) {
        requireVectors("correlate", a, b);
        Tensor conjugate = b.dtype().isComplex() ? b.conj() : b;
        return a.dim(0) < b.dim(0) ? slide(conjugate, a, mode).reverse(0) : slide(a, conjugate, mode);
    }

    private static void requireVectors(String operation, Tensor a, Tensor b) {
        if (a.rank() != 1 || b.rank() != 1 || a.dim(0) == 0 || b.dim(0) == 0) {
            throw TraceErrors.operands(
                    operation, "the operands must be vectors with an element", List.of(a.aval(), b.aval()));
        }
    }

    private static Tensor slide(Tensor x, Tensor window, ConvolveMode mode) {
        int n = window.dim(0);
        return Convolution.of("NCH", "OIH", "NCH")
                .padding(new int[] {mode.before(n)}, new int[] {mode.after(n)})
                .apply(x.reshape(1, 1, -1), window.reshape(1, 1, -1))
                .reshape(-1);
    }

    /** The product summed over the last {@code axes} axes of {@code a} and the first of {@code b}. */
    public static Tensor tensordot(Tensor a, Tensor b, int axes) {
        if (axes < 0 || axes > Math.min(a.rank(), b.rank())) {
            throw TraceErrors.operands(
                    "tensordot", "both operands must have %d axes".formatted(axes), List.of(a.aval(), b.aval()));
        }
        return tensordot(a, b, dims(range(a.rank() - axes, a.rank())), dims(range(0, axes)));
    }

    /** The product summed over pairs of axes, one of each operand. */
    public static Tensor tensordot(Tensor a, Tensor b, int[] axesA, int[] axesB) {
        DotGeneral dot = new DotGeneral(axes("tensordot", axesA, a), axes("tensordot", axesB, b), List.of(), List.of());
        return Trace.bind(dot, List.of(a, b)).getFirst();
    }

    /** The product summed over the last axis of both; a scalar's is the product. */
    public static Tensor inner(Tensor a, Tensor b) {
        return a.rank() == 0 || b.rank() == 0 ? a.times(b) : tensordot(a, b, new int[] {-1}, new int[] {-1});
    }

    /** Every element of {@code a} times every one of {@code b}, as a matrix. */
    public static Tensor outer(Tensor a, Tensor b) {
        return ravel(a).expandDims(1).times(ravel(b));
    }

    /** The product of all elements, the left ones conjugated, summed. */
    public static Tensor vdot(Tensor a, Tensor b) {
        return ravel(a.conj()).dot(ravel(b));
    }

    /** Every element of {@code a} times the whole of {@code b}, in blocks. */
    public static Tensor kron(Tensor a, Tensor b) {
        int rank = Math.max(a.rank(), b.rank());
        Tensor left = leading(a, rank);
        Tensor right = leading(b, rank);
        int[] even = new int[rank];
        int[] odd = new int[rank];
        List<Integer> result = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            even[i] = 2 * i;
            odd[i] = 2 * i + 1;
            result.add(left.dim(i) * right.dim(i));
        }
        return expandDims(left, odd).times(expandDims(right, even)).reshape(dims(result));
    }

    private static Tensor leading(Tensor x, int rank) {
        return expandDims(x, dims(range(0, rank - x.rank())));
    }

    /** The vector product along the last axis, of size 3. */
    public static Tensor cross(Tensor a, Tensor b) {
        if (a.rank() == 0 || b.rank() == 0 || a.dim(-1) != 3 || b.dim(-1) != 3) {
            throw TraceErrors.operands("cross", "the last axes must have size 3", List.of(a.aval(), b.aval()));
        }
        return roll(a, -1, -1).times(roll(b, -2, -1)).minus(roll(a, -2, -1).times(roll(b, -1, -1)));
    }

    /** The polynomial with these coefficients, that of the highest power first, at {@code x}. */
    public static Tensor polyval(Tensor coefficients, Tensor x) {
        Tensor sum = x.times(0);
        for (int i = 0; i < coefficients.dim(0); i++) {
            sum = sum.times(x).plus(coefficients.at(i));
        }
        return sum;
    }

    /** The powers of a vector's elements as rows, from {@code columns - 1} down to 0. */
    public static Tensor vander(Tensor x, int columns) {
        Tensor powers = Tensor.iota(x.dtype(), columns).reverse(0);
        return x.expandDims(1).pow(powers);
    }
}
