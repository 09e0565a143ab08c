package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.random.Key;

/** A fully connected layer: {@code x weights + bias}; weights f32[in, out], bias f32[out]. */
public record Dense(Tensor weights, Tensor bias) {
    /** A layer with Glorot's uniform weights and a bias of 0. */
    public static Dense init(Key key, DType dtype, int in, int out) {
        return new Dense(Initializers.glorotUniform(key, dtype, in, out), Initializers.zeros(dtype, out));
    }

    /** The layer applied to the last axis: x f32[..., in], result f32[..., out]. */
    public Tensor apply(Tensor x) {
        return Nn.dense(x, weights, bias);
    }
}
