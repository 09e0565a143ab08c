package io.kiln.nn;

import io.kiln.core.Convolution;
import io.kiln.core.DType;
import io.kiln.core.Padding;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.random.Key;
import java.util.Arrays;

/**
 * A convolution over one to three axes of space, channels last: kernel f32[window..., in, out], bias f32[out]. Groups, dilation and
 * other orders of axes: {@link Convolution}.
 */
public record Conv(Tensor kernel, Tensor bias) {
    /** A layer with He's normal weights and a bias of 0; {@code window} has a size for each axis of space. */
    public static Conv init(Key key, DType dtype, int in, int out, int... window) {
        int[] dims = Arrays.copyOf(window, window.length + 2);
        dims[window.length] = in;
        dims[window.length + 1] = out;
        return new Conv(Initializers.heNormal(key, dtype, dims), Initializers.zeros(dtype, out));
    }

    /**
     * The layer applied to one image f32[space..., in] or a batch f32[n, space..., in]; the result has {@code out} channels.
     *
     * @param strides the steps along the axes of space; one number means all, none means 1
     */
    public Tensor apply(Tensor x, Padding padding, int... strides) {
        String space = switch (kernel.rank()) {
            case 3 -> "W";
            case 4 -> "HW";
            case 5 -> "DHW";
            default ->
                throw KilnException.user(
                        "a convolution: the kernel must have one to three axes of space, then inputs and outputs, got "
                                + kernel.aval(),
                        "give a kernel of [window..., in, out]; docs/errors.md#KILN-T003");
        };
        boolean one = x.rank() == kernel.rank() - 1;
        Convolution convolution = Convolution.of("N" + space + "C", space + "IO", "N" + space + "C")
                .padding(padding)
                .strides(strides.length == 0 ? new int[] {1} : strides);
        Tensor y = convolution.apply(one ? x.expandDims(0) : x, kernel).plus(bias);
        return one ? y.squeeze(0) : y;
    }
}
