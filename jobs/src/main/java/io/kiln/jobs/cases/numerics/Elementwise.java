package io.kiln.jobs.cases.numerics;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.numpy.Np;

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
        rows.unary(Tensor::abs, "abs");
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
        rows.unary(Tensor::logistic, "logistic");
        rows.unary(Tensor::sqrt, "sqrt", "r0_sqrt");
        rows.unary(Tensor::rsqrt, "rsqrt");
        rows.unary(Tensor::cbrt, "cbrt");
        rows.unary(Tensor::negate, "neg");
        rows.unary(Tensor::sign, "sign");
        rows.unary(Tensor::square, "square");
        rows.unary(Tensor::reciprocal, "reciprocal");
        rows.unary(Tensor::isFinite, "is_finite");
        rows.unary(Tensor::conj, "complex_conj");
        rows.unary(Tensor::real, "complex_real");
        rows.unary(Tensor::imag, "complex_imag");
        rows.binary(Tensor::complex, "complex_make");
    }

    private static void integers(Rows rows) {
        rows.unary(Tensor::not, "bitwise_not");
        rows.binary(Tensor::and, "bitwise_and");
        rows.binary(Tensor::or, "bitwise_or");
        rows.binary(Tensor::xor, "bitwise_xor");
        rows.binary(Tensor::shiftLeft, "shift_left");
        rows.binary(Tensor::shiftRight, "shift_right_arithmetic");
        rows.binary(Tensor::shiftRightLogical, "shift_right_logical");
    }

    private static void binary(Rows rows) {
        rows.binary(Tensor::plus, "add", "r0_add", "z_add_empty");
        rows.binary(Tensor::minus, "sub");
        rows.binary(Tensor::times, "mul", "r0_mul");
        rows.binary(Tensor::dividedBy, "div", "true_divide");
        rows.binary(Tensor::remainder, "rem");
        rows.binary(Tensor::pow, "pow", "jnp_power", "float_power");
        rows.binary(Tensor::maximum, "max", "maximum");
        rows.binary(Tensor::minimum, "min", "minimum");
        rows.binary(Tensor::atan2, "atan2");
        rows.binary(Np::gcd, "gcd");
        rows.binary(Np::lcm, "lcm");
        rows.binary((a, b) -> a.minus(b).square(), "squared_difference");
        rows.binary(Tensor::equalTo, "eq");
        rows.binary(Tensor::notEqualTo, "ne");
        rows.binary(Tensor::lessThan, "lt");
        rows.binary(Tensor::lessOrEqual, "le");
        rows.binary(Tensor::greaterThan, "gt");
        rows.binary(Tensor::greaterOrEqual, "ge");
    }
}
