package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.random.Key;
import io.kiln.random.Random;

/**
 * First values of weights. A weight's last axis is its outputs, the last but one its inputs, and all before them are the window of
 * a convolution, which multiplies both.
 */
public final class Initializers {
    /** The standard deviation of a standard normal that is cut off at -2 and 2. */
    private static final double TRUNCATED_DEVIATION = 0.8796256610342398;

    private Initializers() {}

    /** Uniform of variance {@code 2 / (inputs + outputs)}; Glorot and Bengio 2010. */
    public static Tensor glorotUniform(Key key, DType dtype, int... dims) {
        double limit = Math.sqrt(6.0 / (inputs(dims) + outputs(dims)));
        return Random.uniformBetween(key, dtype, -limit, limit, dims);
    }

    /** Normal of variance {@code 2 / (inputs + outputs)}, cut off at two deviations as JAX's. */
    public static Tensor glorotNormal(Key key, DType dtype, int... dims) {
        return truncated(key, dtype, Math.sqrt(2.0 / (inputs(dims) + outputs(dims))), dims);
    }

    /** Uniform of variance {@code 2 / inputs}, for layers before a relu; He and others 2015. */
    public static Tensor heUniform(Key key, DType dtype, int... dims) {
        double limit = Math.sqrt(6.0 / inputs(dims));
        return Random.uniformBetween(key, dtype, -limit, limit, dims);
    }

    /** Normal of variance {@code 2 / inputs}, for layers before a relu, cut off at two deviations as JAX's. */
    public static Tensor heNormal(Key key, DType dtype, int... dims) {
        return truncated(key, dtype, Math.sqrt(2.0 / inputs(dims)), dims);
    }

    /** Uniform of variance {@code 1 / inputs}. */
    public static Tensor lecunUniform(Key key, DType dtype, int... dims) {
        double limit = Math.sqrt(3.0 / inputs(dims));
        return Random.uniformBetween(key, dtype, -limit, limit, dims);
    }

    /** Normal of variance {@code 1 / inputs}, cut off at two deviations as JAX's; LeCun and others 1998. */
    public static Tensor lecunNormal(Key key, DType dtype, int... dims) {
        return truncated(key, dtype, Math.sqrt(1.0 / inputs(dims)), dims);
    }

    /** Normal of a given standard deviation. */
    public static Tensor normal(Key key, DType dtype, double deviation, int... dims) {
        return Random.normal(key, dtype, dims).times(deviation);
    }

    private static Tensor truncated(Key key, DType dtype, double deviation, int... dims) {
        return Random.truncatedNormal(key, dtype, -2, 2, dims).times(deviation / TRUNCATED_DEVIATION);
    }

    private static double inputs(int[] dims) {
        return window(dims) * (dims.length < 2 ? outputs(dims) : dims[dims.length - 2]);
    }

    private static double outputs(int[] dims) {
        return (dims.length < 3 ? 1 : window(dims)) * (dims.length == 0 ? 1 : dims[dims.length - 1]);
    }

    private static double window(int[] dims) {
        double product = 1;
        for (int i = 0; i < dims.length - 2; i++) {
            product *= dims[i];
        }
        return product;
    }

    static Tensor zeros(DType dtype, int... dims) {
        return Tensor.full(ShapedArray.of(dtype, dims), 0);
    }

    static Tensor ones(DType dtype, int... dims) {
        return Tensor.full(ShapedArray.of(dtype, dims), 1);
    }
}
