package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The regularized incomplete gamma functions P(a, x) and Q(a, x) and their derivatives with respect to a: a power series
 * where x is small, a continued fraction elsewhere, as in Moshier's Cephes library; the derivatives are those of the
 * recurrences, term by term. Operands a, x, of one f32 or f64.
 */
final class IncompleteGamma {
    private static final int MOST_STEPS = 2000;

    /** What of the sums is wanted. */
    private enum Part {
        /** The value. */
        VALUE,
        /** The derivative with respect to a. */
        BY_SHAPE,
        /** The derivative with respect to a of the x at which the value stays: that of a sample. */
        SAMPLE_BY_SHAPE
    }

    private IncompleteGamma() {}

    /** The derivative of P with respect to x, the density of the gamma distribution. */
    static Tensor density(Tensor a, Tensor x) {
        return x.negate().plus(a.minus(1).times(x.log())).minus(Lax.lgamma(a)).exp();
    }

    private static Tensor isNaN(Tensor x) {
        return x.notEqualTo(x);
    }

    private static Tensor or(Tensor first, Tensor... others) {
        Tensor any = first;
        for (Tensor other : others) {
            any = any.or(other);
        }
        return any;
    }

    /** The logarithm of {@code x^a exp(-x) / gamma(a)}. */
    private static Tensor logFactor(Tensor a, Tensor x) {
        return a.times(x.log()).minus(x).minus(Lax.lgamma(a));
    }

    private static Tensor underflows(Tensor logFactor) {
        return logFactor.lessThan(-Math.log(logFactor.dtype().largest()));
    }

    private static Tensor outside(Tensor a, Tensor x) {
        return or(x.lessThan(0), a.lessThan(0), a.equalTo(0).and(x.equalTo(0)), or(isNaN(a), isNaN(x)));
    }

    /** P(a, x). */
    static Tensor lower(List<Tensor> ins) {
        Tensor a = ins.get(0);
        Tensor x = ins.get(1);
        Tensor outside = outside(a, x);
        Tensor zero = x.equalTo(0);
        Tensor infinite = x.equalTo(Double.POSITIVE_INFINITY);
        Tensor far = x.greaterOrEqual(1).and(x.greaterThan(a));
        Tensor log = logFactor(a, x);
        Tensor regular = or(zero, outside, underflows(log), infinite).not();
        Tensor factor = log.exp();
        Tensor upper = fraction(factor, x, a, regular.and(far), Part.VALUE);
        Tensor series = series(factor, x, a, regular.and(far.not()), Part.VALUE);
        Tensor value = Lax.select(far, Lax.like(a, 1).minus(upper), series);
        value = Lax.select(zero, Lax.like(a, 0), value);
        value = Lax.select(infinite, Lax.like(a, 1), value);
        return Lax.select(outside, Lax.like(a, Double.NaN), value);
    }

    /** Q(a, x). */
    static Tensor upper(List<Tensor> ins) {
        Tensor a = ins.get(0);
        Tensor x = ins.get(1);
        Tensor outside = outside(a, x);
        Tensor none = x.equalTo(Double.POSITIVE_INFINITY).or(a.equalTo(0));
        Tensor near = x.lessThan(1).or(x.lessThan(a));
        Tensor log = logFactor(a, x);
        Tensor regular = or(outside, underflows(log), none).not();
        Tensor factor = log.exp();
        Tensor lower = series(factor, x, a, regular.and(near), Part.VALUE);
        Tensor fraction = fraction(factor, x, a, regular.and(near.not()), Part.VALUE);
        Tensor value = Lax.select(near, Lax.like(a, 1).minus(lower), fraction);
        value = Lax.select(none, Lax.like(a, 0), value);
        return Lax.select(outside, Lax.like(a, Double.NaN), value);
    }

    /** The derivative of P with respect to a. */
    static Tensor lowerByShape(List<Tensor> ins) {
        return byShape(ins.get(0), ins.get(1), Part.BY_SHAPE);
    }

    /** The derivative of a sample x with respect to its shape a. */
    static Tensor sampleByShape(List<Tensor> ins) {
        return byShape(ins.get(0), ins.get(1), Part.SAMPLE_BY_SHAPE);
    }

    private static Tensor byShape(Tensor a, Tensor x, Part part) {
        Tensor outside = or(x.lessThan(0), a.lessOrEqual(0), isNaN(a), isNaN(x));
        Tensor zero = x.equalTo(0);
        Tensor far = x.greaterThan(1).and(x.greaterThan(a));
        Tensor log = logFactor(a, x);
        Tensor regular = or(zero, outside, underflows(log)).not();
        Tensor factor = log.exp();
        Tensor value = Lax.select(
                far,
                fraction(factor, x, a, regular.and(far), part).negate(),
                series(factor, x, a, regular.and(far.not()), part));
        value = Lax.select(zero, Lax.like(a, 0), value);
        return Lax.select(outside, Lax.like(a, Double.NaN), value);
    }

    /** The new values of the elements that are still {@code active}, the old ones of the others. */
    private static List<Tensor> advance(Tensor active, List<Tensor> from, List<Tensor> to) {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < from.size(); i++) {
            out.add(Lax.select(active, to.get(i), from.get(i)));
        }
        return out;
    }

    private static Tensor any(Tensor flags) {
        return Lax.reduce(Reduction.OR, flags, Indices.range(flags.rank()));
    }

    /** The sum of {@code x^n / ((a + 1) ... (a + n))} over n = 0, 1, ..., times {@code factor / a}. */
    private static Tensor series(Tensor factor, Tensor x, Tensor a, Tensor active, Part part) {
        Tensor one = Lax.like(a, 1);
        Tensor zero = Lax.like(a, 0);
        List<Tensor> init = new ArrayList<>(List.of(active, x, a, one, one));
        if (part != Part.VALUE) {
            init.addAll(List.of(zero, zero));
        }
        List<Tensor> found = Lax.whileLoop(state -> any(state.get(0)), state -> nextOfSeries(state, part), init);
        Tensor sum = found.get(4);
        if (part == Part.VALUE) {
            return sum.times(factor).dividedBy(a);
        }
        Tensor slope = sum.times(x.log().minus(Lax.digamma(a.plus(1)))).plus(found.get(6));
        return part == Part.BY_SHAPE
                ? factor.times(slope).dividedBy(a)
                : slope.negate().times(x).dividedBy(a);
    }

    /** State: active, x, a + n, the last term, the sum; for derivatives also those of the last two. */
    private static List<Tensor> nextOfSeries(List<Tensor> state, Part part) {
        Tensor active = state.get(0);
        Tensor x = state.get(1);
        List<Tensor> old = state.subList(2, state.size());
        Tensor r = old.get(0).plus(1);
        Tensor ratio = x.dividedBy(r);
        Tensor term = old.get(1).times(ratio);
        Tensor sum = old.get(2).plus(term);
        List<Tensor> next = new ArrayList<>(List.of(r, term, sum));
        Tensor change = term.dividedBy(sum);
        if (part != Part.VALUE) {
            Tensor slope = old.get(3).times(ratio).minus(old.get(1).times(x).dividedBy(r.times(r)));
            Tensor slopes = old.get(4).plus(slope);
            next.addAll(List.of(slope, slopes));
            change = slope.dividedBy(slopes).abs();
        }
        List<Tensor> out =
                new ArrayList<>(List.of(active.and(change.greaterThan(x.dtype().epsilon())), x));
        out.addAll(advance(active, old, next));
        return out;
    }

    /** {@code factor} times the continued fraction of Q, by the recurrence of its numerators and denominators. */
    private static Tensor fraction(Tensor factor, Tensor x, Tensor a, Tensor active, Part part) {
        Tensor one = Lax.like(a, 1);
        Tensor zero = Lax.like(a, 0);
        Tensor y = one.minus(a);
        Tensor z = x.plus(y).plus(1);
        Tensor p = x.plus(1);
        Tensor q = z.times(x);
        Tensor value = p.dividedBy(q);
        List<Tensor> init = new ArrayList<>(List.of(active, Lax.scalar(x.dtype(), 0), value, y, z, p, q, one, x));
        if (part != Part.VALUE) {
            Tensor slope = value.times(x).dividedBy(q);
            init.addAll(List.of(slope, zero, x.negate(), zero, zero));
        }
        List<Tensor> found = Lax.whileLoop(
                state -> state.get(1).lessThan(MOST_STEPS).and(any(state.get(0))),
                state -> nextOfFraction(state, part),
                init);
        Tensor sum = found.get(2);
        if (part == Part.VALUE) {
            return sum.times(factor);
        }
        Tensor slope = sum.times(x.log().minus(Lax.digamma(a))).plus(found.get(9));
        return part == Part.BY_SHAPE ? factor.times(slope) : slope.times(x).negate();
    }

    /**
     * State: active, the step, the value, y, z, the last numerator and denominator, those before; for derivatives also
     * that of the value and those of the four.
     */
    private static List<Tensor> nextOfFraction(List<Tensor> state, Part part) {
        Tensor active = state.get(0);
        Tensor step = state.get(1).plus(1);
        List<Tensor> old = state.subList(2, state.size());
        double epsilon = step.dtype().epsilon();
        Tensor y = old.get(1).plus(1);
        Tensor z = old.get(2).plus(2);
        Tensor yc = y.times(step);
        Tensor p1 = old.get(3);
        Tensor q1 = old.get(4);
        Tensor p2 = old.get(5);
        Tensor q2 = old.get(6);
        Tensor p = p1.times(z).minus(p2.times(yc));
        Tensor q = q1.times(z).minus(q2.times(yc));
        Tensor divides = q.notEqualTo(0);
        Tensor ratio = p.dividedBy(q);
        Tensor value = Lax.select(divides, ratio, old.get(0));
        Tensor change = old.get(0).minus(ratio).dividedBy(ratio).abs();
        // Numerators and denominators grow; only their ratio counts.
        Tensor large = p.abs().greaterThan(1 / epsilon);
        List<Tensor> next = new ArrayList<>(List.of(value, y, z));
        next.addAll(scaled(large, epsilon, p, q, p1, q1));
        if (part != Part.VALUE) {
            Tensor dp1 = old.get(8);
            Tensor dq1 = old.get(9);
            Tensor dp = dp1.times(z).minus(p1).minus(old.get(10).times(yc)).plus(p2.times(step));
            Tensor dq = dq1.times(z).minus(q1).minus(old.get(11).times(yc)).plus(q2.times(step));
            Tensor slope = Lax.select(divides, dp.minus(value.times(dq)).dividedBy(q), old.get(7));
            change = slope.minus(old.get(7)).abs();
            next.add(slope);
            next.addAll(scaled(large, epsilon, dp, dq, dp1, dq1));
        }
        Tensor open = Lax.select(divides, change, Lax.like(change, 1)).greaterThan(epsilon);
        List<Tensor> out = new ArrayList<>(List.of(active.and(open), step));
        out.addAll(advance(active, old, next));
        return out;
    }

    private static List<Tensor> scaled(Tensor where, double by, Tensor... values) {
        return Stream.of(values).map(v -> Lax.select(where, v.times(by), v)).toList();
    }
}
