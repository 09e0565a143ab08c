package io.kiln.special;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Jit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Special functions against closed forms and identities; JAX's recorded values are the oracle cases'. */
class TestSpecial {
    private static final double INF = Double.POSITIVE_INFINITY;

    private static double[] at(UnaryOperator<Tensor> f, double... x) {
        return f.apply(Tensor.of(x)).toDoubles();
    }

    @Test
    void gammaIsTheFactorialAndAlternatesBelowZero() {
        double root = Math.sqrt(Math.PI);
        assertThat(at(Special::gamma, 1, 5, 0.5, -0.5, -1.5, -2))
                .containsExactly(new double[] {1, 24, root, -2 * root, 4 / 3.0 * root, Double.NaN}, within(1e-12));
        assertThat(at(Special::factorial, 0, 3, -1)).containsExactly(new double[] {1, 6, 0}, within(1e-12));
        assertThat(Special.comb(Tensor.of(5.0, 5.0, 2.0), Tensor.of(2.0, 0.0, 3.0))
                        .toDoubles())
                .containsExactly(new double[] {10, 1, 0}, within(1e-12));
    }

    @Test
    void betalnOfLargeOperandsDoesNotCancel() {
        // B(2, b) is 1 / (b (b + 1)).
        double b = 1e15;
        double got = Special.betaln(Tensor.scalar(2.0), Tensor.scalar(b)).toDoubles()[0];
        assertThat(got).isCloseTo(-Math.log(b) - Math.log(b + 1), within(1e-12));
        double nine = Special.betaln(Tensor.scalar(2.0), Tensor.scalar(9.0)).toDoubles()[0];
        assertThat(nine).isCloseTo(-Math.log(90), within(1e-13));
    }

    @Test
    void theQuantileIsTheInverseOfTheNormalDistribution() {
        double[] x = {-9, -3, -0.4, 0, 1.2, 4};
        assertThat(at(p -> Special.ndtri(Special.ndtr(p)), x)).containsExactly(x, within(1e-9));
        assertThat(at(Special::ndtri, 0, 1)).containsExactly(-INF, INF);
    }

    @Test
    void logNdtrHasBothTails() {
        // Mills' ratio by three terms is exact far below; far above the value is -ndtr(-x).
        double x = 30;
        double mills = 1 - 1 / 900.0 + 3 / 810000.0 - 15 / Math.pow(30, 6);
        double low = -x * x / 2 - Math.log(x) - Math.log(2 * Math.PI) / 2 + Math.log(mills);
        assertThat(at(Special::logNdtr, -30)[0]).isCloseTo(low, within(1e-9));
        assertThat(at(y -> Special.logNdtr(y).dividedBy(Special.ndtr(y.negate())), 9)[0])
                .isCloseTo(-1, within(1e-12));
    }

    @Test
    void entropiesAreZeroAtZero() {
        assertThat(at(x -> Special.entr(x).plus(0), 0, 1, -1)).containsExactly(0, 0, -INF);
        Tensor p = Tensor.of(0.0, 0.5, -1.0, 0.5);
        Tensor q = Tensor.of(0.0, 0.25, 1.0, 0.0);
        assertThat(Special.relEntr(p, q).toDoubles())
                .containsExactly(new double[] {0, 0.5 * Math.log(2), INF, INF}, within(1e-15));
        assertThat(Special.xlogy(Tensor.of(0.0, 0.0), Tensor.of(0.0, Double.NaN))
                        .toDoubles())
                .containsExactly(0, Double.NaN);
    }

    @Test
    void spenceHasEulersValues() {
        double z2 = Math.PI * Math.PI / 6;
        double half = Math.PI * Math.PI / 12 - Math.pow(Math.log(2), 2) / 2;
        assertThat(at(Special::spence, 0, 1, 2, 0.5, -1))
                .containsExactly(new double[] {z2, 0, -Math.PI * Math.PI / 12, half, Double.NaN}, within(1e-14));
    }

    @Test
    void exponentialIntegralsHaveTheirLimits() {
        assertThat(at(Special::exp1, 0, INF, -1)).containsExactly(INF, 0, Double.NaN);
        // Ei(x) x exp(-x) tends to 1 + 1/x + 2/x^2 + ...
        assertThat(at(x -> Special.expi(x).times(x).times(x.negate().exp()), 500)[0])
                .isCloseTo(1 + 1 / 500.0 + 2 / 250000.0 + 6 / 1.25e8 + 24 / 6.25e10, within(1e-10));
        assertThat(at(x -> Special.expi(x.negate()).plus(Special.exp1(x)), 0.7, 3))
                .containsExactly(new double[] {0, 0}, within(1e-15));
    }

    @Test
    void anOperandWithoutADerivativeIsAnErrorOnlyWhenOneIsAskedFor() {
        Tensor a = Tensor.scalar(2.0);
        Tensor b = Tensor.scalar(3.0);
        Tensor x = Tensor.scalar(0.3);
        // The density of the beta distribution: 12 x (1 - x)^2.
        assertThat(Jit.grad((Tensor at) -> Special.betainc(a, b, at)).apply(x).toDoubles()[0])
                .isCloseTo(12 * 0.3 * 0.49, within(1e-12));
        assertThatThrownBy(
                        () -> Jit.grad((Tensor at) -> Special.betainc(at, b, x)).apply(a))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("regularized_incomplete_beta with respect to operand 0")
                .hasMessageContaining(".stopGradient()");
    }

    @Test
    void functionsOfTheNormalDistributionTakeWideFloatsOnly() {
        assertThatThrownBy(() -> Special.ndtr(Tensor.scalar(1f).convert(DType.BF16)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("ndtr: the operand must be f32 or f64, got bf16[]");
    }
}
