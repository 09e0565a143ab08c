package io.kiln.fft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Jit;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Transforms against their definitions and against each other, by the plugin. */
@Timeout(120)
class TestFourier {
    private static Tensor random(int... dims) {
        Random random = new Random(3);
        return Tensor.of(HostArray.ofDoubles(ShapedArray.of(DType.F64, dims), i -> random.nextGaussian()));
    }

    private static Tensor complex(int... dims) {
        return Tensor.complex(random(dims), random(dims).sin());
    }

    private static void near(Tensor got, Tensor want) {
        assertThat(got.aval()).isEqualTo(want.aval());
        if (want.dtype().isComplex()) {
            assertThat(got.real().toDoubles()).containsExactly(want.real().toDoubles(), within(1e-12));
            assertThat(got.imag().toDoubles()).containsExactly(want.imag().toDoubles(), within(1e-12));
        } else {
            assertThat(got.toDoubles()).containsExactly(want.toDoubles(), within(1e-12));
        }
    }

    /** A wave of frequency k has one element that is not zero, at k. */
    @Test
    void aWaveHasOneFrequency() {
        int n = 8;
        double[] wave = new double[n];
        for (int i = 0; i < n; i++) {
            wave[i] = Math.cos(2 * Math.PI * 3 * i / n);
        }
        near(Jit.jit((Tensor x) -> Fourier.rfft(x)).apply(Tensor.of(wave)).real(), Tensor.of(0.0, 0, 0, n / 2.0, 0));
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void everyTransformUndoesItsInverseInEveryNorm(Norm norm) {
        Tensor x = complex(2, 7);
        near(
                Jit.jit((Tensor y) -> Fourier.ifft(Fourier.fft(y, 7, -1, norm), 7, -1, norm))
                        .apply(x),
                x);
        Tensor real = random(3, 5);
        near(
                Jit.jit((Tensor y) -> Fourier.irfft(Fourier.rfft(y, 5, -1, norm), 5, -1, norm))
                        .apply(real),
                real);
        near(
                Jit.jit((Tensor y) -> Fourier.hfft(Fourier.ihfft(y, 5, -1, norm), 5, -1, norm))
                        .apply(real),
                real);
        List<Integer> axes = List.of(0, 2);
        Tensor cube = complex(3, 2, 4);
        near(
                Jit.jit((Tensor y) -> Fourier.ifft2(Fourier.fft2(y, null, axes, norm), null, axes, norm))
                        .apply(cube),
                cube);
    }

    @Test
    void orthogonalTransformsKeepTheEnergy() {
        Tensor x = complex(9);
        double before = x.abs().square().sum().item();
        assertThat(Fourier.fft(x, 9, 0, Norm.ORTHO).abs().square().sum().item()).isCloseTo(before, within(1e-12));
    }

    /** Transforms over several axes are transforms over each of them: also over more than the three of one operation. */
    @Test
    void severalAxesAreOneAfterTheOther() {
        Tensor x = complex(2, 3, 2, 4, 2);
        near(
                Jit.jit((Tensor y) -> Fourier.fftn(y, 0, 1, 3, 4)).apply(x),
                Fourier.fft(Fourier.fft(Fourier.fft(Fourier.fft(x, 0), 1), 3), 4));
        Tensor real = random(2, 3, 2, 4);
        Tensor spectrum = Jit.jit((Tensor y) -> Fourier.rfftn(y)).apply(real);
        near(spectrum, Fourier.fft(Fourier.fft(Fourier.fft(Fourier.rfft(real, 3), 0), 1), 2));
        near(Jit.jit((Tensor y) -> Fourier.irfftn(y)).apply(spectrum), real);
        near(Fourier.rfft2(real), Fourier.fft(Fourier.rfft(real), 2));
        near(Fourier.irfft2(Fourier.rfft2(real)), real);
    }

    @Test
    void aLengthCutsOrPadsTheOperand() {
        Tensor x = random(4);
        near(Fourier.fft(x, 2, 0, Norm.BACKWARD), Fourier.fft(x.slice(0, 0, 2)));
        near(Fourier.fft(x, 6, 0, Norm.BACKWARD), Fourier.fft(Tensor.concatenate(0, x, Tensor.zeros(DType.F64, 2))));
        assertThat(Fourier.irfft(complex(4)).shape()).containsExactly(6);
    }

    @Test
    void aProductOfSpectraIsACircularConvolution() {
        Tensor a = random(6);
        Tensor b = random(6);
        double[] want = new double[6];
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 6; j++) {
                want[(i + j) % 6] += a.toDoubles()[i] * b.toDoubles()[j];
            }
        }
        near(
                Jit.jit((Tensor x, Tensor y) -> Fourier.irfft(Fourier.rfft(x).times(Fourier.rfft(y))))
                        .apply(a, b),
                Tensor.of(want));
    }

    @Test
    void frequenciesAndTheirOrder() {
        assertThat(Fourier.fftfreq(DType.F64, 4, 0.5).toDoubles()).containsExactly(0, 0.5, -1, -0.5);
        assertThat(Fourier.fftfreq(DType.F64, 5, 1).toDoubles()).containsExactly(0, 0.2, 0.4, -0.4, -0.2);
        assertThat(Fourier.rfftfreq(DType.F64, 5, 1).toDoubles()).containsExactly(0, 0.2, 0.4);
        Tensor odd = Tensor.of(0.0, 1, 2, -2, -1);
        assertThat(Fourier.fftshift(odd).toDoubles()).containsExactly(-2, -1, 0, 1, 2);
        assertThat(Fourier.ifftshift(Fourier.fftshift(odd)).toDoubles()).containsExactly(odd.toDoubles());
        assertThat(Fourier.fftshift(Tensor.of(0.0, 1, -2, -1)).toDoubles()).containsExactly(-2, -1, 0, 1);
    }

    @Test
    void operandsThatDoNotFitAreAnErrorThatNamesTheFix() {
        assertThatThrownBy(() -> Fourier.fft(Tensor.of(1, 2, 3)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("fft: the operand must be c64, c128, f32 or f64, got i32[3]")
                .hasMessageContaining(".convert(DType.F32)");
        assertThatThrownBy(() -> Fourier.rfft(complex(3)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("rfft: the operand must be f32 or f64, got c128[3]");
        assertThatThrownBy(() -> Fourier.fft(complex(3), 1))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("fft: axis 1 is out of range for c128[3]");
        assertThatThrownBy(() -> Fourier.fft(complex(0)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("fft: there must be 1 element or more to transform, got [0]");
        assertThatThrownBy(() -> Fourier.fftn(complex(3, 3), 0, -2))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("fftn: the axes [0, -2] must differ");
    }
}
