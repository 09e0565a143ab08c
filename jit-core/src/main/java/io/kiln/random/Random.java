package io.kiln.random;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import io.kiln.jit.Control;
import io.kiln.linalg.Linalg;
import io.kiln.numpy.Np;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Random arrays from keys: the same bits as {@code jax.random} with {@code jax_threefry_partitionable}. The dimensions of
 * the result come last; none make a scalar, or the shape that parameters broadcast to.
 */
public final class Random extends Rejection {
    private Random() {}

    /**
     * Indices along an axis of {@code logits}, each with the probability that {@code softmax} gives it, as i32. The result
     * has the shape of {@code logits} without the axis, after {@code draws}.
     */
    public static Tensor categorical(Key key, Tensor logits, int axis, int... draws) {
        requireFloat("categorical", logits.dtype());
        int at = axis < 0 ? axis : axis - logits.rank();
        int[] dims = Stream.concat(IntStream.of(draws).boxed(), logits.shape().stream())
                .mapToInt(Integer::intValue)
                .toArray();
        // The largest of logits plus Gumbel noise is a draw from their softmax.
        return gumbel(key, logits.dtype(), dims).plus(logits).argmax(at);
    }

    /**
     * Different indices along the last axis of {@code logits}, {@code draws} of each of its vectors, drawn without
     * replacement, as i32. The draws' axis comes first.
     */
    public static Tensor categoricalWithoutReplacement(Key key, Tensor logits, int draws) {
        requireFloat("categoricalWithoutReplacement", logits.dtype());
        Tensor noisy = gumbel(
                        key,
                        logits.dtype(),
                        logits.shape().stream().mapToInt(Integer::intValue).toArray())
                .plus(logits);
        return Np.moveaxis(noisy.topK(draws).indices(), -1, 0);
    }

    /** The numbers 0 to {@code size - 1} in random order, as i32. */
    public static Tensor permutation(Key key, int size) {
        return shuffle(key, Tensor.iota(DType.I32, size), 0);
    }

    /** The slices along one axis in random order. */
    public static Tensor permutation(Key key, Tensor x, int axis) {
        if (x.rank() == 1) {
            return shuffle(key, x, axis);
        }
        return x.take(shuffle(key, Tensor.iota(DType.I32, x.dim(axis)), 0), axis);
    }

    /** Each vector along one axis in a random order of its own. */
    public static Tensor shuffle(Key key, Tensor x, int axis) {
        int[] dims = x.shape().stream().mapToInt(Integer::intValue).toArray();
        double size = Math.max(1, x.aval().elements());
        // Sorting by random words once leaves ties where there are many elements; so often that they are unlikely.
        int rounds = (int) Math.ceil(3 * Math.log(size) / Math.log(0xFFFFFFFFL));
        Key rest = key;
        Tensor result = x;
        for (int i = 0; i < rounds; i++) {
            List<Key> keys = rest.split(2);
            rest = keys.get(0);
            int at = axis < 0 ? axis + x.rank() : axis;
            result = Lax.sort(List.of(bits(keys.get(1), DType.U32, dims), result), at, 1, true)
                    .get(1);
        }
        return result;
    }

    /** Slices along one axis drawn with one probability, with replacement or each at most once. */
    public static Tensor choice(Key key, Tensor x, int axis, boolean replace, int... dims) {
        int size = x.dim(axis);
        if (replace) {
            requireSome(size, dims);
            return x.take(randint(key, DType.I64, 0, size, dims), axis);
        }
        int draws = requireSome(size, dims);
        requireEnough(size, draws);
        return spread(permutation(key, x, axis).slice(axis, 0, draws), axis, dims);
    }

    /** Slices along one axis drawn with probabilities in proportion to the vector {@code p}. */
    public static Tensor choice(Key key, Tensor x, int axis, boolean replace, Tensor p, int... dims) {
        int size = x.dim(axis);
        requireFloat("choice", p.dtype());
        int draws = requireSome(size, dims);
        if (replace) {
            Tensor sums = p.cumsum(0);
            Tensor r = uniform(key, p.dtype(), dims).negate().plus(1).times(sums.at(-1));
            return x.take(Np.searchsorted(sums, r, false), axis);
        }
        requireEnough(size, draws);
        Tensor order = gumbel(key, p.dtype(), size).plus(p.log()).topK(draws).indices();
        return spread(x.take(order, axis), axis, dims);
    }

    /**
     * How {@code n} trials fall on the outcomes whose probabilities are the last axis of {@code p}, as floats of the dtype of p: by a
     * binomial draw for each outcome of what the ones before it left. {@code n} broadcasts to the leading axes of {@code p}.
     */
    public static Tensor multinomial(Key key, Tensor n, Tensor p) {
        requireFloat("multinomial", p.dtype());
        if (p.rank() == 0) {
            throw TraceErrors.operands("random multinomial", "the probabilities must have an axis", List.of(p.aval()));
        }
        Tensor first = Np.moveaxis(p, -1, 0);
        Tensor remaining = first.cumsum(0, true);
        Tensor ratios = first.dividedBy(Tensor.where(remaining.equalTo(0), Lax.like(remaining, 1), remaining));
        int[] rows = first.shape().stream().skip(1).mapToInt(d -> d).toArray();
        Tensor counts = Control.scan(
                        (Tensor left, List<Tensor> share) -> {
                            Tensor count = binomial(
                                    Key.wrap(share.get(1)), left, share.get(0).clamp(0, 1));
                            return new Control.Step<>(left.minus(count), count);
                        },
                        n.convert(p.dtype()).broadcastTo(rows),
                        List.of(ratios, key.splitData(first.dim(0))))
                .y();
        return Np.moveaxis(counts, 0, -1);
    }

    /**
     * Matrices of shape {@code dims}, n, m with orthonormal columns (rows if n is less than m), uniform over all of them: Mezzadri, "How
     * to generate random matrices from the classical compact groups" (2007).
     */
    public static Tensor orthogonal(Key key, DType dtype, int n, int m, int... dims) {
        int[] shape = IntStream.concat(IntStream.of(dims), IntStream.of(Math.max(n, m), Math.min(n, m)))
                .toArray();
        Linalg.Qr qr = Linalg.qr(normal(key, dtype, shape));
        Tensor diagonal = Np.diagonal(qr.r(), 0, -2, -1);
        Tensor x = qr.q().times(diagonal.dividedBy(diagonal.abs()).expandDims(-2));
        return n < m ? Np.matrixTranspose(x) : x;
    }

    private static int requireSome(int size, int[] dims) {
        int draws = Math.toIntExact(ShapedArray.of(DType.BOOL, dims).elements());
        if (size == 0 && draws > 0) {
            throw KilnException.user(
                    "random choice: there must be something to choose from, got an axis of size 0",
                    "draw from an axis that has elements; docs/errors.md#KILN-T003");
        }
        return draws;
    }

    private static void requireEnough(int size, int draws) {
        if (draws > size) {
            throw KilnException.user(
                    "random choice: without replacement there can be %d draws at most, got %d".formatted(size, draws),
                    "draw fewer, or with replacement; docs/errors.md#KILN-T003");
        }
    }

    /** One axis of draws as these dimensions. */
    private static Tensor spread(Tensor x, int axis, int[] dims) {
        int at = axis < 0 ? axis + x.rank() : axis;
        List<Integer> shape = new ArrayList<>(x.shape().subList(0, at));
        IntStream.of(dims).forEach(shape::add);
        shape.addAll(x.shape().subList(at + 1, x.rank()));
        return Lax.reshape(x, shape);
    }
}
