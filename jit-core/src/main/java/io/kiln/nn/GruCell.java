package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.random.Key;
import java.util.List;

/**
 * A gated recurrent unit: input f32[in, 3 width], hidden f32[width, 3 width], bias and hiddenBias f32[3 width], the gates reset,
 * update and candidate in this order, the reset being applied after the hidden product; Cho and others 2014.
 */
public record GruCell(Tensor input, Tensor hidden, Tensor bias, Tensor hiddenBias) {
    /** A cell with Glorot's uniform weights and biases of 0. */
    public static GruCell init(Key key, DType dtype, int in, int width) {
        List<Key> keys = key.split(2);
        return new GruCell(
                Initializers.glorotUniform(keys.get(0), dtype, in, 3 * width),
                Initializers.glorotUniform(keys.get(1), dtype, width, 3 * width),
                Initializers.zeros(dtype, 3 * width),
                Initializers.zeros(dtype, 3 * width));
    }

    /** The state f32[..., width] after a step that reads x f32[..., in]; for a sequence, {@code Control.scan} over its first axis. */
    public Tensor apply(Tensor state, Tensor x) {
        Tensor a = x.dot(input).plus(bias);
        Tensor b = state.dot(hidden).plus(hiddenBias);
        int width = hidden.dim(0);
        Tensor reset = part(a, 0, width).plus(part(b, 0, width)).logistic();
        Tensor update = part(a, 1, width).plus(part(b, 1, width)).logistic();
        Tensor candidate =
                part(a, 2, width).plus(reset.times(part(b, 2, width))).tanh();
        return candidate.plus(update.times(state.minus(candidate)));
    }

    private static Tensor part(Tensor z, int i, int width) {
        return z.slice(z.rank() - 1, i * width, (i + 1) * width);
    }
}
