package io.kiln.special;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.NormalTail;
import io.kiln.core.SpecialFunction;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;

/**
 * Special functions of floats, with the names, values and derivatives of {@code jax.scipy.special}. Operands broadcast as in
 * NumPy and must have one dtype; bf16 and f16 are computed in f32 where the function is one primitive.
 */
public final class Special {
    private Special() {}

    // ---- gamma and beta ----

    /** The logarithm of the modulus of the gamma function. */
    public static Tensor gammaln(Tensor x) {
        return x.lgamma();
    }

    /** The sign of the gamma function; NaN at its poles below 0. */
    public static Tensor gammasgn(Tensor x) {
        Tensor floor = x.floor();
        Tensor one = Lax.like(x, 1);
        Tensor negative = x.lessThan(0);
        Tensor odd = negative.and(floor.floorMod(Lax.like(x, 2)).notEqualTo(0));
        Tensor sign = Tensor.where(odd.or(x.equalTo(0).and(x.signBit())), one.negate(), one);
        return Tensor.where(negative.and(x.equalTo(floor)).or(x.isNaN()), Lax.like(x, Double.NaN), sign);
    }

    /** The gamma function. */
    public static Tensor gamma(Tensor x) {
        return gammasgn(x).times(x.lgamma().exp());
    }

    /** The logarithm of the gamma function; NaN where it is not above 0. */
    public static Tensor loggamma(Tensor x) {
        return Tensor.where(x.greaterThan(0), x.lgamma(), Lax.like(x, Double.NaN));
    }

    /** n!, the gamma function at n + 1; 0 below 0. */
    public static Tensor factorial(Tensor n) {
        return Tensor.where(n.lessThan(0), Lax.like(n, 0), n.plus(1).lgamma().exp());
    }

    /** The number of ways to take k of n things; 0 where that makes no sense. */
    public static Tensor comb(Tensor n, Tensor k) {
        Tensor sensible = k.lessOrEqual(n).and(n.greaterOrEqual(0)).and(k.greaterOrEqual(0));
        Tensor zero = Lax.scalar(n.dtype(), 0);
        Tensor all = Tensor.where(sensible, n, zero);
        Tensor some = Tensor.where(sensible, k, zero);
        Tensor log = all.plus(1)
                .lgamma()
                .minus(some.plus(1).lgamma())
                .minus(all.plus(1).minus(some).lgamma());
        return Tensor.where(sensible, log.exp(), zero);
    }

    /** The rising factorial {@code gamma(z + m) / gamma(z)}. */
    public static Tensor poch(Tensor z, Tensor m) {
        return Tensor.where(
                m.equalTo(0), Lax.scalar(z.dtype(), 1), gamma(z.plus(m)).dividedBy(gamma(z)));
    }

    /** The logarithm of the beta function; where the larger operand is 8 or more, exact also for very large ones. */
    public static Tensor betaln(Tensor a, Tensor b) {
        Tensor small = a.minimum(b);
        Tensor large = a.maximum(b);
        Tensor direct =
                small.lgamma().plus(large.lgamma().minus(small.plus(large).lgamma()));
        return Tensor.where(large.lessThan(8), direct, small.lgamma().plus(StirlingDifference.of(small, large)));
    }

    /** The beta function. */
    public static Tensor beta(Tensor a, Tensor b) {
        return gammasgn(a)
                .times(gammasgn(b))
                .times(gammasgn(a.plus(b)))
                .times(betaln(a, b).exp());
    }

    /** The regularized incomplete beta function I_x(a, b); it has a derivative with respect to x. */
    public static Tensor betainc(Tensor a, Tensor b, Tensor x) {
        return SpecialFunction.REGULARIZED_INCOMPLETE_BETA.of(a, b, x);
    }

    /** The regularized lower incomplete gamma function P(a, x). */
    public static Tensor gammainc(Tensor a, Tensor x) {
        return SpecialFunction.IGAMMA.of(a, x);
    }

    /** The regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x). */
    public static Tensor gammaincc(Tensor a, Tensor x) {
        return SpecialFunction.IGAMMAC.of(a, x);
    }

    /** The derivative of a sample x of the gamma distribution of shape a with respect to a. */
    public static Tensor randomGammaGrad(Tensor a, Tensor x) {
        return SpecialFunction.RANDOM_GAMMA_GRAD.of(a, x);
    }

    /** The derivative of {@link #gammaln}. */
    public static Tensor digamma(Tensor x) {
        return x.digamma();
    }

    /** The derivative of order n of {@link #digamma}; it has a derivative with respect to x. */
    public static Tensor polygamma(Tensor n, Tensor x) {
        return SpecialFunction.POLYGAMMA.of(n, x);
    }

    /** The logarithm of the multivariate gamma function of dimension {@code d}. */
    public static Tensor multigammaln(Tensor a, int d) {
        Tensor sum = Lax.like(a, 0.25 * d * (d - 1) * Math.log(Math.PI));
        for (int i = 0; i < d; i++) {
            sum = sum.plus(a.minus(i / 2.0).lgamma());
        }
        return sum;
    }

    /** The Hurwitz zeta function, the sum of {@code (q + k)^-x} over k = 0, 1, ...; it has a derivative with respect to q. */
    public static Tensor zeta(Tensor x, Tensor q) {
        return SpecialFunction.ZETA.of(x, q);
    }

    // ---- error functions and the normal distribution ----

    /** The error function. */
    public static Tensor erf(Tensor x) {
        return x.erf();
    }

    /** {@code 1 - erf(x)}. */
    public static Tensor erfc(Tensor x) {
        return x.erfc();
    }

    /** The inverse of the error function. */
    public static Tensor erfinv(Tensor x) {
        return x.erfInv();
    }

    /** The standard normal distribution function, of f32 or f64. */
    public static Tensor ndtr(Tensor x) {
        return NormalTail.distribution(requireWide("ndtr", x));
    }

    /** The logarithm of {@link #ndtr}, exact in both tails; of f32 or f64. */
    public static Tensor logNdtr(Tensor x) {
        return SpecialFunction.LOG_NDTR.of(requireWide("log_ndtr", x));
    }

    /** The quantile of the standard normal distribution, of f32 or f64; infinite at 0 and 1. */
    public static Tensor ndtri(Tensor p) {
        return Rational.ndtri(requireWide("ndtri", p));
    }

    // ---- logistic functions and entropies ----

    /** {@code log(p / (1 - p))}. */
    public static Tensor logit(Tensor p) {
        return p.dividedBy(p.negate().plus(1)).log();
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public static Tensor expit(Tensor x) {
        return x.logistic();
    }

    /** {@code x log(y)}, 0 where x is 0. */
    public static Tensor xlogy(Tensor x, Tensor y) {
        return SpecialFunction.XLOGY.of(x, y);
    }

    /** {@code x log(1 + y)}, 0 where x is 0. */
    public static Tensor xlog1py(Tensor x, Tensor y) {
        return SpecialFunction.XLOG1PY.of(x, y);
    }

    /** {@code -x log(x)}, 0 at 0 and negative infinity below. */
    public static Tensor entr(Tensor x) {
        Tensor entropy = SpecialFunction.XLOGX.of(x).negate();
        return Tensor.where(x.lessThan(0), Lax.like(x, Double.NEGATIVE_INFINITY), entropy);
    }

    /** {@code p log(p / q)}; 0 where p is 0 and q is not negative, else infinite where one is not positive. */
    public static Tensor relEntr(Tensor p, Tensor q) {
        Tensor both = p.greaterThan(0).and(q.greaterThan(0));
        Tensor none = p.equalTo(0).and(q.greaterOrEqual(0));
        Tensor one = Lax.scalar(p.dtype(), 1);
        Tensor safeP = Tensor.where(both, p, one);
        Tensor safeQ = Tensor.where(both, q, one);
        Tensor value = SpecialFunction.XLOGX.of(safeP).minus(xlogy(safeP, safeQ));
        Tensor zero = Lax.scalar(p.dtype(), 0);
        Tensor infinity = Lax.scalar(p.dtype(), Double.POSITIVE_INFINITY);
        return Tensor.where(both, value, Tensor.where(none, zero, infinity));
    }

    /** {@code p log(p / q) - p + q}, with the edges of {@link #relEntr}. */
    public static Tensor klDiv(Tensor p, Tensor q) {
        return relEntr(p, q).minus(p).plus(q);
    }

    // ---- Bessel functions ----

    /** The modified Bessel function of the first kind and order 0. */
    public static Tensor i0(Tensor x) {
        return x.abs().exp().times(i0e(x));
    }

    /** {@code exp(-|x|)} times {@link #i0}. */
    public static Tensor i0e(Tensor x) {
        return SpecialFunction.BESSEL_I0E.of(x);
    }

    /** The modified Bessel function of the first kind and order 1. */
    public static Tensor i1(Tensor x) {
        return x.abs().exp().times(i1e(x));
    }

    /** {@code exp(-|x|)} times {@link #i1}. */
    public static Tensor i1e(Tensor x) {
        return SpecialFunction.BESSEL_I1E.of(x);
    }

    // ---- integrals ----

    /** The exponential integral E1, the integral of {@code exp(-t) / t} from x on. */
    public static Tensor exp1(Tensor x) {
        return SpecialFunction.EXP1.of(x);
    }

    /** The exponential integral Ei, the principal value of the integral of {@code exp(t) / t} up to x. */
    public static Tensor expi(Tensor x) {
        return SpecialFunction.EXPI.of(x);
    }

    /** Spence's function, the integral of {@code log(t) / (1 - t)} from 1 to x, of f32 or f64. */
    public static Tensor spence(Tensor x) {
        return Rational.spence(requireWide("spence", x));
    }

    private static Tensor requireWide(String function, Tensor x) {
        if (x.dtype() != DType.F32 && x.dtype() != DType.F64) {
            throw TraceErrors.dtype(function, "f32 or f64", x.aval());
        }
        return x;
    }
}
