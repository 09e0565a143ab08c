package io.kiln.random;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import java.util.Arrays;
import java.util.List;

/**
 * Distributions drawn by trying until a try is accepted, and those made of them: the third part of {@link Random}. They
 * have no derivative with respect to their parameters.
 */
abstract sealed class Rejection extends Distributions permits Random {
    Rejection() {}

    /**
     * Floats of the gamma distribution of shape {@code a} and scale 1, by Marsaglia and Tsang, "A simple method for
     * generating gamma variables" (2000).
     */
    public static Tensor gamma(Key key, Tensor a, int... dims) {
        return gammas(key, a, false, dims);
    }

    /** Logarithms of {@link #gamma}, exact also where those are too small for the dtype. */
    public static Tensor loggamma(Key key, Tensor a, int... dims) {
        return gammas(key, a, true, dims);
    }

    private static Tensor gammas(Key key, Tensor a, boolean logarithms, int... dims) {
        requireFloat("gamma", a.dtype());
        int[] result = shape(dims, a);
        Tensor alphas = a.broadcastTo(result).reshape(-1);
        Tensor keys = key.splitData(alphas.dim(0));
        return Jit.vmap((Tensor data, Tensor alpha) -> gammaOne(Key.wrap(data), alpha, logarithms), 0, 0)
                .apply(keys, alphas)
                .reshape(result);
    }

    /** A try: the key of the next one, the square of a normal number, the candidate's cube and a uniform number. */
    private record Try(Tensor key, Tensor x, Tensor v, Tensor u) {}

    private record Candidate(Tensor key, Tensor x, Tensor v) {}

    private static Tensor gammaOne(Key key, Tensor alpha, boolean logarithms) {
        DType dtype = alpha.dtype();
        Tensor zero = Tensor.scalar(dtype, 0);
        Tensor one = Tensor.scalar(dtype, 1);
        // Below 1 the shape is raised by 1, and the result scaled by a power of a uniform number.
        Tensor large = alpha.greaterOrEqual(1);
        Tensor d = Tensor.where(large, alpha, alpha.plus(1)).minus(1.0 / 3);
        Tensor c = Tensor.scalar(dtype, 1.0 / 3).dividedBy(d.sqrt());
        List<Key> keys = key.split(2);
        Tensor v = Control.whileLoop(
                        new Try(keys.get(0).data(), zero, one, Tensor.scalar(dtype, 2)),
                        t -> rejected(t, d),
                        t -> attempt(Key.wrap(t.key()), c, dtype))
                .v();
        if (logarithms) {
            Tensor sample = exponential(keys.get(1), dtype).negate();
            Tensor boost = Tensor.where(large.or(sample.equalTo(0)), zero, sample.times(one.dividedBy(alpha)));
            return d.log().plus(v.log()).plus(boost);
        }
        Tensor sample = uniform(keys.get(1), dtype).negate().plus(1);
        Tensor boost = Tensor.where(large, one, sample.pow(one.dividedBy(alpha)));
        return d.times(v).times(boost);
    }

    private static Tensor rejected(Try t, Tensor d) {
        Tensor squeeze = t.x().square().times(0.0331).negate().plus(1);
        Tensor bound = t.x().times(0.5).plus(d.times(t.v().negate().plus(1).plus(t.v().log())));
        return t.u().greaterOrEqual(squeeze).and(t.u().log().greaterOrEqual(bound));
    }

    private static Try attempt(Key key, Tensor c, DType dtype) {
        List<Key> keys = key.split(3);
        Candidate positive = Control.whileLoop(
                new Candidate(keys.get(1).data(), Tensor.scalar(dtype, 0), Tensor.scalar(dtype, -1)),
                k -> k.v().lessOrEqual(0),
                k -> {
                    List<Key> next = Key.wrap(k.key()).split(2);
                    Tensor x = normal(next.get(1), dtype);
                    return new Candidate(next.get(0).data(), x, x.times(c).plus(1));
                });
        Tensor v = positive.v();
        Tensor u = uniform(keys.get(2), dtype);
        return new Try(keys.get(0).data(), positive.x().square(), v.times(v).times(v), u);
    }

    /** Floats between 0 and 1 of the beta distribution. */
    public static Tensor beta(Key key, Tensor a, Tensor b, int... dims) {
        int[] result = shape(dims, a, b);
        List<Key> keys = key.split(2);
        Tensor logA = loggamma(keys.get(0), a, result);
        Tensor logB = loggamma(keys.get(1), b, result);
        Tensor largest = logA.maximum(logB);
        Tensor gammaA = logA.minus(largest).exp();
        Tensor gammaB = logB.minus(largest).exp();
        return gammaA.dividedBy(gammaA.plus(gammaB));
    }

    /** Vectors of sum 1 of the Dirichlet distribution, along the last axis of {@code alpha}, after {@code dims}. */
    public static Tensor dirichlet(Key key, Tensor alpha, int... dims) {
        if (alpha.rank() < 1) {
            throw TraceErrors.operands("dirichlet", "alpha must have an axis", List.of(alpha.aval()));
        }
        int[] result = dims;
        if (dims.length > 0) {
            result = Arrays.copyOf(dims, dims.length + 1);
            result[dims.length] = alpha.dim(-1);
        }
        Tensor logs = loggamma(key, alpha, result);
        Tensor shares = logs.minus(logs.max(-1).expandDims(-1)).exp();
        return shares.dividedBy(shares.sum(-1).expandDims(-1));
    }

    /** Floats of Student's t distribution with {@code df} degrees of freedom. */
    public static Tensor t(Key key, Tensor df, int... dims) {
        int[] result = shape(dims, df);
        List<Key> keys = key.split(2);
        Tensor half = df.dividedBy(2);
        Tensor g = gamma(keys.get(1), half, result);
        return normal(keys.get(0), df.dtype(), result).times(half.dividedBy(g).sqrt());
    }

    /** Floats of the chi-square distribution with {@code df} degrees of freedom. */
    public static Tensor chisquare(Key key, Tensor df, int... dims) {
        return loggamma(key, df.dividedBy(2), dims).exp().times(2);
    }

    /** Floats of the F distribution: a quotient of chi-square numbers by their degrees of freedom. */
    public static Tensor f(Key key, Tensor numerator, Tensor denominator, int... dims) {
        int[] result = shape(dims, numerator, denominator);
        List<Key> keys = key.split(2);
        Tensor above = chisquare(keys.get(1), numerator, result).dividedBy(numerator);
        return above.dividedBy(chisquare(keys.get(0), denominator, result).dividedBy(denominator));
    }

    /** Floats of density proportional to {@code exp(-|x|^p)}. */
    public static Tensor generalizedNormal(Key key, DType dtype, double p, int... dims) {
        List<Key> keys = key.split(2);
        Tensor g = gamma(keys.get(0), Tensor.scalar(dtype, 1 / p), dims);
        return rademacher(keys.get(1), dtype, dims).times(g.pow(1 / p));
    }

    /** Points uniform in the unit ball of the p-norm in {@code dimensions} dimensions, along a new last axis. */
    public static Tensor ball(Key key, DType dtype, int dimensions, double p, int... dims) {
        List<Key> keys = key.split(2);
        int[] wide = Arrays.copyOf(dims, dims.length + 1);
        wide[dims.length] = dimensions;
        Tensor g = generalizedNormal(keys.get(0), dtype, p, wide);
        Tensor e = exponential(keys.get(1), dtype, dims);
        Tensor norm = g.abs().pow(p).sum(-1).plus(e).pow(1 / p);
        return g.dividedBy(norm.expandDims(-1));
    }

    /**
     * Counts of the Poisson distribution of this mean as integers of {@code dtype}: by Knuth's product of uniform numbers
     * below a mean of 10, else by Hörmann's transformed rejection, "The transformed rejection method for generating
     * Poisson random variables" (1993).
     */
    public static Tensor poisson(Key key, DType dtype, Tensor mean, int... dims) {
        Tensor lambda = mean.toF32().broadcastTo(shape(dims, mean));
        Tensor small = lambda.isNaN().or(lambda.lessThan(10));
        Tensor byProduct = knuth(key, dtype, Tensor.where(small, lambda, Lax.like(lambda, 0)));
        Tensor byRejection = poissonRejection(key, Tensor.where(small, Lax.like(lambda, 1e5), lambda));
        Tensor counts = Tensor.where(small, byProduct, byRejection.convert(dtype));
        return Tensor.where(lambda.equalTo(0), Lax.like(counts, 0), counts);
    }

    private static Tensor knuth(Key key, DType dtype, Tensor lambda) {
        int[] dims = lambda.shape().stream().mapToInt(Integer::intValue).toArray();
        Tensor end = lambda.negate();
        Waits waits = Control.whileLoop(
                new Waits(Lax.full(lambda.aval().withDType(dtype), 0), Lax.like(lambda, 0), key.data()),
                w -> w.sum().greaterThan(end).any(),
                w -> {
                    List<Key> keys = Key.wrap(w.key()).split(2);
                    Tensor more =
                            Tensor.where(w.sum().greaterThan(end), w.count().plus(1), w.count());
                    Tensor u = uniform(keys.get(1), DType.F32, dims);
                    return new Waits(more, w.sum().plus(u.log()), keys.get(0).data());
                });
        return waits.count().minus(1);
    }

    private static Tensor poissonRejection(Key key, Tensor lambda) {
        int[] dims = lambda.shape().stream().mapToInt(Integer::intValue).toArray();
        DType dtype = lambda.dtype();
        Tensor logLambda = lambda.log();
        Tensor b = lambda.sqrt().times(2.53).plus(0.931);
        Tensor a = b.times(0.02483).plus(-0.059);
        Tensor inverseAlpha =
                Tensor.scalar(dtype, 1.1328).dividedBy(b.minus(3.4)).plus(1.1239);
        Tensor vr = Tensor.scalar(dtype, 3.6224).dividedBy(b.minus(2)).negate().plus(0.9277);
        Accepted end = Control.whileLoop(
                new Accepted(Lax.like(lambda, -1), lambda.isNaN(), key.data()),
                s -> s.done().not().any(),
                s -> {
                    List<Key> keys = Key.wrap(s.key()).split(3);
                    Tensor u = uniform(keys.get(1), dtype, dims).minus(0.5);
                    Tensor v = uniform(keys.get(2), dtype, dims);
                    Tensor us = u.abs().negate().plus(0.5);
                    Tensor k = a.times(2)
                            .dividedBy(us)
                            .plus(b)
                            .times(u)
                            .plus(lambda)
                            .plus(0.43)
                            .floor();
                    Tensor logV = v.times(inverseAlpha)
                            .dividedBy(a.dividedBy(us.times(us)).plus(b))
                            .log();
                    Tensor bound =
                            k.times(logLambda).minus(lambda).minus(k.plus(1).lgamma());
                    Tensor early = us.greaterOrEqual(0.07).and(v.lessOrEqual(vr));
                    Tensor outside = k.lessThan(0).or(us.lessThan(0.013).and(v.greaterThan(us)));
                    Tensor accepted = early.or(outside.not().and(logV.lessOrEqual(bound)));
                    Tensor value = Tensor.where(accepted, k, s.value());
                    return new Accepted(
                            value, s.done().or(accepted), keys.get(0).data());
                });
        return end.value();
    }

    /** Geometric waits so far: how many, their sum, and the key of the next one. */
    private record Waits(Tensor count, Tensor sum, Tensor key) {}

    /** The accepted values, which they are, and the key of the next tries. */
    private record Accepted(Tensor value, Tensor done, Tensor key) {}

    /**
     * How many of {@code n} trials of probability {@code p} succeed, as floats of the dtype of p: by counting geometric
     * waits where few are expected, else by Hörmann's transformed rejection, "The generation of binomial random
     * variates" (1993). NaN where n or p has no meaning.
     */
    public static Tensor binomial(Key key, Tensor n, Tensor p, int... dims) {
        requireFloat("binomial", p.dtype());
        int[] result = shape(dims, n, p);
        Tensor given = n.convert(p.dtype()).broadcastTo(result);
        Tensor prob = p.broadcastTo(result);
        Tensor rare = prob.lessThan(0.5);
        Tensor q = Tensor.where(rare, prob, prob.negate().plus(1));
        Tensor noCount = given.notEqualTo(given).or(given.lessThan(0));
        Tensor infinite = given.equalTo(Double.POSITIVE_INFINITY);
        Tensor noProbability = q.notEqualTo(q);
        Tensor invalid = noProbability.or(q.lessThan(0));
        q = Tensor.where(invalid, Lax.like(q, 0.01), q);
        Tensor few = noCount.or(given.times(q).lessOrEqual(10));
        Tensor count = given.floor();
        Tensor byWaits = inversion(key, Tensor.where(few, count, Lax.like(count, 0)), q);
        Tensor byRejection = transformed(
                key, Tensor.where(few, Lax.like(count, 10000), count), Tensor.where(few, Lax.like(q, 0.5), q));
        Tensor samples = Tensor.where(few, byWaits, byRejection);
        Tensor meaningless = invalid.or(noCount);
        samples = Tensor.where(meaningless, Lax.like(samples, Double.NaN), samples);
        Tensor endless = infinite.and(meaningless.not());
        samples = Tensor.where(endless, Lax.like(samples, Double.POSITIVE_INFINITY), samples);
        return Tensor.where(rare.or(noCount).or(noProbability).or(infinite), samples, count.minus(samples));
    }

    private static Tensor inversion(Key key, Tensor count, Tensor p) {
        int[] dims = p.shape().stream().mapToInt(Integer::intValue).toArray();
        Tensor logFailure = p.negate().log1p();
        Tensor zeros = Lax.like(p, 0);
        Waits end = Control.whileLoop(
                new Waits(zeros, zeros, key.data()),
                g -> g.sum().lessOrEqual(count).any(),
                g -> {
                    List<Key> keys = Key.wrap(g.key()).split(2);
                    Tensor more =
                            Tensor.where(g.sum().lessOrEqual(count), g.count().plus(1), g.count());
                    Tensor u = uniform(keys.get(0), p.dtype(), dims);
                    Tensor wait = u.log().dividedBy(logFailure).ceil();
                    return new Waits(more, g.sum().plus(wait), keys.get(1).data());
                });
        return end.count().minus(1);
    }

    private static Tensor transformed(Key key, Tensor n, Tensor p) {
        int[] dims = p.shape().stream().mapToInt(Integer::intValue).toArray();
        Tensor deviation = n.times(p).times(p.negate().plus(1)).sqrt();
        Tensor b = deviation.times(2.53).plus(1.15);
        Tensor a = b.times(0.0248).plus(-0.0873).plus(p.times(0.01));
        Tensor c = n.times(p).plus(0.5);
        Tensor vr = b.reciprocal().times(-4.2).plus(0.92);
        Tensor r = p.dividedBy(p.negate().plus(1));
        Tensor alpha = b.reciprocal().times(5.1).plus(2.83).times(deviation);
        Tensor m = n.plus(1).times(p).floor();
        Accepted end = Control.whileLoop(
                new Accepted(Lax.like(p, -1), p.notEqualTo(p), key.data()),
                s -> s.done().not().any(),
                s -> {
                    List<Key> keys = Key.wrap(s.key()).split(3);
                    Tensor u = uniform(keys.get(1), p.dtype(), dims).minus(0.5);
                    Tensor v = uniform(keys.get(2), p.dtype(), dims);
                    Tensor us = u.abs().negate().plus(0.5);
                    Tensor early = us.greaterOrEqual(0.07).and(v.lessOrEqual(vr));
                    Tensor k = a.times(2).dividedBy(us).plus(b).times(u).plus(c).floor();
                    Tensor outside = k.lessThan(0).or(k.greaterThan(n));
                    Tensor logV = v.times(alpha)
                            .dividedBy(a.dividedBy(us.times(us)).plus(b))
                            .log();
                    Tensor late = logV.lessOrEqual(ratio(n, m, k, r));
                    Tensor accepted = early.or(outside.not().and(late));
                    Tensor value = Tensor.where(accepted, k, s.value());
                    return new Accepted(
                            value, s.done().or(accepted), keys.get(0).data());
                });
        return end.value();
    }

    /** The logarithm of the binomial probability of k by that of its mode m. */
    private static Tensor ratio(Tensor n, Tensor m, Tensor k, Tensor r) {
        Tensor nm = n.minus(m).plus(1);
        Tensor nk = n.minus(k).plus(1);
        return m.plus(0.5)
                .times(m.plus(1).dividedBy(r.times(nm)).log())
                .plus(n.plus(1).times(nm.dividedBy(nk).log()))
                .plus(k.plus(0.5).times(r.times(nk).dividedBy(k.plus(1)).log()))
                .plus(stirlingTail(m))
                .plus(stirlingTail(n.minus(m)))
                .minus(stirlingTail(k))
                .minus(stirlingTail(n.minus(k)));
    }

    /** What Stirling's formula lacks of the logarithm of k factorial, from a table below 10. */
    private static Tensor stirlingTail(Tensor k) {
        Tensor table = Tensor.of(
                k.dtype(),
                0.0810614667953272,
                0.0413406959554092,
                0.0276779256849983,
                0.02079067210376509,
                0.0166446911898211,
                0.0138761288230707,
                0.0118967099458917,
                0.010411265261972,
                0.00925546218271273,
                0.00833056343336287);
        Tensor within = k.clamp(0, 9);
        Tensor square = within.plus(1).times(within.plus(1));
        Tensor inner = square.reciprocal().times(-1.0 / 1260).plus(1.0 / 360);
        Tensor series = inner.dividedBy(square).negate().plus(1.0 / 12).dividedBy(within.plus(1));
        return Tensor.where(k.lessOrEqual(9), table.take(within.floor().toI32(), 0), series);
    }
}
