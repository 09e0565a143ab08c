package io.kiln.jobs.cases.numerics;

import io.kiln.core.SpecialFunction;
import io.kiln.core.Tensor;
import io.kiln.special.Special;
import java.util.List;

/** Functions of mathematics and of bits, one primitive each or composed: those of jax.lax, jax.numpy and jax.scipy.special. */
final class MathFunctions {
    private MathFunctions() {}

    static void addTo(Rows rows) {
        elementary(rows);
        rounding(rows);
        two(rows);
        errorFunctions(rows);
        gammas(rows);
        others(rows);
    }

    private static void elementary(Rows rows) {
        rows.unary(Tensor::asin, "asin");
        rows.unary(Tensor::acos, "acos");
        rows.unary(Tensor::atan, "atan");
        rows.unary(Tensor::sinh, "sinh");
        rows.unary(Tensor::cosh, "cosh");
        rows.unary(Tensor::asinh, "asinh");
        rows.unary(Tensor::acosh, "acosh");
        rows.unary(Tensor::atanh, "atanh");
        rows.unary(Tensor::exp2, "exp2");
        rows.unary(Tensor::log2, "log2");
        rows.unary(Tensor::log10, "log10");
        rows.family((c, in) -> in.get(0).integerPow((int) c.call().number("lax.integer_pow", 1)), "integer_pow");
    }

    private static void rounding(Rows rows) {
        rows.unary(Tensor::roundAway, "round_half_away");
        rows.unary(Tensor::trunc, "trunc");
        rows.unary(Tensor::populationCount, "population_count");
        rows.unary(Tensor::countLeadingZeros, "clz");
        rows.unary(Tensor::isNaN, "isnan");
        rows.unary(Tensor::isInfinite, "isinf");
        rows.unary(Tensor::signBit, "signbit");
    }

    private static void two(Rows rows) {
        rows.binary(Tensor::nextAfter, "nextafter");
        rows.binary(Tensor::copySign, "copysign");
        rows.binary(Tensor::hypot, "hypot");
        rows.binary(Tensor::floorDivide, "jnp_floor_divide");
        rows.binary(Tensor::floorMod, "jnp_remainder", "jnp_mod");
        rows.binary(Tensor::remainder, "jnp_fmod");
        rows.many(
                in -> {
                    var both = in.get(0).floorDivideAndMod(in.get(1));
                    return List.of(both.quotient(), both.remainder());
                },
                "divmod");
        rows.binary(Tensor::heaviside, "heaviside");
        rows.binary(Tensor::fmax, "fmax");
        rows.binary(Tensor::fmin, "fmin");
        rows.binary(Tensor::logAddExp, "logaddexp");
        rows.binary(Tensor::logAddExp2, "logaddexp2");
    }

    private static void errorFunctions(Rows rows) {
        rows.unary(Tensor::erf, "erf");
        rows.unary(Tensor::erfc, "erfc", "erfc_tail");
        rows.unary(Tensor::erfInv, "erf_inv", "erf_inv_tail", "erf_inv_ends");
        rows.unary(Special::erfinv, "erfinv");
        rows.unary(x -> x.times(x).exp().times(x.erfc()), "erfcx_like");
        rows.unary(Special::ndtr, "ndtr");
        rows.unary(Special::logNdtr, "log_ndtr");
        rows.unary(Special::ndtri, "ndtri");
    }

    private static void gammas(Rows rows) {
        rows.unary(Tensor::lgamma, "lgamma", "lgamma_negative");
        rows.unary(Tensor::digamma, "digamma", "digamma_negative");
        rows.unary(Special::gammaln, "gammaln");
        rows.unary(Special::gamma, "gamma");
        rows.unary(Special::factorial, "factorial");
        rows.binary(Special::polygamma, "polygamma");
        rows.binary(Special::zeta, "zeta");
        rows.binary(Special::gammainc, "igamma", "igamma_edges");
        rows.binary(Special::gammaincc, "igammac");
        rows.binary(Special::randomGammaGrad, "random_gamma_grad");
        rows.binary(SpecialFunction.IGAMMA_GRAD_A::of, "igamma_grad_a");
        rows.one(in -> Special.betainc(in.get(0), in.get(1), in.get(2)), "betainc");
        rows.binary(Special::betaln, "betaln");
        rows.binary(Special::beta, "beta");
        rows.binary(
                (a, b) -> Special.gammaln(a.plus(1))
                        .minus(Special.gammaln(b.plus(1)))
                        .minus(Special.gammaln(a.minus(b).plus(1))),
                "binom_ln");
        rows.unary(x -> Special.multigammaln(x, 2), "multigammaln");
    }

    private static void others(Rows rows) {
        rows.unary(Special::i0e, "bessel_i0e", "i0e");
        rows.unary(Special::i1e, "bessel_i1e", "i1e");
        rows.unary(Special::i0, "i0");
        rows.unary(Special::i1, "i1");
        rows.unary(Special::logit, "logit");
        rows.unary(Special::expit, "expit");
        rows.binary(Special::xlogy, "xlogy", "xlogy_zero");
        rows.binary(Special::xlog1py, "xlog1py", "xlog1py_zero");
        rows.unary(Special::entr, "entr");
        rows.binary(Special::relEntr, "rel_entr");
        rows.binary(Special::klDiv, "kl_div");
        rows.unary(Special::exp1, "exp1");
        rows.unary(Special::expi, "expi");
        rows.unary(Special::spence, "spence");
    }
}
