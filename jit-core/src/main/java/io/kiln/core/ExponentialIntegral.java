package io.kiln.core;

import java.util.List;

/** Exponential integrals by their series and, for large operands, a continued or an asymptotic fraction. Operands f32 or f64. */
final class ExponentialIntegral {
    private static final double EULER_GAMMA = 0.5772156649015329;
    /** Steps after which the continued fraction of E1 stands in f64, from 1 on. */
    private static final int FRACTION_STEPS = 100;
    /** Where the asymptotic series of Ei is as exact as f64. */
    private static final double FAR = 40;

    private ExponentialIntegral() {}

    /** E1. */
    static Tensor e1(Tensor x) {
        Tensor near = Lax.select(x.lessOrEqual(1), x, Lax.like(x, 1));
        Tensor small = series(near.negate()).plus(near.log()).plus(EULER_GAMMA).negate();
        Tensor far = Lax.select(x.greaterThan(1), x, Lax.like(x, 1));
        Tensor value = Lax.select(x.greaterThan(1), fraction(far), small);
        value = Lax.select(x.equalTo(0), Lax.like(x, Double.POSITIVE_INFINITY), value);
        value = Lax.select(x.equalTo(Double.POSITIVE_INFINITY), Lax.like(x, 0), value);
        return Lax.select(x.greaterOrEqual(0), value, Lax.like(x, Double.NaN));
    }

    /** Ei; below 0 it is -E1(-x). */
    static Tensor ei(Tensor x) {
        Tensor positive = x.greaterThan(0);
        Tensor near = Lax.select(positive.and(x.lessOrEqual(FAR)), x, Lax.like(x, 1));
        Tensor small = series(near).plus(near.log()).plus(EULER_GAMMA);
        Tensor far = Lax.select(x.greaterThan(FAR), x, Lax.like(x, FAR));
        Tensor value = Lax.select(x.greaterThan(FAR), asymptotic(far), small);
        Tensor below = e1(Lax.select(positive, Lax.like(x, 1), x.negate())).negate();
        return Lax.select(x.isNaN(), x, Lax.select(positive, value, below));
    }

    /** The sum of {@code x^k / (k k!)} over k = 1, 2, ... until no element grows any more. */
    private static Tensor series(Tensor x) {
        Tensor zero = Lax.like(x, 0);
        List<Tensor> found = Lax.whileLoop(
                state -> {
                    Tensor grows = state.get(1)
                            .dividedBy(state.get(0))
                            .abs()
                            .greaterThan(state.get(2).abs().times(x.dtype().epsilon() / 4));
                    return Lax.reduce(Reduction.OR, grows, Indices.range(grows.rank()));
                },
                state -> {
                    Tensor k = state.get(0);
                    Tensor power = state.get(1);
                    Tensor next = k.plus(1);
                    return List.of(
                            next,
                            power.times(state.get(3)).dividedBy(next),
                            state.get(2).plus(power.dividedBy(k)),
                            state.get(3));
                },
                List.of(Lax.scalar(x.dtype(), 1), x, zero, x));
        return found.get(2);
    }

    /** {@code exp(-x) / (x + 1 - 1 / (x + 3 - 4 / (x + 5 - ...)))}, from its end. */
    private static Tensor fraction(Tensor x) {
        List<Tensor> found = Lax.whileLoop(
                state -> state.get(0).greaterThan(0),
                state -> {
                    Tensor k = state.get(0);
                    Tensor rest = k.square().dividedBy(state.get(1));
                    return List.of(
                            k.minus(1), state.get(2).plus(k.times(2).minus(1)).minus(rest), state.get(2));
                },
                List.of(Lax.scalar(x.dtype(), FRACTION_STEPS), x.plus(2 * FRACTION_STEPS + 1), x));
        return x.negate().exp().dividedBy(found.get(1));
    }

    /** {@code exp(x) / x} times the sum of {@code k! / x^k} up to its smallest terms. */
    private static Tensor asymptotic(Tensor x) {
        Tensor inverse = x.reciprocal();
        Tensor sum = Lax.like(x, 1);
        for (int k = (int) FAR; k > 0; k--) {
            sum = sum.times(inverse).times(k).plus(1);
        }
        // As two factors, so that the quotient of infinities does not appear.
        return sum.times(inverse).times(x.times(0.5).exp()).times(x.times(0.5).exp());
    }
}
