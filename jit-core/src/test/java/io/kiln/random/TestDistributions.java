package io.kiln.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What JAX 0.10.2 draws from {@code jax.random.key(42)}, recorded with 64 bits enabled; here by the plugin. */
@Timeout(300)
class TestDistributions {
    private static final Key KEY = Key.of(42);

    private static HostArray drawn(Function<Key, Tensor> f) {
        return Jit.jit((Tensor data) -> f.apply(Key.wrap(data)))
                .apply(KEY.data())
                .value();
    }

    private static void draws(Function<Key, Tensor> f, double... want) {
        double[] got = drawn(f).toDoubles();
        assertThat(got).hasSameSizeAs(want);
        for (int i = 0; i < want.length; i++) {
            assertThat(got[i]).isCloseTo(want[i], within(1e-12 * Math.max(1, Math.abs(want[i]))));
        }
    }

    private static void drawsBits(Function<Key, Tensor> f, int... want) {
        HostArray got = drawn(f);
        int[] bits = new int[want.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits((float) got.doubleAt(i));
        }
        assertThat(bits).containsExactly(want);
    }

    private static Tensor f64(double value) {
        return Tensor.scalar(value);
    }

    @Test
    void floatsOf32BitsAreTheSameToTheLastBit() {
        drawsBits(
                k -> Random.uniformBetween(k, DType.F32, -2, 3, 8),
                1055070388,
                1068700152,
                1066035692,
                1062083008,
                1048684148,
                1064167558,
                -1076879559,
                1072698842);
        drawsBits(
                k -> Random.normal(k, DType.F32, 8),
                -1125654763,
                1055861736,
                1050109537,
                1042103076,
                -1107426069,
                1046356250,
                -1078432071,
                1061257225);
        drawsBits(
                k -> Random.gumbel(k, DType.F32, 8),
                1051397706,
                1064548236,
                1060748383,
                1057772792,
                1047019407,
                1059080482,
                -1082923277,
                1068436782);
        drawsBits(
                k -> Random.exponential(k, DType.F32, 8),
                1059830450,
                1066517560,
                1064645553,
                1062388556,
                1058625715,
                1063366212,
                1033846348,
                1069482490);
    }

    @Test
    void floatsOf16BitsAreTheSameToTheLastBit() {
        assertThat(drawn(k -> Lax.bitcast(Random.normal(k, DType.BF16, 8), DType.I16))
                        .toInts())
                .containsExactly(16048, 16258, 16370, 16252, -16460, 16258, 15991, 16125);
        assertThat(drawn(k -> Lax.bitcast(Random.normal(k, DType.F16, 8), DType.I16))
                        .toInts())
                .containsExactly(-16968, -17663, 16358, 14739, -20463, -18428, 14488, -17339);
    }

    @Test
    void complexNormalsAreTwoNormals() {
        assertThat(drawn(k -> Random.normal(k, DType.C128, 2)).parts().toDoubles())
                .containsExactly(
                        new double[] {
                            -0.5093295292642132, 0.45954304860759587, -0.18428781404443714, 0.08377702715980621
                        },
                        within(1e-14));
    }

    @Test
    void integersFillTheirWholeType() {
        draws(
                k -> Random.randint(k, DType.I32, Integer.MIN_VALUE, 1L << 31, 4),
                977810628,
                1236381714,
                -1367112521,
                -1019495231);
        draws(k -> Random.randint(k, DType.I8, -128, 128, 6), 68, -110, 55, 65, 13, -21);
    }

    @Test
    void boundsMayBeArrays() {
        draws(k -> Random.randint(k, Tensor.of(0L, 10L, -5L), Tensor.of(5L, 11L, -5L), 2, 3), 0, 10, -5, 1, 10, -5);
    }

    @Test
    void rademacherIsASign() {
        draws(k -> Random.rademacher(k, DType.F32, 8), 1, 1, -1, -1, -1, -1, -1, -1);
    }

    @Test
    void functionsOfUniformAndNormalNumbers() {
        draws(
                k -> Random.wald(k, f64(1.5), 4),
                3.529976562489182,
                1.0915612562479036,
                0.24683423568313878,
                1.1867088191301483);
        draws(k -> Random.geometric(k, DType.I32, f64(0.2), 6), 4, 19, 3, 2, 2, 2);
        draws(
                k -> Random.triangular(k, f64(1), f64(2), f64(5), 4),
                2.377163901384402,
                1.245031177733076,
                2.7394100360291835,
                3.1993964242109176);
        draws(
                k -> Random.lognormal(k, f64(0.5), 4),
                0.9117806140267735,
                0.33793142787224595,
                1.0979752215045038,
                1.3581624935912568);
        draws(k -> Random.maxwell(k, DType.F64, 3), 2.1856811186160847, 0.866467331447922, 0.8407561365101462);
        draws(
                k -> Random.doubleSidedMaxwell(k, f64(1), f64(2), 3),
                -2.6956351413757687,
                -3.6877952518604795,
                4.7138077011187836);
        draws(
                k -> Random.multivariateNormal(
                        k, Tensor.of(0.0, 0.0), Tensor.of(2, .5, .5, 1).reshape(2, 2), 2),
                -0.261221855307284,
                -2.094990487430765,
                0.2643667926365266,
                0.6388134971281361);
    }

    @Test
    void gammaAndWhatIsMadeOfIt() {
        draws(k -> Random.loggamma(k, f64(0.01), 3), -107.42344335838611, -210.43392579123005, -222.26021426677102);
        draws(k -> Random.chisquare(k, f64(3), 3), 3.4123750492211147, 1.9269875304255157, 8.271386696089039);
        draws(k -> Random.f(k, f64(3), f64(5), 3), 1.158641615967818, 0.4334901445978058, 6.869564969322846);
        draws(
                k -> Random.generalizedNormal(k, DType.F64, 1.5, 3),
                -0.4028062414861481,
                -0.09948843483645729,
                0.35442502223499145);
        draws(
                k -> Random.dirichlet(k, Tensor.of(.5, 1, 3), 2),
                0.027462761091563287,
                0.07136011651241299,
                0.9011771223960237,
                0.05723775475066185,
                0.05373408950105422,
                0.889028155748284);
    }

    @Test
    void binomialsOfFewAndOfMany() {
        draws(k -> Random.binomial(k, f64(1000), f64(0.3), 6), 307, 303, 271, 278, 308, 326);
        draws(k -> Random.binomial(k, f64(50), f64(0.9), 6), 48, 48, 43, 47, 40, 48);
        assertThat(drawn(k -> Random.binomial(k, f64(-1), f64(0.9))).doubleAt(0))
                .isNaN();
    }

    @Test
    void poissonCountsOfSmallAndOfLargeMeans() {
        draws(k -> Random.poisson(k, DType.I32, Tensor.of(0.0, 3, 8), 2, 3), 0, 2, 9, 0, 5, 6);
        draws(k -> Random.poisson(k, DType.I32, Tensor.of(12.0, 100, 5000), 2, 3), 14, 109, 4927, 9, 86, 4934);
    }

    @Test
    void truncatedNormalsStayWithinTheirBounds() {
        draws(
                k -> Random.truncatedNormal(k, DType.F64, -1, 2, 4),
                0.01998452592513169,
                -0.9504476695340623,
                0.32827144083703297,
                0.693751830608632);
    }

    @Test
    void ordersAndChoices() {
        draws(
                k -> Random.permutation(k, Tensor.iota(DType.I32, 12).reshape(6, 2), 0),
                8,
                9,
                4,
                5,
                10,
                11,
                6,
                7,
                0,
                1,
                2,
                3);
        draws(k -> Random.choice(k, Tensor.iota(DType.I32, 10), 0, true, 5), 5, 8, 3, 1, 5);
        draws(
                k -> Random.categoricalWithoutReplacement(
                        k, Tensor.of(.1, .2, .3, .4).log(), 3),
                3,
                2,
                0);
        assertThatThrownBy(() -> Random.choice(KEY, Tensor.of(1, 2), 0, false, 3))
                .hasMessage("random choice: without replacement there can be 2 draws at most, got 3\n"
                        + "fix: draw fewer, or with replacement; docs/errors.md#KILN-T003");
    }

    @Test
    void aDistributionOfFloatsNeedsFloats() {
        assertThatThrownBy(() -> Random.exponential(KEY, DType.I32, 3))
                .hasMessageStartingWith("random exponential: the dtype must be a float type, got i32\n")
                .hasMessageEndingWith("\nfix: name DType.F32, F64, BF16 or F16; docs/errors.md#KILN-T004");
    }

    /** The answers are JAX's for the same keys. */
    @Test
    void trialsFallOnOutcomesAsInJax() {
        Tensor p = Tensor.ofNested(new float[][] {{0.2f, 0.3f, 0.5f}, {0, 0.9f, 0.1f}});
        assertThat(Random.multinomial(Key.of(7), Tensor.of(10f, 40f), p).toFloats())
                .containsExactly(2, 4, 4, 0, 35, 5);
        Tensor one = Tensor.of(0.25, 0.25, 0, 0.5);
        assertThat(Jit.jit((Tensor q) -> Random.multinomial(Key.of(7), Tensor.scalar(1000), q))
                        .call(one)
                        .toDoubles())
                .containsExactly(237, 265, 0, 498);
    }

    @Test
    void orthogonalMatricesAreJaxs() {
        double[] want = {0.3878879813386791, -0.28971003605587475, -0.8663266298530754, 0.12283802077907606};
        Tensor wide = Random.orthogonal(Key.of(7), DType.F64, 2, 4);
        assertThat(wide.at(0).toDoubles()).containsExactly(want, within(1e-12));
        Tensor tall = Random.orthogonal(Key.of(7), DType.F64, 4, 2, 2);
        assertThat(tall.shape()).containsExactly(2, 4, 2);
        assertThat(tall.at(0).slice(1, 0, 1).toDoubles()).containsExactly(want, within(1e-12));
        Tensor square = Random.orthogonal(Key.of(7), DType.F64, 3, 3);
        assertThat(square.at(0).toDoubles())
                .containsExactly(
                        new double[] {0.545913450531438, -0.8341659774404568, 0.07839404702951995}, within(1e-12));
        assertThat(square.transpose().matmul(square).toDoubles())
                .containsExactly(new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, within(1e-12));
    }
}
