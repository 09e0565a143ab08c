package io.kiln.core;

import static io.kiln.core.Broadcasting.scalarLike;

/**
 * The methods of {@link Tensor} that work element by element. Two operands broadcast as in NumPy and must have one dtype; a
 * Java number takes the dtype of the tensor.
 */
public sealed interface ElementwiseOperations permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    // ---- elementwise, two operands ----

    /** The sum. */
    default Tensor plus(Tensor other) {
        return Broadcasting.binary(Binary.ADD, self(), other);
    }

    /** The sum. */
    default Tensor plus(double other) {
        return plus(scalarLike(self(), other));
    }

    /** The difference. */
    default Tensor minus(Tensor other) {
        return Broadcasting.binary(Binary.SUB, self(), other);
    }

    /** The difference. */
    default Tensor minus(double other) {
        return minus(scalarLike(self(), other));
    }

    /** The product, element by element. */
    default Tensor times(Tensor other) {
        return Broadcasting.binary(Binary.MUL, self(), other);
    }

    /** The product, element by element. */
    default Tensor times(double other) {
        return times(scalarLike(self(), other));
    }

    /** The quotient; integers are cut off toward zero. */
    default Tensor dividedBy(Tensor other) {
        return Broadcasting.binary(Binary.DIV, self(), other);
    }

    /** The quotient; integers are cut off toward zero. */
    default Tensor dividedBy(double other) {
        return dividedBy(scalarLike(self(), other));
    }

    /** This to the power of {@code other}. */
    default Tensor pow(Tensor other) {
        return Broadcasting.binary(Binary.POW, self(), other);
    }

    /** This to the power of {@code other}. */
    default Tensor pow(double other) {
        return pow(scalarLike(self(), other));
    }

    /** The larger one; NaN where one is NaN. */
    default Tensor maximum(Tensor other) {
        return Broadcasting.binary(Binary.MAX, self(), other);
    }

    /** The larger one; NaN where one is NaN. */
    default Tensor maximum(double other) {
        return maximum(scalarLike(self(), other));
    }

    /** The smaller one; NaN where one is NaN. */
    default Tensor minimum(Tensor other) {
        return Broadcasting.binary(Binary.MIN, self(), other);
    }

    /** The smaller one; NaN where one is NaN. */
    default Tensor minimum(double other) {
        return minimum(scalarLike(self(), other));
    }

    /** The remainder with the sign of this. */
    default Tensor remainder(Tensor other) {
        return Broadcasting.binary(Binary.REM, self(), other);
    }

    /** The remainder with the sign of this. */
    default Tensor remainder(double other) {
        return remainder(scalarLike(self(), other));
    }

    /** The angle of the point with x {@code other} and y {@code this}, in radians from -pi to pi. */
    default Tensor atan2(Tensor other) {
        return Broadcasting.binary(Binary.ATAN2, self(), other);
    }

    /** Bitwise and; logical of bool. */
    default Tensor and(Tensor other) {
        return Broadcasting.binary(Binary.AND, self(), other);
    }

    /** Bitwise and; logical of bool. */
    default Tensor and(double other) {
        return and(scalarLike(self(), other));
    }

    /** Bitwise or; logical of bool. */
    default Tensor or(Tensor other) {
        return Broadcasting.binary(Binary.OR, self(), other);
    }

    /** Bitwise or; logical of bool. */
    default Tensor or(double other) {
        return or(scalarLike(self(), other));
    }

    /** Bitwise exclusive or; logical of bool. */
    default Tensor xor(Tensor other) {
        return Broadcasting.binary(Binary.XOR, self(), other);
    }

    /** Bitwise exclusive or; logical of bool. */
    default Tensor xor(double other) {
        return xor(scalarLike(self(), other));
    }

    /** The bits shifted left; 0 when by the width or more. */
    default Tensor shiftLeft(Tensor other) {
        return Broadcasting.binary(Binary.SHIFT_LEFT, self(), other);
    }

    /** The bits shifted left; 0 when by the width or more. */
    default Tensor shiftLeft(double other) {
        return shiftLeft(scalarLike(self(), other));
    }

    /** The bits shifted right, the sign repeated. */
    default Tensor shiftRight(Tensor other) {
        return Broadcasting.binary(Binary.SHIFT_RIGHT_ARITHMETIC, self(), other);
    }

    /** The bits shifted right, the sign repeated. */
    default Tensor shiftRight(double other) {
        return shiftRight(scalarLike(self(), other));
    }

    /** The bits shifted right, zeros from the left. */
    default Tensor shiftRightLogical(Tensor other) {
        return Broadcasting.binary(Binary.SHIFT_RIGHT_LOGICAL, self(), other);
    }

    /** The bits shifted right, zeros from the left. */
    default Tensor shiftRightLogical(double other) {
        return shiftRightLogical(scalarLike(self(), other));
    }

    /** Whether this &gt; other, as bool. */
    default Tensor greaterThan(Tensor other) {
        return Broadcasting.compare(Compare.GT, self(), other);
    }

    /** Whether this &gt; other, as bool. */
    default Tensor greaterThan(double other) {
        return greaterThan(scalarLike(self(), other));
    }

    /** Whether this &gt;= other, as bool. */
    default Tensor greaterOrEqual(Tensor other) {
        return Broadcasting.compare(Compare.GE, self(), other);
    }

    /** Whether this &gt;= other, as bool. */
    default Tensor greaterOrEqual(double other) {
        return greaterOrEqual(scalarLike(self(), other));
    }

    /** Whether this &lt; other, as bool. */
    default Tensor lessThan(Tensor other) {
        return Broadcasting.compare(Compare.LT, self(), other);
    }

    /** Whether this &lt; other, as bool. */
    default Tensor lessThan(double other) {
        return lessThan(scalarLike(self(), other));
    }

    /** Whether this &lt;= other, as bool. */
    default Tensor lessOrEqual(Tensor other) {
        return Broadcasting.compare(Compare.LE, self(), other);
    }

    /** Whether this &lt;= other, as bool. */
    default Tensor lessOrEqual(double other) {
        return lessOrEqual(scalarLike(self(), other));
    }

    /** Whether this = other, as bool. */
    default Tensor equalTo(Tensor other) {
        return Broadcasting.compare(Compare.EQ, self(), other);
    }

    /** Whether this = other, as bool. */
    default Tensor equalTo(double other) {
        return equalTo(scalarLike(self(), other));
    }

    /** Whether this != other, as bool. */
    default Tensor notEqualTo(Tensor other) {
        return Broadcasting.compare(Compare.NE, self(), other);
    }

    /** Whether this != other, as bool. */
    default Tensor notEqualTo(double other) {
        return notEqualTo(scalarLike(self(), other));
    }

    /**
     * {@code this} limited to {@code low} and {@code high}, as {@code jnp.clip}: at a bound itself half of the derivative
     * goes through. {@link Lax#clamp} has bounds that are tensors.
     */
    default Tensor clamp(double low, double high) {
        return maximum(low).minimum(high);
    }

    // ---- elementwise, one operand ----

    /** {@code -this}. */
    default Tensor negate() {
        return Trace.bind1(Unary.NEG, self());
    }

    /** E to the power of this. */
    default Tensor exp() {
        return Trace.bind1(Unary.EXP, self());
    }

    /** Exp(this) - 1, exact near 0. */
    default Tensor expm1() {
        return Trace.bind1(Unary.EXPM1, self());
    }

    /** The natural logarithm. */
    default Tensor log() {
        return Trace.bind1(Unary.LOG, self());
    }

    /** Log(1 + this), exact near 0. */
    default Tensor log1p() {
        return Trace.bind1(Unary.LOG1P, self());
    }

    /** The hyperbolic tangent. */
    default Tensor tanh() {
        return Trace.bind1(Unary.TANH, self());
    }

    /** 1 / (1 + exp(-this)). */
    default Tensor logistic() {
        return Trace.bind1(Unary.LOGISTIC, self());
    }

    /** The square root. */
    default Tensor sqrt() {
        return Trace.bind1(Unary.SQRT, self());
    }

    /** 1 / sqrt(this). */
    default Tensor rsqrt() {
        return Trace.bind1(Unary.RSQRT, self());
    }

    /** The cube root. */
    default Tensor cbrt() {
        return Trace.bind1(Unary.CBRT, self());
    }

    /** The absolute value. */
    default Tensor abs() {
        return Trace.bind1(Unary.ABS, self());
    }

    /** -1, 0 or 1; the sign of a zero stays. */
    default Tensor sign() {
        return Trace.bind1(Unary.SIGN, self());
    }

    /** The next integer below. */
    default Tensor floor() {
        return Trace.bind1(Unary.FLOOR, self());
    }

    /** The next integer above. */
    default Tensor ceil() {
        return Trace.bind1(Unary.CEIL, self());
    }

    /** The nearest integer, halves to even. */
    default Tensor round() {
        return Trace.bind1(Unary.ROUND, self());
    }

    /** The sine of radians. */
    default Tensor sin() {
        return Trace.bind1(Unary.SIN, self());
    }

    /** The cosine of radians. */
    default Tensor cos() {
        return Trace.bind1(Unary.COS, self());
    }

    /** The tangent of radians. */
    default Tensor tan() {
        return Trace.bind1(Unary.TAN, self());
    }

    /** Logical of bool, bitwise of integers: the complement. */
    default Tensor not() {
        return Trace.bind1(Unary.NOT, self());
    }

    /** Whether it is neither infinite nor NaN, as bool. */
    default Tensor isFinite() {
        return Trace.bind1(Unary.IS_FINITE, self());
    }

    /** The real part of a complex number; a real one itself. */
    default Tensor real() {
        return self().dtype().isComplex() ? Trace.bind1(Unary.REAL, self()) : self();
    }

    /** The imaginary part of a complex number; 0 of a real one. */
    default Tensor imag() {
        return self().dtype().isComplex() ? Trace.bind1(Unary.IMAG, self()) : Lax.like(self(), 0);
    }

    /** The complex conjugate; a real number itself. */
    default Tensor conj() {
        return self().dtype().isComplex() ? Lax.conj(self()) : self();
    }

    /** This, a constant to differentiation. */
    default Tensor stopGradient() {
        return Trace.bind1(Unary.STOP_GRADIENT, self());
    }

    /** {@code this * this}. */
    default Tensor square() {
        return Lax.integerPow(self(), 2);
    }

    /** {@code 1 / this}. */
    default Tensor reciprocal() {
        return scalarLike(self(), 1).dividedBy(self());
    }

    /** The same values in another dtype; floats are cut off toward zero when they become integers. */
    default Tensor convert(DType dtype) {
        return Lax.convert(self(), dtype);
    }

    /** The same values as f32. */
    default Tensor toF32() {
        return convert(DType.F32);
    }

    /** The same values as f64. */
    default Tensor toF64() {
        return convert(DType.F64);
    }

    /** The same values as i32. */
    default Tensor toI32() {
        return convert(DType.I32);
    }
}
