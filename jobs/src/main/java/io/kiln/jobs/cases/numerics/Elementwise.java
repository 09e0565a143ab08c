package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.nn.Nn;
import java.util.List;

/** Operations element by element on floats, integers, truth values and complex numbers. */
final class Elementwise {
    private Elementwise() {}

    static void addTo(Rows rows) {
        floats(rows);
        integers(rows);
        binary(rows);
        MathFunctions.addTo(rows);
        rows.with((c, in) -> in.get(0).convert(c.outputDtype(0)).square(), "convert_vjp");
        rows.family((c, in) -> in.get(0).convert(c.outputDtype(0)), "convert");
        rows.family((c, in) -> Lax.bitcast(in.get(0), c.outputDtype(0)), "bitcast");
    }

    private static void floats(Rows rows) {
        rows.unary(Tensor::abs, "abs", "edge_denormal_abs");
        rows.unary(Tensor::ceil, "ceil");
        rows.unary(Tensor::floor, "floor");
        rows.unary(Tensor::round, "round_half_even");
        rows.unary(Tensor::cos, "cos");
        rows.unary(Tensor::sin, "sin", "z_sin_empty", "r0_sin");
        rows.unary(Tensor::tan, "tan");
        rows.unary(Tensor::tanh, "tanh", "r0_tanh");
        rows.unary(Tensor::exp, "exp", "z_exp_empty", "r0_exp");
        rows.unary(Tensor::expm1, "expm1");
        rows.unary(Tensor::log, "log", "r0_log");
        rows.unary(Tensor::log1p, "log1p");
        rows.unary(Tensor::logistic, "logistic", "sigmoid");
        rows.unary(Tensor::sqrt, "sqrt", "r0_sqrt");
        rows.unary(Tensor::rsqrt, "rsqrt");
        rows.unary(Tensor::cbrt, "cbrt");
        rows.unary(Tensor::negate, "neg", "edge_denormal_neg");
        rows.unary(Tensor::sign, "sign");
        rows.unary(Tensor::square, "square");
        rows.unary(Tensor::reciprocal, "reciprocal");
        rows.unary(Tensor::isFinite, "is_finite");
        rows.unary(Tensor::conj, "complex_conj");
        rows.unary(Tensor::real, "complex_real");
        rows.unary(Tensor::imag, "complex_imag");
        rows.binary(Tensor::complex, "complex_make");
        rows.unary(Tensor::asin, "asin");
        rows.unary(Tensor::acos, "acos");
        rows.unary(Tensor::atan, "atan");
        rows.unary(Tensor::sinh, "sinh");
        rows.unary(Tensor::cosh, "cosh");
        rows.unary(Tensor::asinh, "asinh");
        rows.unary(Tensor::acosh, "acosh");
        rows.unary(Tensor::atanh, "atanh");
        rows.unary(Tensor::roundAway, "round_half_away");
        rows.unary(Tensor::erf, "erf");
        rows.unary(Tensor::erfc, "erfc", "erfc_tail");
        rows.unary(Tensor::erfInv, "erf_inv", "erf_inv_tail", "erf_inv_ends", "erfinv");
        rows.unary(Tensor::lgamma, "lgamma", "lgamma_negative", "gammaln");
        rows.unary(Tensor::digamma, "digamma", "digamma_negative");
        rows.unary(Tensor::exp2, "exp2");
        rows.unary(Tensor::log2, "log2");
        rows.unary(Tensor::log10, "log10");
        rows.unary(Tensor::trunc, "trunc");
        rows.unary(Tensor::isNaN, "isnan");
        rows.unary(Tensor::isInfinite, "isinf");
        rows.unary(Tensor::signBit, "signbit");
        rows.unary(x -> x.times(x).exp().times(x.erfc()), "erfcx_like");
        rows.family((c, in) -> in.get(0).integerPow((int) c.call().number("lax.integer_pow", 1)), "integer_pow");
        rows.unary(Nn::relu, "relu");
        rows.unary(Nn::softplus, "softplus");
    }

    private static void integers(Rows rows) {
        rows.unary(Tensor::not, "bitwise_not");
        rows.unary(Tensor::populationCount, "population_count");
        rows.unary(Tensor::countLeadingZeros, "clz");
        rows.binary(Tensor::and, "bitwise_and");
        rows.binary(Tensor::or, "bitwise_or");
        rows.binary(Tensor::xor, "bitwise_xor");
        rows.binary(Tensor::shiftLeft, "shift_left");
        rows.binary(Tensor::shiftRight, "shift_right_arithmetic");
        rows.binary(Tensor::shiftRightLogical, "shift_right_logical");
    }

    private static void binary(Rows rows) {
        rows.binary(Tensor::plus, "add", "edge_denormal_add", "r0_add", "z_add_empty");
        rows.binary(Tensor::minus, "sub", "edge_denormal_sub");
        rows.binary(
                Tensor::times,
                "mul",
                "edge_denormal_mul_big",
                "edge_denormal_mul_small",
                "edge_denormal_mul",
                "r0_mul");
        rows.binary(Tensor::dividedBy, "div", "true_divide", "edge_denormal_div");
        rows.binary(Tensor::remainder, "rem");
        rows.binary(Tensor::pow, "pow", "jnp_power");
        rows.binary(Tensor::maximum, "max", "maximum", "edge_denormal_max");
        rows.binary(Tensor::minimum, "min", "minimum", "edge_denormal_min");
        rows.binary(Tensor::atan2, "atan2");
        rows.binary((a, b) -> a.convert(DType.F64).pow(b.convert(DType.F64)), "float_power");
        rows.binary(Tensor::nextAfter, "nextafter");
        rows.binary(Tensor::copySign, "copysign");
        rows.binary(Tensor::hypot, "hypot");
        rows.binary(Tensor::floorDivide, "jnp_floor_divide");
        rows.binary(Tensor::floorMod, "jnp_remainder", "jnp_mod");
        rows.binary(Tensor::heaviside, "heaviside");
        rows.binary(Tensor::logAddExp, "logaddexp");
        rows.binary(Tensor::logAddExp2, "logaddexp2");
        rows.binary(Tensor::fmax, "fmax");
        rows.binary(Tensor::fmin, "fmin");
        rows.binary(Tensor::remainder, "jnp_fmod");
        rows.many(in -> List.of(in.get(0).floorDivide(in.get(1)), in.get(0).floorMod(in.get(1))), "divmod");
        rows.binary(Tensor::equalTo, "eq");
        rows.binary(Tensor::notEqualTo, "ne");
        rows.binary(Tensor::lessThan, "lt");
        rows.binary(Tensor::lessOrEqual, "le");
        rows.binary(Tensor::greaterThan, "gt");
        rows.binary(Tensor::greaterOrEqual, "ge");
    }
}
