package io.kiln.core;

import static io.kiln.core.Broadcasting.scalarLike;

/**
 * The methods of {@link Tensor} that are functions of mathematics and of bits, element by element: one primitive each, or a
 * few as {@code jax.numpy} composes them, with its derivatives and edge values.
 */
public sealed interface MathOperations permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    // ---- one operand ----

    /** The angle in radians from -pi/2 to pi/2 whose sine this is; NaN outside of -1 to 1. */
    default Tensor asin() {
        return Trace.bind1(Unary.ASIN, self());
    }

    /** The angle in radians from 0 to pi whose cosine this is; NaN outside of -1 to 1. */
    default Tensor acos() {
        return Trace.bind1(Unary.ACOS, self());
    }

    /** The angle in radians from -pi/2 to pi/2 whose tangent this is. */
    default Tensor atan() {
        return Trace.bind1(Unary.ATAN, self());
    }

    /** The hyperbolic sine. */
    default Tensor sinh() {
        return Trace.bind1(Unary.SINH, self());
    }

    /** The hyperbolic cosine. */
    default Tensor cosh() {
        return Trace.bind1(Unary.COSH, self());
    }

    /** The inverse hyperbolic sine. */
    default Tensor asinh() {
        return Trace.bind1(Unary.ASINH, self());
    }

    /** The inverse hyperbolic cosine; NaN below 1. */
    default Tensor acosh() {
        return Trace.bind1(Unary.ACOSH, self());
    }

    /** The inverse hyperbolic tangent; infinite at -1 and 1. */
    default Tensor atanh() {
        return Trace.bind1(Unary.ATANH, self());
    }

    /** The nearest integer, halves away from zero. */
    default Tensor roundAway() {
        return Trace.bind1(Unary.ROUND_AWAY, self());
    }

    /** The number of bits of an integer that are set. */
    default Tensor populationCount() {
        return Trace.bind1(Unary.POPULATION_COUNT, self());
    }

    /** The number of zeros above the highest bit of an integer that is set; of 0 the width. */
    default Tensor countLeadingZeros() {
        return Trace.bind1(Unary.COUNT_LEADING_ZEROS, self());
    }

    /** The error function. */
    default Tensor erf() {
        return Trace.bind1(SpecialFunction.ERF, self());
    }

    /** 1 - erf(this), exact where that is small. */
    default Tensor erfc() {
        return Trace.bind1(SpecialFunction.ERFC, self());
    }

    /** The inverse of the error function; infinite at -1 and 1. */
    default Tensor erfInv() {
        return Trace.bind1(SpecialFunction.ERF_INV, self());
    }

    /** The logarithm of the modulus of the gamma function. */
    default Tensor lgamma() {
        return Trace.bind1(SpecialFunction.LGAMMA, self());
    }

    /** The derivative of the logarithm of the gamma function. */
    default Tensor digamma() {
        return Trace.bind1(SpecialFunction.DIGAMMA, self());
    }

    /** 2 to the power of this. */
    default Tensor exp2() {
        return self().times(Math.log(2)).exp();
    }

    /** The logarithm to the base 2. */
    default Tensor log2() {
        return self().log().dividedBy(Math.log(2));
    }

    /** The logarithm to the base 10. */
    default Tensor log10() {
        return self().log().times(1 / Math.log(10));
    }

    /** The nearest integer in the direction of zero; the sign of a zero stays. */
    default Tensor trunc() {
        return Lax.truncate(self());
    }

    /** This to the power of a fixed integer, by repeated multiplication; integers wrap and take no negative power. */
    default Tensor integerPow(int exponent) {
        return Lax.integerPow(self(), exponent);
    }

    /** Whether it is NaN, as bool; of a complex number whether a part is. */
    default Tensor isNaN() {
        return self().notEqualTo(self());
    }

    /** Whether it is infinite, as bool; of a complex number whether a part is. */
    default Tensor isInfinite() {
        Tensor x = self();
        return x.dtype().isComplex()
                ? x.real().isInfinite().or(x.imag().isInfinite())
                : x.abs().equalTo(Double.POSITIVE_INFINITY);
    }

    /** Whether the sign is negative, as bool: also of a zero and of NaN. */
    default Tensor signBit() {
        Tensor x = self();
        return switch (x.dtype()) {
            case F64 -> Lax.bitcast(x, DType.I64).lessThan(0);
            case F32 -> Lax.bitcast(x, DType.I32).lessThan(0);
            case BF16, F16 -> Lax.bitcast(x, DType.I16).lessThan(0);
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, C64, C128 -> x.lessThan(0);
        };
    }

    // ---- two operands ----

    /** The next float in the direction of {@code other}. */
    default Tensor nextAfter(Tensor other) {
        return Broadcasting.binary(Binary.NEXTAFTER, self(), other);
    }

    /** The modulus of this with the sign of {@code other}. */
    default Tensor copySign(Tensor other) {
        Tensor modulus = self().abs();
        return Tensor.where(other.signBit(), modulus.negate(), modulus);
    }

    /** The square root of the sum of both squares, without overflow between. */
    default Tensor hypot(Tensor other) {
        Tensor a = self().abs();
        Tensor b = other.abs();
        Tensor large = a.maximum(b);
        Tensor zero = large.equalTo(0);
        Tensor ratio = a.minimum(b).dividedBy(Tensor.where(zero, Lax.like(large, 1), large));
        Tensor length =
                Tensor.where(zero, large, large.times(ratio.square().plus(1).sqrt()));
        Tensor infinite = a.equalTo(Double.POSITIVE_INFINITY).or(b.equalTo(Double.POSITIVE_INFINITY));
        return Tensor.where(infinite, scalarLike(length, Double.POSITIVE_INFINITY), length);
    }

    /** The quotient rounded down: of -7 and 2 it is -4. */
    default Tensor floorDivide(Tensor other) {
        Tensor x = self();
        return switch (x.dtype().kind()) {
            case FLOAT -> floorDivideAndMod(other).quotient();
            case UNSIGNED -> x.dividedBy(other);
            case SIGNED -> {
                Tensor quotient = x.dividedBy(other);
                Tensor down =
                        x.sign().notEqualTo(other.sign()).and(x.remainder(other).notEqualTo(0));
                yield Tensor.where(down, quotient.minus(1), quotient);
            }
            case BOOL, COMPLEX ->
                throw TraceErrors.dtype("floor_divide", "a real number, not bool or complex", x.aval());
        };
    }

    /** The remainder with the sign of {@code other}, as Python's {@code %}; of an integer by zero it is 0. */
    default Tensor floorMod(Tensor other) {
        Tensor divisor =
                other.dtype().isInteger() ? Tensor.where(other.equalTo(0), scalarLike(other, 1), other) : other;
        Tensor remainder = self().remainder(divisor);
        Tensor wrongSign = remainder.lessThan(0).notEqualTo(divisor.lessThan(0)).and(remainder.notEqualTo(0));
        return Tensor.where(wrongSign, remainder.plus(divisor), remainder);
    }

    /** A quotient rounded down and its remainder. */
    record QuotientAndRemainder(Tensor quotient, Tensor remainder) {}

    /** {@link #floorDivide} and {@link #floorMod} together. */
    default QuotientAndRemainder floorDivideAndMod(Tensor other) {
        Tensor x = self();
        if (!x.dtype().isFloat()) {
            return new QuotientAndRemainder(floorDivide(other), floorMod(other));
        }
        Tensor remainder = x.remainder(other);
        Tensor quotient = Tensor.where(other.equalTo(0), x, x.minus(remainder)).dividedBy(other);
        Tensor wrongSign = remainder.notEqualTo(0).and(other.sign().notEqualTo(remainder.sign()));
        return new QuotientAndRemainder(
                Tensor.where(wrongSign, quotient.minus(1), quotient).roundAway(),
                Tensor.where(wrongSign, remainder.plus(other), remainder));
    }

    /** 0 below zero, 1 above, {@code atZero} at zero; NaN of NaN. */
    default Tensor heaviside(Tensor atZero) {
        Tensor x = self();
        Tensor other = Tensor.where(x.isNaN(), x, atZero);
        Tensor positive = Tensor.where(x.greaterThan(0), scalarLike(x, 1), other);
        return Tensor.where(x.lessThan(0), scalarLike(x, 0), positive);
    }

    /** {@code log(exp(this) + exp(other))}, without overflow. */
    default Tensor logAddExp(Tensor other) {
        return Broadcasting.binary(SpecialFunction.LOGADDEXP, self(), other);
    }

    /** {@code log2(2^this + 2^other)}, without overflow. */
    default Tensor logAddExp2(Tensor other) {
        return Broadcasting.binary(SpecialFunction.LOGADDEXP2, self(), other);
    }

    /** The larger one; where one is NaN the other. */
    default Tensor fmax(Tensor other) {
        return Tensor.where(self().greaterThan(other).or(other.isNaN()), self(), other);
    }

    /** The smaller one; where one is NaN the other. */
    default Tensor fmin(Tensor other) {
        return Tensor.where(self().lessThan(other).or(other.isNaN()), self(), other);
    }
}
