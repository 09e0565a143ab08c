package io.kiln.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The activations and their derivatives beside jax.nn of JAX 0.10.2, in f64, at kinks and far away too. */
class TestActivations {
    private static final Tensor AT = Tensor.of(-7.0, -2.0, -0.5, 0.0, 0.3, 1.0, 4.0, 8.0);

    @SuppressWarnings("ArrayRecordComponent") // rows of a table, read once
    record Case(String name, UnaryOperator<Tensor> f, double[] values, double[] slopes) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("relu6", Nn::relu6, new double[] {0.0, 0.0, 0.0, 0.0, 0.3, 1.0, 4.0, 6.0}, new double[] {
                    0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0
                }),
                new Case(
                        "leaky relu",
                        x -> Nn.leakyRelu(x, 0.01),
                        new double[] {-0.07, -0.02, -0.005, 0.0, 0.3, 1.0, 4.0, 8.0},
                        new double[] {0.01, 0.01, 0.01, 1.0, 1.0, 1.0, 1.0, 1.0}),
                new Case(
                        "elu",
                        Nn::elu,
                        new double[] {
                            -0.9990881180344455, -0.8646647167633873, -0.3934693402873665, 0.0, 0.3, 1.0, 4.0, 8.0
                        },
                        new double[] {
                            0.000911881965554473, 0.1353352832366127, 0.6065306597126334, 1.0, 1.0, 1.0, 1.0, 1.0
                        }),
                new Case(
                        "selu",
                        Nn::selu,
                        new double[] {
                            -1.7564961617648047,
                            -1.520166468595695,
                            -0.6917581878028712,
                            0.0,
                            0.31521029620664415,
                            1.0507009873554805,
                            4.202803949421922,
                            8.405607898843844
                        },
                        new double[] {
                            0.001603179082571929,
                            0.2379328722516818,
                            1.0663411530445053,
                            1.7580993408473766,
                            1.0507009873554805,
                            1.0507009873554805,
                            1.0507009873554805,
                            1.0507009873554805
                        }),
                new Case(
                        "celu",
                        x -> Nn.celu(x, 0.7),
                        new double[] {
                            -0.6999682200491663, -0.6597971665126678, -0.35732083831013284, 0.0, 0.3, 1.0, 4.0, 8.0
                        },
                        new double[] {
                            4.5399929762490736e-05, 0.057432619267617335, 0.48954165955695306, 1.0, 1.0, 1.0, 1.0, 1.0
                        }),
                new Case(
                        "gelu",
                        Nn::gelu,
                        new double[] {
                            -8.958687807200846e-12,
                            -0.04550026389635841,
                            -0.15426876936299344,
                            0.0,
                            0.18537342665668577,
                            0.8413447460685429,
                            3.9998733150326675,
                            7.999999999999995
                        },
                        new double[] {
                            -6.266323031466633e-11,
                            -0.08523180107819688,
                            0.13250487534383715,
                            0.5,
                            0.7323277668271098,
                            1.0833154705876862,
                            1.0005036496612265,
                            1.0000000000000397
                        }),
                new Case(
                        "gelu by tanh",
                        Nn::geluTanh,
                        new double[] {
                            -2.7200464103316335e-15,
                            -0.04540230591222494,
                            -0.15428599017485609,
                            0.0,
                            0.18537092354275922,
                            0.8411919906082768,
                            3.9999297540518075,
                            8.0
                        },
                        new double[] {
                            -3.1812136339434276e-14,
                            -0.08609925662361839,
                            0.1326300964653577,
                            0.5,
                            0.7322954516388018,
                            1.0829640838457828,
                            1.0003351231971231,
                            1.0
                        }),
                new Case(
                        "silu",
                        Nn::silu,
                        new double[] {
                            -0.006377358360804518,
                            -0.2384058440442351,
                            -0.1887703343990727,
                            0.0,
                            0.1723327550434977,
                            0.7310585786300049,
                            3.928055160151634,
                            7.997317198956269
                        },
                        new double[] {
                            -0.005460497066452141,
                            -0.09078424878489547,
                            0.2600388126973482,
                            0.5,
                            0.6477800103188828,
                            0.9276705118714867,
                            1.0526646148910728,
                            1.0023465512355845
                        }),
                new Case(
                        "mish",
                        Nn::mish,
                        new double[] {
                            -0.006380263409573668,
                            -0.2525014826957088,
                            -0.22074377465173,
                            0.0,
                            0.20800137234811503,
                            0.8650983882673103,
                            3.997412806976239,
                            7.9999982006448445
                        },
                        new double[] {
                            -0.005465886861314786,
                            -0.10835509242039393,
                            0.28951067791351226,
                            0.6000000000000001,
                            0.7828272995511304,
                            1.0490362200997922,
                            1.0044328769037494,
                            1.000003372583684
                        }),
                new Case(
                        "soft sign",
                        Nn::softSign,
                        new double[] {
                            -0.875,
                            -0.6666666666666666,
                            -0.3333333333333333,
                            0.0,
                            0.23076923076923075,
                            0.5,
                            0.8,
                            0.8888888888888888
                        },
                        new double[] {
                            0.015625,
                            0.1111111111111111,
                            0.4444444444444444,
                            1.0,
                            0.5917159763313609,
                            0.25,
                            0.04000000000000001,
                            0.012345679012345678
                        }),
                new Case(
                        "hard tanh",
                        Nn::hardTanh,
                        new double[] {-1.0, -1.0, -0.5, 0.0, 0.3, 1.0, 1.0, 1.0},
                        new double[] {0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0}),
                new Case(
                        "hard sigmoid",
                        Nn::hardSigmoid,
                        new double[] {
                            0.0,
                            0.16666666666666666,
                            0.41666666666666663,
                            0.5,
                            0.5499999999999999,
                            0.6666666666666666,
                            1.0,
                            1.0
                        },
                        new double[] {
                            0.0,
                            0.16666666666666666,
                            0.16666666666666666,
                            0.16666666666666666,
                            0.16666666666666666,
                            0.16666666666666666,
                            0.0,
                            0.0
                        }),
                new Case(
                        "hard silu",
                        Nn::hardSilu,
                        new double[] {
                            -0.0,
                            -0.3333333333333333,
                            -0.20833333333333331,
                            0.0,
                            0.16499999999999998,
                            0.6666666666666666,
                            4.0,
                            8.0
                        },
                        new double[] {
                            0.0, -0.16666666666666666, 0.3333333333333333, 0.5, 0.6, 0.8333333333333333, 1.0, 1.0
                        }),
                new Case(
                        "log sigmoid",
                        Nn::logSigmoid,
                        new double[] {
                            -7.000911466453775,
                            -2.1269280110429727,
                            -0.9740769841801067,
                            -0.6931471805599453,
                            -0.554355244468527,
                            -0.3132616875182228,
                            -0.01814992791780974,
                            -0.00033540637289576885
                        },
                        new double[] {
                            0.999088948805599,
                            0.8807970779778823,
                            0.6224593312018546,
                            0.5,
                            0.4255574831883411,
                            0.2689414213699951,
                            0.017986209962091562,
                            0.00033535013046647805
                        }),
                new Case(
                        "squareplus",
                        x -> Nn.squareplus(x, 4),
                        new double[] {
                            0.14005494464025903,
                            0.41421356237309515,
                            0.7807764064044151,
                            1.0,
                            1.161187420807834,
                            1.618033988749895,
                            4.23606797749979,
                            8.123105625617661
                        },
                        new double[] {
                            0.019238026179588377,
                            0.14644660940672627,
                            0.3787321874818335,
                            0.5,
                            0.5741702264651223,
                            0.7236067977499789,
                            0.9472135954999579,
                            0.9850712500726659
                        }));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void valuesAndDerivativesAreThoseOfJax(Case c) {
        assertThat(c.f().apply(AT).toDoubles()).containsExactly(c.values(), within(1e-12));
        Tensor slopes = Jit.grad((Tensor x) -> c.f().apply(x).sum()).apply(AT);
        assertThat(slopes.toDoubles()).containsExactly(c.slopes(), within(1e-12));
    }

    @Test
    void gluIsTheFirstHalfTimesTheSigmoidOfTheSecond() {
        Tensor x = Tensor.of(3.0, -2.0, 0.0, Math.log(3)).reshape(1, 4);
        assertThat(Nn.glu(x, -1).toDoubles()).containsExactly(new double[] {1.5, -1.5}, within(1e-12));
    }

    @Test
    void logSumExpOfInfinitiesIsInfinite() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor x = Tensor.of(-inf, -inf, inf, 0, -inf, 0).reshape(3, 2);
        assertThat(Nn.logSumExp(x, 1).toDoubles()).containsExactly(-inf, inf, 0);
        assertThat(Nn.logSumExp(Tensor.of(0.0, 0.0, 0.0, 0.0)).item()).isCloseTo(Math.log(4), within(1e-12));
    }

    @Test
    void standardizedRowsHaveMeanZeroAndVarianceOne() {
        Tensor y = Nn.standardize(Tensor.of(1.0, 2.0, 3.0, 6.0), -1, 0);
        assertThat(y.mean().item()).isCloseTo(0, within(1e-12));
        assertThat(y.square().mean().item()).isCloseTo(1, within(1e-12));
    }
}
