package io.kiln.core;

import java.util.List;

/**
 * The regularized incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22), evaluated by the method of
 * Lentz, Thompson and Barnett; where that converges slowly, by the symmetry 1 - I_(1-x)(b, a). Operands a, b, x, of one f32
 * or f64.
 */
final class IncompleteBeta {
    private IncompleteBeta() {}

    /** The derivative with respect to x, the density of the beta distribution. */
    static Tensor density(Tensor a, Tensor b, Tensor x) {
        Tensor logBeta = Lax.lgamma(a).plus(Lax.lgamma(b)).minus(Lax.lgamma(a.plus(b)));
        return b.minus(1)
                .times(x.negate().log1p())
                .plus(a.minus(1).times(x.log()))
                .minus(logBeta)
                .exp();
    }

    /** The value; NaN outside of a, b of 0 or more and x from 0 to 1. */
    static Tensor value(List<Tensor> ins) {
        Tensor a = ins.get(0);
        Tensor b = ins.get(1);
        Tensor x = ins.get(2);
        Tensor left = a.equalTo(0).or(b.equalTo(Double.POSITIVE_INFINITY));
        Tensor right = b.equalTo(0).or(a.equalTo(Double.POSITIVE_INFINITY));
        Tensor atZero = x.equalTo(0);
        Tensor atOne = x.equalTo(1);
        Tensor isZero = right.and(atOne.not()).or(left.and(atZero));
        Tensor isOne = left.and(atZero.not()).or(right.and(atOne));
        Tensor outside = a.lessThan(0)
                .or(b.lessThan(0))
                .or(x.lessThan(0))
                .or(x.greaterThan(1))
                .or(left.and(right))
                .or(isNaN(a))
                .or(isNaN(b))
                .or(isNaN(x));

        Tensor rapid = x.lessThan(a.plus(1).dividedBy(a.plus(b).plus(2)));
        Tensor p = Lax.select(rapid, a, b);
        Tensor q = Lax.select(rapid, b, a);
        Tensor at = Lax.select(rapid, x, Lax.like(x, 1).minus(x));
        Tensor part = fraction(p, q, at).times(factor(p, q, at));
        Tensor result = Lax.select(rapid, part, Lax.like(part, 1).minus(part));
        result = Lax.select(isZero, Lax.like(a, 0), result);
        result = Lax.select(isOne, Lax.like(a, 1), result);
        return Lax.select(outside, Lax.like(a, Double.NaN), result);
    }

    private static Tensor isNaN(Tensor x) {
        return x.notEqualTo(x);
    }

    /** {@code x^a (1 - x)^b / (a B(a, b))}. */
    private static Tensor factor(Tensor a, Tensor b, Tensor x) {
        Tensor tail = x.negate().log1p().times(b);
        Tensor ratio = Lax.lgamma(b).minus(Lax.lgamma(a.plus(b)));
        // a gamma(a) tends to 1 as a tends to 0, where 1 / a would overflow.
        Tensor regular = x.log()
                .times(a)
                .plus(tail)
                .minus(Lax.lgamma(a).plus(ratio))
                .exp()
                .dividedBy(a);
        Tensor small = a.lessThan(2 * a.dtype().smallestNormal());
        return Lax.select(small, tail.minus(ratio).exp(), regular);
    }

    /** The continued fraction whose numerators are 1 and the terms of {@link #numerator}, all denominators 1. */
    private static Tensor fraction(Tensor a, Tensor b, Tensor x) {
        int steps = x.dtype() == DType.F32 ? 200 : 600;
        double small = x.dtype().epsilon() / 2;
        // The denominator before the first is 0, which the method replaces by a small number.
        Tensor h = Lax.like(x, small);
        List<Tensor> init = List.of(Tensor.scalar(1), Tensor.scalar(true), h, Lax.like(x, 0), h, a, b, x);
        List<Tensor> found = Lax.whileLoop(
                state -> state.get(0).lessThan(steps).and(state.get(1)), state -> next(state, small), init);
        return found.get(4);
    }

    /** State: the step, whether it goes on, c, d, the value, a, b, x. */
    private static List<Tensor> next(List<Tensor> state, double small) {
        Tensor step = state.get(0);
        Tensor a = state.get(5);
        Tensor b = state.get(6);
        Tensor x = state.get(7);
        Tensor numerator = numerator(step, a, b, x);
        Tensor c = atLeast(small, Lax.like(x, 1).plus(numerator.dividedBy(state.get(2))));
        Tensor d = atLeast(small, Lax.like(x, 1).plus(numerator.times(state.get(3))))
                .reciprocal();
        Tensor delta = c.times(d);
        Tensor open = delta.minus(1).abs().greaterOrEqual(small);
        return List.of(
                step.plus(1),
                Lax.reduce(Reduction.OR, open, Indices.range(open.rank())),
                c,
                d,
                state.get(4).times(delta),
                a,
                b,
                x);
    }

    private static Tensor atLeast(double small, Tensor x) {
        return Lax.select(x.abs().lessThan(small), Lax.like(x, small), x);
    }

    /** The numerator of a step from 1 on: 1, then {@code -(a+m)(a+b+m)x / ((a+2m)(a+2m+1))} and {@code m(b-m)x / ((a+2m-1)(a+2m))}. */
    private static Tensor numerator(Tensor step, Tensor a, Tensor b, Tensor x) {
        Tensor half = step.minus(1).dividedBy(2);
        Tensor m = half.convert(x.dtype()).broadcastTo(dims(x));
        Tensor even = step.and(1).equalTo(0).broadcastTo(dims(x));
        Tensor first = step.equalTo(1).broadcastTo(dims(x));
        Tensor a2m = a.plus(m.times(2));
        // At m = 0 the factor a cancels; as a quotient it would be lost where a is small.
        Tensor start = a.plus(b).negate().times(x).dividedBy(a.plus(1));
        Tensor later = a.plus(m).negate().times(a.plus(b).plus(m)).times(x).dividedBy(a2m.times(a2m.plus(1)));
        Tensor evens = Lax.select(m.equalTo(0), start, later);
        Tensor odds = m.times(b.minus(m)).times(x).dividedBy(a2m.minus(1).times(a2m));
        return Lax.select(first, Lax.like(x, 1), Lax.select(even, evens, odds));
    }

    private static int[] dims(Tensor x) {
        return x.shape().stream().mapToInt(d -> d).toArray();
    }
}
