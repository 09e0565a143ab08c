package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Convolutions set up by name mean what JAX 0.10.2 gives for the same calls. */
class TestConvolution {
    private static final Convolution LINES = Convolution.of("NHC", "HIO", "NHC");

    private static Tensor range(int... dims) {
        return Tensor.of(PrimitiveCases.range(dims));
    }

    private static void assertValues(Tensor got, double... want) {
        assertThat(got.toDoubles()).containsExactly(want, within(1e-12));
    }

    @Test
    void anOddRestOfSamePaddingIsAtTheEndOrAtTheStart() {
        Convolution c = Convolution.of("NCH", "OIH", "NCH");
        Tensor x = range(1, 1, 4);
        Tensor kernel = range(1, 1, 2);
        assertValues(c.padding(Padding.SAME).apply(x, kernel), 1.8184, 1.2168, 0.779, 0.385);
        assertValues(c.padding(Padding.SAME_LOWER).apply(x, kernel), 0.858, 1.8184, 1.2168, 0.779);
        assertThat(c.padding(Padding.VALID).apply(x, kernel).shape()).containsExactly(1, 1, 3);
        assertThat(c.strides(3).padding(Padding.SAME).apply(x, kernel).shape()).containsExactly(1, 1, 2);
    }

    @Test
    void aTransposedConvolutionMakesTheArrayLarger() {
        Tensor x = range(1, 3, 1);
        Tensor two = range(2, 1, 2);
        double[] want = {0.506, 0.385, 1.21, 0.858, 0.3588, 0.273, 0.858, 0.6084, 0.2116, 0.161, 0.506, 0.3588};
        assertValues(LINES.strides(2).padding(Padding.SAME).applyTransposed(x, two), want);
        assertValues(LINES.strides(2).padding(Padding.VALID).applyTransposed(x, two), want);
        Tensor three = range(3, 1, 1);
        assertValues(
                LINES.strides(2).padding(Padding.SAME).applyTransposed(x, three),
                0.506,
                0.858,
                1.5688,
                0.6084,
                1.0696,
                0.3588);
        Tensor own = LINES.strides(2).padding(new int[] {1}, new int[] {0}).applyTransposed(x, two);
        assertThat(own.shape()).containsExactly(1, 5, 2);
    }

    @Test
    void whatDoesNotFitSaysWhatToDo() {
        assertThatThrownBy(() -> Convolution.of("NHW", "HWIO", "NHWC"))
                .hasMessageContaining("the axes NHW must have the letters NCHW, each once")
                .hasMessageContaining("fix: name the axes");
        assertThatThrownBy(() -> LINES.strides(1, 2)).hasMessageContaining("one for each of 1 axes, got 2");
        assertThatThrownBy(() -> LINES.apply(range(1, 3, 2), range(2, 1, 2)))
                .hasMessageContaining("the 2 features must be the 1 input features of the kernel times 1 groups");
        assertThatThrownBy(() -> LINES.padding(new int[] {-4}, new int[] {0}).apply(range(1, 3, 1), range(1, 1, 1)))
                .hasMessageContaining("the padding must not cut off more than there is");
    }
}
