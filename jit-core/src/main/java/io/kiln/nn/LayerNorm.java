package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.Tensor;

/**
 * The last axis with mean 0 and variance 1, then scaled and shifted: scale and shift f32[width]; Ba, Kiros and Hinton 2016.
 */
public record LayerNorm(Tensor scale, Tensor shift) {
    /** A layer that scales by 1 and shifts by 0. */
    public static LayerNorm init(DType dtype, int width) {
        return new LayerNorm(Initializers.ones(dtype, width), Initializers.zeros(dtype, width));
    }

    /** The layer applied with {@code epsilon = 1e-5}: x and result f32[..., width]. */
    public Tensor apply(Tensor x) {
        return apply(x, 1e-5);
    }

    /** The layer applied, {@code epsilon} being added to the variance. */
    public Tensor apply(Tensor x, double epsilon) {
        Tensor centred = x.minus(x.mean(-1).expandDims(-1));
        Tensor variance = centred.square().mean(-1).expandDims(-1);
        return centred.times(variance.plus(epsilon).rsqrt()).times(scale).plus(shift);
    }
}
