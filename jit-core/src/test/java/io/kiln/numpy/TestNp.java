package io.kiln.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The answers are those that NumPy's documentation and arithmetic on paper give; the oracle cases hold many more. */
class TestNp {
    private static final Tensor A = Np.arange(DType.I32, 6).reshape(2, 3);

    @Test
    void aRangeStopsBeforeItsEnd() {
        assertThat(Np.arange(DType.I32, 2, 14, 3).value().toInts()).containsExactly(2, 5, 8, 11);
        assertThat(Np.arange(DType.F64, 1, 0, -0.25).toDoubles()).containsExactly(1, 0.75, 0.5, 0.25);
        assertThat(Np.arange(DType.I32, 3, 3, 1).shape()).containsExactly(0);
    }

    @Test
    void linspaceIncludesItsEndExactly() {
        double[] values = Np.linspace(DType.F64, 0.1, 0.7, 4).toDoubles();
        assertThat(values[0]).isEqualTo(0.1);
        assertThat(values[3]).isEqualTo(0.7);
        assertThat(values).containsExactly(new double[] {0.1, 0.3, 0.5, 0.7}, within(1e-15));
        assertThat(Np.linspace(DType.F32, 5, 9, 1).toFloats()).containsExactly(5);
        assertThat(Np.linspace(DType.F32, 5, 9, 0).shape()).containsExactly(0);
    }

    @Test
    void divisorsAreThoseOfTheMagnitudes() {
        Tensor a = Tensor.of(12, -18, 0, 0, 7, -8), b = Tensor.of(18, 12, 5, 0, 1, -12);
        assertThat(Np.gcd(a, b).value().toInts()).containsExactly(6, 6, 5, 0, 1, 4);
        assertThat(Np.lcm(a, b).value().toInts()).containsExactly(36, 36, 0, 0, 7, 24);
        assertThat(Jit.jit((Tensor x) -> Np.gcd(x, Tensor.scalar(6)))
                        .call(a)
                        .value()
                        .toInts())
                .containsExactly(6, 6, 6, 6, 1, 2);
        Tensor bytes = Tensor.of(DType.U8, 200, 255);
        assertThat(Np.gcd(bytes, Tensor.of(DType.U8, 150, 0)).value().toInts()).containsExactly(50, 255);
        assertThatThrownBy(() -> Np.gcd(Tensor.of(1f), Tensor.of(2f)))
                .hasMessageContaining("gcd")
                .hasMessageContaining("KILN-T004");
    }

    /** The definition, in plain Java. */
    private static double[] convolved(double[] a, double[] b) {
        double[] out = new double[a.length + b.length - 1];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b.length; j++) {
                out[i + j] += a[i] * b[j];
            }
        }
        return out;
    }

    @Test
    void convolutionsAreSumsOfProductsInEachMode() {
        double[] longer = {1, 2, -3, 0.5, 4}, shorter = {2, -1};
        Tensor a = Tensor.of(longer), b = Tensor.of(shorter);
        double[] full = convolved(longer, shorter);
        assertThat(Np.convolve(a, b, ConvolveMode.FULL).toDoubles()).containsExactly(full);
        assertThat(Np.convolve(b, a, ConvolveMode.FULL).toDoubles()).containsExactly(full);
        assertThat(Np.convolve(a, b, ConvolveMode.SAME).toDoubles()).containsExactly(Arrays.copyOf(full, 5));
        assertThat(Np.convolve(b, a, ConvolveMode.VALID).toDoubles()).containsExactly(Arrays.copyOfRange(full, 1, 5));
        double[] correlated = convolved(longer, new double[] {-1, 2});
        assertThat(Np.correlate(a, b, ConvolveMode.FULL).toDoubles()).containsExactly(correlated);
        Tensor turned = Np.correlate(b, a, ConvolveMode.FULL);
        assertThat(turned.reverse(0).toDoubles()).containsExactly(correlated);
        assertThat(Np.correlate(a, b, ConvolveMode.VALID).toDoubles())
                .containsExactly(Arrays.copyOfRange(correlated, 1, 5));
        assertThatThrownBy(() -> Np.convolve(a, Tensor.zeros(DType.F64, 0), ConvolveMode.FULL))
                .hasMessageContaining("convolve: the operands must be vectors with an element");
    }

    @Test
    void aConvolutionHasADerivative() {
        Tensor a = Tensor.of(1.0, 2.0, 3.0), b = Tensor.of(2.0, -1.0);
        Tensor weights = Tensor.of(1.0, 10.0, 100.0, 1000.0);
        assertThat(Jit.grad((Tensor x) -> Np.convolve(x, b, ConvolveMode.FULL).dot(weights))
                        .apply(a)
                        .toDoubles())
                .containsExactly(-8, -80, -800);
        assertThat(Jit.grad((Tensor x) -> Np.convolve(a, x, ConvolveMode.FULL).dot(weights))
                        .apply(b)
                        .toDoubles())
                .containsExactly(321, 3210);
    }

    @Test
    void aVarianceWithoutEnoughElementsIsNan() {
        assertThat(Np.varDdof(Tensor.of(1.0, 2.0, 3.0), 3).item()).isNaN();
        assertThat(Np.stdDdof(Tensor.of(1.0, 2.0, 3.0), 4).item()).isNaN();
        assertThat(Np.varDdof(Tensor.of(1.0, 2.0, 3.0), 2).item()).isEqualTo(2);
        assertThat(Np.nanvar(Tensor.of(Double.NaN, Double.NaN)).item()).isNaN();
    }

    @Test
    void anInfiniteElementMakesTheVarianceNan() {
        Tensor x = Tensor.of(Double.NaN, 1.0, Double.POSITIVE_INFINITY, -2.0);
        assertThat(Np.nanvar(x).item()).isNaN();
        Tensor finite = Tensor.of(Double.NaN, 1.0, 3.0);
        assertThat(Jit.grad((Tensor a) -> Np.nanvar(a)).apply(finite).toDoubles())
                .containsExactly(0, -1, 1);
    }

    @Test
    void turningFourTimesIsNothing() {
        assertThat(Np.rot90(A, 1).value().toInts()).containsExactly(2, 5, 1, 4, 0, 3);
        Tensor turned = A;
        for (int i = 1; i <= 4; i++) {
            turned = Np.rot90(turned, 1);
            assertThat(turned.value()).isEqualTo(Np.rot90(A, i).value());
        }
        assertThat(turned.value()).isEqualTo(A.value());
    }

    @Test
    void diagonalsLieBesideTheMainOne() {
        assertThat(Np.diagonal(A, 1).value().toInts()).containsExactly(1, 5);
        assertThat(Np.diagonal(A, -1).value().toInts()).containsExactly(3);
        assertThat(Np.diagonal(A, 3).shape()).containsExactly(0);
        assertThat(Np.diag(Tensor.of(7, 8), -1).value().toInts()).containsExactly(0, 0, 0, 7, 0, 0, 0, 8, 0);
        assertThat(Np.diag(Np.diag(Tensor.of(7, 8), 2), 2).value().toInts()).containsExactly(7, 8);
    }

    @Test
    void elementsAreRepeatedByTheirOwnCounts() {
        assertThat(Np.repeat(A, new int[] {2, 0, 1}, 1).value().toInts()).containsExactly(0, 0, 2, 3, 3, 5);
        assertThat(Np.tile(Tensor.of(1, 2), 2, 2).shape()).containsExactly(2, 4);
    }

    @Test
    void partsMayDifferByOne() {
        List<Tensor> parts = Np.arraySplit(Np.arange(DType.I32, 7), 3, 0);
        assertThat(parts.stream().map(p -> p.dim(0)).toList()).containsExactly(3, 2, 2);
        assertThat(parts.get(1).value().toInts()).containsExactly(3, 4);
        assertThatThrownBy(() -> Np.split(Np.arange(DType.I32, 7), 3, 0))
                .hasMessageStartingWith(
                        "split: the size 7 of axis 0 must be a multiple of 3 (arraySplit takes any), got i32[7]");
    }

    @Test
    void marginsAreThoseOfNumpy() {
        Tensor x = Tensor.of(1, 2, 3);
        int[] four = {4};
        int[] five = {5};
        assertThat(Np.pad(x, PadMode.EDGE, four, five).value().toInts())
                .containsExactly(1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3);
        assertThat(Np.pad(x, PadMode.REFLECT, four, five).value().toInts())
                .containsExactly(1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2);
        assertThat(Np.pad(x, PadMode.SYMMETRIC, four, five).value().toInts())
                .containsExactly(3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2);
        assertThat(Np.pad(x, PadMode.WRAP, four, five).value().toInts())
                .containsExactly(3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2);
        assertThat(Np.pad(x, 7, new int[] {1}, new int[] {0}).value().toInts()).containsExactly(7, 1, 2, 3);
        assertThatThrownBy(() -> Np.pad(Tensor.zeros(DType.F32, 0), PadMode.EDGE, four, five))
                .hasMessageStartingWith("pad: axis 0 must have an element to repeat, got f32[0]");
        assertThatThrownBy(() -> Np.pad(x, 0, new int[] {1, 1}, five))
                .hasMessageStartingWith(
                        "pad: there must be one number of elements, not below 0, before and after each of 1 axes, got"
                                + " i32[3]");
    }

    @Test
    void axesMoveAndOthersStayInOrder() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3, 4, 5);
        assertThat(Np.moveaxis(x, new int[] {0, 1}, new int[] {-1, -2}).shape()).containsExactly(4, 5, 3, 2);
        assertThat(Np.rollaxis(x, 3, 1).shape()).containsExactly(2, 5, 3, 4);
        assertThat(Np.rollaxis(x, 1, 4).shape()).containsExactly(2, 4, 5, 3);
        assertThat(Np.expandDims(x, 0, -1).shape()).containsExactly(1, 2, 3, 4, 5, 1);
        assertThat(Np.squeeze(Np.expandDims(x, 0, -1)).shape()).containsExactly(2, 3, 4, 5);
        assertThatThrownBy(() -> Np.swapaxes(x, 0, 4))
                .hasMessageStartingWith("swapaxes: axis 4 is out of range for f32[2,3,4,5], which has rank 4");
    }

    @Test
    void sixteenBitsAreSummedInThirtyTwo() {
        Tensor x = Tensor.full(Tensor.zeros(DType.BF16, 1000).aval(), 1);
        assertThat(x.sum().item()).isEqualTo(1000);
        assertThat(x.mean().item()).isEqualTo(1);
        // Of 8 bits, 256 + 1 is 256 again: a sum in bf16 would stop there.
        assertThat(Np.var(Tensor.concatenate(0, x, x.negate())).item()).isEqualTo(1);
    }

    @Test
    void statisticsLeaveNanOut() {
        Tensor x = Tensor.of(1.0, Double.NaN, 4.0, 1.0);
        assertThat(Np.nanmean(x).item()).isEqualTo(2);
        assertThat(Np.nanvar(x).item()).isEqualTo(2);
        assertThat(Np.nanmax(x).item()).isEqualTo(4);
        assertThat(Np.nanmin(Tensor.of(Double.NaN)).item()).isNaN();
    }

    @Test
    void infinitiesAreCloseToThemselves() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor a = Tensor.of(inf, inf, Double.NaN, 1.0);
        Tensor b = Tensor.of(inf, -inf, Double.NaN, 1.000001);
        assertThat(Np.isClose(a, b).value().toBooleans()).containsExactly(true, false, false, true);
        assertThat(Np.nanToNum(a).toDoubles()).containsExactly(Double.MAX_VALUE, Double.MAX_VALUE, 0, 1);
    }

    @Test
    void correlatedVariablesHaveCorrelationOne() {
        Tensor x = Tensor.of(1.0, 2.0, 4.0, 1.0, 0.0, -2.0).reshape(2, 3);
        assertThat(Np.corrcoef(x).toDoubles()).containsExactly(new double[] {1, -1, -1, 1}, within(1e-15));
        assertThat(Np.cov(x).at(0).at(0).item()).isEqualTo(7.0 / 3, within(1e-15));
    }

    @Test
    void aValueGoesBesideItsEquals() {
        Tensor sorted = Tensor.of(1.0, 3.0, 3.0, 5.0, Double.NaN);
        Tensor values = Tensor.of(0.0, 3.0, 4.0, 6.0, Double.NaN);
        assertThat(Np.searchsorted(sorted, values, false).value().toInts()).containsExactly(0, 1, 3, 4, 4);
        assertThat(Np.searchsorted(sorted, values, true).value().toInts()).containsExactly(0, 3, 3, 4, 5);
        for (int size = 0; size < 20; size++) {
            Tensor all = Np.arange(DType.I32, size);
            assertThat(Np.searchsorted(all, all, true).value())
                    .isEqualTo(all.plus(1).value());
        }
    }

    @Test
    void quantilesLieBetweenElements() {
        Tensor x = Tensor.of(4.0, 1.0, 2.0, 3.0);
        Map<QuantileMethod, Double> want = Map.of(
                QuantileMethod.LINEAR, 1.75,
                QuantileMethod.LOWER, 1.0,
                QuantileMethod.HIGHER, 2.0,
                QuantileMethod.MIDPOINT, 1.5,
                QuantileMethod.NEAREST, 2.0);
        want.forEach((method, value) -> assertThat(
                        Np.quantile(x, Tensor.scalar(0.25), 0, method).item())
                .isEqualTo(value));
        assertThat(Np.median(Tensor.of(1, Double.NaN, 2), 0).item()).isNaN();
        assertThat(Np.quantile(Tensor.zeros(DType.F32, 3, 5), Tensor.of(0.5f, 0.9f), 0, QuantileMethod.LOWER)
                        .shape())
                .containsExactly(2, 5);
    }

    @Test
    void countsOfFixedLength() {
        assertThat(Np.bincount(Tensor.of(0, 3, 3, -1, 7), 5).value().toInts()).containsExactly(2, 0, 0, 2, 0);
        assertThat(Np.histogram(Tensor.of(-2.0, 0, 1, 1.5, 2, 3), 2, 0, 2).toDoubles())
                .containsExactly(1, 3);
        assertThat(Np.digitize(Tensor.of(0.5, 1, 2.5), Tensor.of(3.0, 2, 1), false)
                        .value()
                        .toInts())
                .containsExactly(3, 2, 1);
        assertThat(Np.flatnonzero(Tensor.of(0, 5, 0, 6), 3, -1).value().toInts())
                .containsExactly(1, 3, -1);
        assertThat(Np.flatnonzero(Tensor.of(0, 5), 3, 9).value().toInts()).containsExactly(1, 9, 9);
        assertThat(Np.unique(Tensor.of(3, 1, 3, 2, 1), 4).value().toInts()).containsExactly(1, 2, 3, 1);
    }
}
