package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import io.kiln.nn.Initializers;
import io.kiln.random.Key;
import io.kiln.random.Random;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Random numbers from the raw keys of the cases. */
final class Randomness {
    private Randomness() {}

    private static void drawn(Rows rows, Function<Key, Tensor> f, String... names) {
        rows.one(in -> f.apply(Key.wrap(in.get(0))), names);
    }

    /** A distribution without parameters over a shape. */
    @FunctionalInterface
    private interface Draw {
        Tensor apply(Key key, DType dtype, int... dims);
    }

    /** A distribution whose dtype and shape are those of the case's result. */
    private static void over(Rows rows, Draw f, String name) {
        rows.with((c, in) -> f.apply(Key.wrap(in.get(0)), c.outputDtype(0), c.outputDims()), "random_" + name);
    }

    static void addTo(Rows rows) {
        keys(rows);
        over(rows, Random::bits, "bits");
        over(rows, Random::uniform, "uniform");
        over(rows, Random::normal, "normal");
        over(rows, Random::gumbel, "gumbel");
        over(rows, Random::exponential, "exponential");
        over(rows, Random::laplace, "laplace");
        over(rows, Random::logistic, "logistic");
        over(rows, Random::cauchy, "cauchy");
        over(rows, Random::rademacher, "rademacher");
        over(rows, Initializers::glorotUniform, "glorot_uniform");
        over(rows, Initializers::glorotNormal, "glorot_normal");
        over(rows, Initializers::heUniform, "he_uniform");
        over(rows, Initializers::heNormal, "he_normal");
        over(rows, Initializers::lecunNormal, "lecun_normal");
        over(rows, Initializers::lecunUniform, "lecun_uniform");
        ranges(rows);
        rows.binary((k, x) -> Random.categorical(Key.wrap(k), x, -1), "random_categorical");
        rows.binary((k, x) -> Random.categorical(Key.wrap(k), x, -1, 8), "random_categorical_shape");
        drawn(
                rows,
                k -> Jit.vmap((Tensor one) -> Random.normal(Key.wrap(one), DType.F32, 3), 0)
                        .apply(k.splitData(4)),
                "random_vmap_normal");
        rows.binary(
                (k, x) -> Tensor.where(
                        Random.bernoulli(Key.wrap(k), 0.8, NumericsCase.dims(x.shape())),
                        x.dividedBy(0.8),
                        Tensor.full(x.aval(), 0)),
                "random_dropout");
        parametric(rows);
        ordered(rows);
    }

    private static void keys(Rows rows) {
        rows.one(in -> Key.of(42).data().plus(in.get(0).times(0)), "random_key");
        rows.with(
                (c, in) -> Key.wrap(in.get(0)).splitData(Arrays.copyOf(c.outputDims(), c.outputDims().length - 1)),
                "random_split",
                "random_split_2",
                "random_split_shape");
        rows.binary((k, n) -> Key.wrap(k).foldIn(n).data(), "random_fold_in");
        drawn(rows, k -> k.foldIn(7).data(), "random_fold_in_2");
    }

    private static void ranges(Rows rows) {
        String uniform = "jax.random.uniform";
        rows.with(
                (c, in) -> Random.uniformBetween(
                        Key.wrap(in.get(0)),
                        c.outputDtype(0),
                        c.call().number(uniform, 3),
                        c.call().number(uniform, 4),
                        c.outputDims()),
                "random_uniform_range");
        String randint = "jax.random.randint";
        rows.family(
                (c, in) -> Random.randint(
                        Key.wrap(in.get(0)),
                        c.outputDtype(0),
                        (long) c.call().number(randint, 2),
                        (long) c.call().number(randint, 3),
                        c.outputDims()),
                "random_randint");
        rows.with(
                (c, in) -> Random.bernoulli(
                        Key.wrap(in.get(0)), c.call().number("jax.random.bernoulli", 1), c.outputDims()),
                "random_bernoulli");
        rows.binary((k, p) -> Random.bernoulli(Key.wrap(k), p), "random_bernoulli_array");
    }

    /** A distribution with parameters; JAX draws in f64 by default where it is enabled. */
    private static void given(Rows rows, Function<List<Tensor>, Tensor> f, String name) {
        rows.one(
                in -> f.apply(
                        Stream.concat(Stream.of(in.get(0)), in.stream().skip(1).map(Tensor::toF64))
                                .toList()),
                name);
    }

    private static void parametric(Rows rows) {
        given(rows, in -> Random.gamma(Key.wrap(in.get(0)), in.get(1)), "random_gamma");
        given(rows, in -> Random.beta(Key.wrap(in.get(0)), in.get(1), in.get(2)), "random_beta");
        given(rows, in -> Random.dirichlet(Key.wrap(in.get(0)), in.get(1)), "random_dirichlet");
        given(rows, in -> Random.t(Key.wrap(in.get(0)), in.get(1)), "random_t");
        given(rows, in -> Random.rayleigh(Key.wrap(in.get(0)), in.get(1)), "random_rayleigh");
        given(rows, in -> Random.pareto(Key.wrap(in.get(0)), in.get(1)), "random_pareto");
        drawn(rows, k -> Random.weibullMin(k, Tensor.scalar(1.5), Tensor.scalar(2.0), 5), "random_weibull");
        drawn(rows, k -> Random.ball(k, DType.F64, 3, 2), "random_ball");
        drawn(
                rows,
                k -> Random.binomial(k, Tensor.scalar(10.0), Tensor.scalar(0.3), 5)
                        .toI32(),
                "random_binomial");
        rows.one(
                in -> Random.multivariateNormal(Key.wrap(in.get(0)), in.get(1), in.get(2), 3),
                "random_multivariate_normal");
    }

    private static Tensor ten() {
        return Tensor.iota(DType.I32, 10);
    }

    private static void ordered(Rows rows) {
        drawn(rows, k -> Random.truncatedNormal(k, DType.F32, -1, 2, 7), "random_truncated_normal_f32");
        drawn(rows, k -> Random.truncatedNormal(k, DType.F64, -1, 2, 7), "random_truncated_normal_f64");
        drawn(rows, k -> Random.permutation(k, Tensor.iota(DType.I64, 10), 0), "random_permutation");
        drawn(rows, k -> Random.permutation(k, 10), "random_permutation_i32");
        rows.binary((k, x) -> Random.permutation(Key.wrap(k), x, 0), "random_permutation_array");
        rows.binary((k, x) -> Random.shuffle(Key.wrap(k), x, 1), "random_permutation_independent");
        drawn(rows, k -> Random.choice(k, ten(), 0, true, 4), "random_choice");
        drawn(rows, k -> Random.choice(k, ten(), 0, true, 6), "random_choice_replace");
        rows.one(
                in -> Random.choice(
                        Key.wrap(in.get(0)), in.size() > 1 ? in.get(1) : ten(), 0, false, in.size() > 1 ? 3 : 4),
                "random_choice_no_replace");
        rows.binary((k, p) -> Random.choice(Key.wrap(k), Tensor.iota(DType.I32, 4), 0, true, p, 8), "random_choice_p");
        rows.binary(
                (k, p) -> Random.choice(Key.wrap(k), Tensor.iota(DType.I32, 4), 0, false, p, 3),
                "random_choice_p_no_replace");
        rows.binary((k, mean) -> Random.poisson(Key.wrap(k), DType.I32, mean), "random_poisson");
    }
}
