package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.random.Key;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention: projections of queries, keys and values to {@code heads} parts of the width each, attention in each part,
 * and a projection of the parts; Vaswani and others 2017, "Attention is all you need".
 */
public record Attention(Dense query, Dense key, Dense value, Dense output) {
    /** A layer of one width everywhere. */
    public static Attention init(Key random, DType dtype, int width) {
        List<Key> keys = random.split(4);
        return new Attention(
                Dense.init(keys.get(0), dtype, width, width),
                Dense.init(keys.get(1), dtype, width, width),
                Dense.init(keys.get(2), dtype, width, width),
                Dense.init(keys.get(3), dtype, width, width));
    }

    /**
     * The layer applied: {@code from} f32[..., m, width] attends to {@code to} f32[..., n, width]; result f32[..., m, width].
     *
     * @param heads a divisor of the width
     * @param mask bool[m, n] or any shape that broadcasts to [..., heads, m, n]: true where a query may look; null: everywhere
     */
    public Tensor apply(Tensor from, Tensor to, int heads, @Nullable Tensor mask) {
        Tensor mixed = scaledDotProduct(
                split(query.apply(from), heads), split(key.apply(to), heads), split(value.apply(to), heads), mask);
        return output.apply(join(mixed));
    }

    /** The layer applied to one sequence that attends to itself. */
    public Tensor apply(Tensor x, int heads, @Nullable Tensor mask) {
        return apply(x, x, heads, mask);
    }

    /**
     * {@code softmax(q k^T / sqrt(d)) v} over the last two axes: q f32[..., m, d], k f32[..., n, d], v f32[..., n, e], result f32[..., m,
     * e]; a query that may look nowhere looks everywhere alike.
     */
    public static Tensor scaledDotProduct(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        Tensor scores = q.matmul(swapped(k, k.rank() - 2, k.rank() - 1)).dividedBy(Math.sqrt(q.dim(-1)));
        // A large negative number, not an infinite one: a row of it must not become NaN.
        Tensor masked =
                mask == null ? scores : Tensor.where(mask, scores, Lax.scalar(scores.dtype(), lowest(scores.dtype())));
        return Nn.softmax(masked, -1).matmul(v);
    }

    /** The mask bool[n, n] by which each place sees itself and what is before it. */
    public static Tensor causalMask(int n) {
        Tensor places = Tensor.iota(DType.I32, n);
        return places.expandDims(1).greaterOrEqual(places.expandDims(0));
    }

    private static double lowest(DType dtype) {
        return dtype == DType.F16 ? -6e4 : -1e30;
    }

    private static Tensor split(Tensor x, int heads) {
        int rank = x.rank();
        int[] dims = new int[rank + 1];
        for (int i = 0; i < rank - 1; i++) {
            dims[i] = x.dim(i);
        }
        dims[rank - 1] = heads;
        dims[rank] = -1;
        return swapped(x.reshape(dims), rank - 2, rank - 1);
    }

    private static Tensor join(Tensor x) {
        Tensor back = swapped(x, x.rank() - 3, x.rank() - 2);
        int[] dims = new int[x.rank() - 1];
        for (int i = 0; i < dims.length - 1; i++) {
            dims[i] = back.dim(i);
        }
        dims[dims.length - 1] = -1;
        return back.reshape(dims);
    }

    private static Tensor swapped(Tensor x, int a, int b) {
        int[] order = new int[x.rank()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i == a ? b : i == b ? a : i;
        }
        return x.transpose(order);
    }
}
