package io.kiln.random;

import io.kiln.core.Cholesky;
import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import io.kiln.numpy.Np;
import java.util.Arrays;
import java.util.List;

/**
 * Distributions whose numbers are functions of uniform and normal ones: the second part of {@link Random}. Parameters
 * broadcast to the result, whose dtype is theirs; without dimensions it has their shape.
 */
abstract sealed class Distributions extends Draws permits Rejection {
    Distributions() {}

    /** Floats of the standard exponential distribution. */
    public static Tensor exponential(Key key, DType dtype, int... dims) {
        requireFloat("exponential", dtype);
        return uniform(key, dtype, dims).negate().log1p().negate();
    }

    /** Floats of the standard Gumbel distribution. */
    public static Tensor gumbel(Key key, DType dtype, int... dims) {
        requireFloat("gumbel", dtype);
        Tensor u = uniformBetween(key, dtype, dtype.smallestNormal(), 1, dims);
        return u.log().negate().log().negate();
    }

    /** Floats of the standard Laplace distribution. */
    public static Tensor laplace(Key key, DType dtype, int... dims) {
        requireFloat("laplace", dtype);
        Tensor u = uniformBetween(key, dtype, -1 + dtype.epsilon() / 2, 1, dims);
        return u.sign().times(u.abs().negate().log1p());
    }

    /** Floats of the standard logistic distribution. */
    public static Tensor logistic(Key key, DType dtype, int... dims) {
        requireFloat("logistic", dtype);
        Tensor u = uniformBetween(key, dtype, dtype.smallestNormal(), 1, dims);
        return u.log().minus(u.negate().log1p());
    }

    /** Floats of the standard Cauchy distribution. */
    public static Tensor cauchy(Key key, DType dtype, int... dims) {
        requireFloat("cauchy", dtype);
        Tensor u = uniformBetween(key, dtype, dtype.epsilon(), 1, dims);
        return u.minus(0.5).times(Math.PI).tan();
    }

    /** Lengths of normal vectors of three dimensions: floats of the Maxwell distribution. */
    public static Tensor maxwell(Key key, DType dtype, int... dims) {
        requireFloat("maxwell", dtype);
        int[] wide = Arrays.copyOf(dims, dims.length + 1);
        wide[dims.length] = 3;
        return normal(key, dtype, wide).square().sum(-1).sqrt();
    }

    /** Floats of the Maxwell distribution with a random sign, times {@code scale}, around {@code location}. */
    public static Tensor doubleSidedMaxwell(Key key, Tensor location, Tensor scale, int... dims) {
        List<Key> keys = key.split(2);
        int[] result = shape(dims, location, scale);
        Tensor lengths = maxwell(keys.get(0), location.dtype(), result);
        Tensor signs = rademacher(keys.get(1), location.dtype(), result);
        return signs.times(lengths).times(scale).plus(location);
    }

    /** Floats of the Pareto distribution from 1 on, of shape {@code b}. */
    public static Tensor pareto(Key key, Tensor b, int... dims) {
        return exponential(key, b.dtype(), shape(dims, b)).dividedBy(b).exp();
    }

    /** Floats of the Rayleigh distribution. */
    public static Tensor rayleigh(Key key, Tensor scale, int... dims) {
        requireFloat("rayleigh", scale.dtype());
        Tensor u = uniform(key, scale.dtype(), shape(dims, scale));
        return u.log().times(-2).sqrt().times(scale);
    }

    /** Floats of the Weibull distribution. */
    public static Tensor weibullMin(Key key, Tensor scale, Tensor concentration, int... dims) {
        requireFloat("weibullMin", scale.dtype());
        Tensor u = uniform(key, scale.dtype(), shape(dims, scale, concentration));
        return u.negate().log1p().negate().pow(concentration.reciprocal()).times(scale);
    }

    /** Floats whose logarithms are normal, of standard deviation {@code sigma}. */
    public static Tensor lognormal(Key key, Tensor sigma, int... dims) {
        return normal(key, sigma.dtype(), shape(dims, sigma)).times(sigma).exp();
    }

    /** Floats of the Wald (inverse Gaussian) distribution of shape 1. */
    public static Tensor wald(Key key, Tensor mean, int... dims) {
        requireFloat("wald", mean.dtype());
        List<Key> keys = key.split(2);
        int[] result = shape(dims, mean);
        Tensor mu = mean.broadcastTo(result);
        Tensor y = normal(keys.get(0), mean.dtype(), result).square();
        Tensor z = uniform(keys.get(1), mean.dtype(), result);
        Tensor root = mu.times(4).times(y).plus(mu.square().times(y.square())).sqrt();
        Tensor x =
                mu.plus(mu.square().times(y).dividedBy(2)).minus(mu.dividedBy(2).times(root));
        return Tensor.where(
                z.lessOrEqual(mu.dividedBy(mu.plus(x))), x, mu.square().dividedBy(x));
    }

    /** How many trials of probability {@code p} it takes to succeed, as integers of {@code dtype}. */
    public static Tensor geometric(Key key, DType dtype, Tensor p, int... dims) {
        requireFloat("geometric", p.dtype());
        Tensor u = uniform(key, p.dtype(), shape(dims, p));
        Tensor positive = Tensor.where(u.equalTo(0), Lax.like(u, 1), u);
        return positive.log().dividedBy(p.negate().log1p()).floor().plus(1).convert(dtype);
    }

    /** Floats of the triangular distribution from {@code left} to {@code right} with its peak at {@code mode}. */
    public static Tensor triangular(Key key, Tensor left, Tensor mode, Tensor right, int... dims) {
        requireFloat("triangular", left.dtype());
        Tensor u = uniform(key, left.dtype(), shape(dims, left, mode, right));
        Tensor width = right.minus(left);
        Tensor rising = left.plus(u.times(width).times(mode.minus(left)).sqrt());
        Tensor falling = right.minus(
                u.negate().plus(1).times(width).times(right.minus(mode)).sqrt());
        return Tensor.where(u.lessThan(mode.minus(left).dividedBy(width)), rising, falling);
    }

    /**
     * Vectors of the normal distribution around {@code mean} with covariance {@code cov}, by its Cholesky factor, along a
     * new last axis.
     */
    public static Tensor multivariateNormal(Key key, Tensor mean, Tensor cov, int... dims) {
        requireFloat("multivariateNormal", mean.dtype());
        if (mean.rank() < 1 || cov.rank() < 2 || cov.dim(-1) != mean.dim(-1) || cov.dim(-2) != mean.dim(-1)) {
            throw TraceErrors.operands(
                    "multivariateNormal",
                    "the mean must be a vector of n numbers and the covariance n by n",
                    List.of(mean.aval(), cov.aval()));
        }
        int[] result = shape(dims, mean.sum(-1), cov.sum(-1, -2));
        int[] wide = Arrays.copyOf(result, result.length + 1);
        wide[result.length] = mean.dim(-1);
        Tensor factor = Trace.bind(new Cholesky(), List.of(cov)).getFirst();
        Tensor noise = normal(key, mean.dtype(), wide);
        return Np.einsum("...ij,...j->...i", factor, noise).plus(mean);
    }
}
