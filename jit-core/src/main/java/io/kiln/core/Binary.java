package io.kiln.core;

import io.kiln.core.Unary.Domain;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/** Elementwise primitives of two operands of one type. A new one is one row: domain, StableHLO name, partial derivatives, reference. */
@SuppressWarnings("ImmutableEnumChecker") // the rows hold functions without state
public enum Binary implements Primitive {
    ADD(Domain.NUMERIC, "add", (x, y, z, t) -> t, (x, y, z, t) -> t, Double::sum, (a, b, w) -> a + b),
    SUB(Domain.NUMERIC, "subtract", (x, y, z, t) -> t, (x, y, z, t) -> Lax.neg(t), (a, b) -> a - b, (a, b, w) -> a - b),
    MUL(
            Domain.NUMERIC,
            "multiply",
            (x, y, z, t) -> Lax.mul(t, y),
            (x, y, z, t) -> Lax.mul(x, t),
            (a, b) -> a * b,
            (a, b, w) -> a * b),
    DIV(
            Domain.NUMERIC,
            "divide",
            (x, y, z, t) -> Lax.div(t, y),
            (x, y, z, t) -> Lax.neg(Lax.mul(t, Lax.div(z, y))),
            (a, b) -> a / b,
            Binary::divide),
    REM(
            Domain.NUMERIC,
            "remainder",
            (x, y, z, t) -> t,
            (x, y, z, t) -> Lax.neg(Lax.mul(t, Lax.truncate(Lax.div(x, y)))),
            (a, b) -> a % b,
            Binary::remainder),
    POW(Domain.NUMERIC, "power", Binary::powBase, Binary::powExponent, Binary::power, Binary::integerPower),
    MAX(
            Domain.ANY,
            "maximum",
            (x, y, z, t) -> chosen(Compare.GT, x, y, t),
            (x, y, z, t) -> chosen(Compare.GT, y, x, t),
            Math::max,
            (a, b, w) -> Math.max(a, b)),
    MIN(
            Domain.ANY,
            "minimum",
            (x, y, z, t) -> chosen(Compare.LT, x, y, t),
            (x, y, z, t) -> chosen(Compare.LT, y, x, t),
            Math::min,
            (a, b, w) -> Math.min(a, b)),
    ATAN2(
            Domain.FLOAT,
            "atan2",
            (x, y, z, t) -> Lax.mul(t, Lax.div(y, sumOfSquares(x, y))),
            (x, y, z, t) -> Lax.neg(Lax.mul(t, Lax.div(x, sumOfSquares(x, y)))),
            Math::atan2,
            (a, b, w) -> 0),
    AND(Domain.BITS, "and", (a, b, w) -> a & b),
    OR(Domain.BITS, "or", (a, b, w) -> a | b),
    XOR(Domain.BITS, "xor", (a, b, w) -> a ^ b),
    SHIFT_LEFT(Domain.INTEGER, "shift_left", (a, b, w) -> b < 0 || b >= w ? 0 : a << b),
    SHIFT_RIGHT_ARITHMETIC(Domain.INTEGER, "shift_right_arithmetic", (a, b, w) -> b < 0 || b >= w ? a >> 63 : a >> b),
    SHIFT_RIGHT_LOGICAL(
            Domain.INTEGER,
            "shift_right_logical",
            (a, b, w) -> b < 0 || b >= w ? 0 : (w == 32 ? (a & 0xFFFFFFFFL) : a) >>> b);

    /** The part of a tangent or cotangent {@code t} that goes through one operand of {@code z = op(x, y)}. */
    interface Partial {
        Tensor of(Tensor x, Tensor y, Tensor z, Tensor t);
    }

    /** The reference on integers of {@code width} bits; the result is wrapped to the width. */
    interface OnLongs {
        long apply(long a, long b, int width);
    }

    private final Domain domain;
    private final String hlo;
    private final @Nullable Partial first;
    private final @Nullable Partial second;
    private final DoubleBinaryOperator onDoubles;
    private final OnLongs onLongs;

    /** An operation on bits, which has no derivative. */
    Binary(Domain domain, String hlo, OnLongs onLongs) {
        this(domain, hlo, null, null, (a, b) -> Double.NaN, onLongs);
    }

    Binary(
            Domain domain,
            String hlo,
            @Nullable Partial first,
            @Nullable Partial second,
            DoubleBinaryOperator onDoubles,
            OnLongs onLongs) {
        this.domain = domain;
        this.hlo = hlo;
        this.first = first;
        this.second = second;
        this.onDoubles = onDoubles;
        this.onLongs = onLongs;
    }

    /** {@code t} where {@code a} is chosen, half of it where both are equal, as JAX does. */
    private static Tensor chosen(Compare wins, Tensor a, Tensor b, Tensor t) {
        Tensor half = Lax.mul(t, Lax.like(t, 0.5));
        Tensor tie = Lax.select(Lax.compare(Compare.EQ, a, b), half, Lax.like(t, 0));
        return Lax.select(Lax.compare(wins, a, b), t, tie);
    }

    private static Tensor powBase(Tensor x, Tensor y, Tensor z, Tensor t) {
        Tensor zero = Lax.like(y, 0);
        Tensor one = Lax.like(y, 1);
        // y = 0 has the slope 0 everywhere, also at x = 0, where y * x^(y-1) would be 0 * inf.
        Tensor flat = Lax.compare(Compare.EQ, y, zero);
        Tensor power = Lax.pow(x, Lax.select(flat, one, Lax.sub(y, one)));
        return Lax.mul(t, Lax.select(flat, zero, Lax.mul(y, power)));
    }

    private static Tensor powExponent(Tensor x, Tensor y, Tensor z, Tensor t) {
        // x = 0: the limit of z log(x) is 0 for y > 0, so that 0 * -inf must not appear.
        Tensor zero = Lax.like(x, 0);
        Tensor one = Lax.like(x, 1);
        Tensor safe = Lax.select(Lax.compare(Compare.EQ, x, zero), one, x);
        return Lax.mul(t, Lax.mul(Lax.log(safe), z));
    }

    private static Tensor sumOfSquares(Tensor x, Tensor y) {
        return Lax.add(Lax.mul(x, x), Lax.mul(y, y));
    }

    private static double power(double a, double b) {
        // IEEE pow, as C has it: 1 to any power is 1, and -1 to an infinite one; Java says NaN.
        if (a == 1 || (a == -1 && Double.isInfinite(b))) {
            return 1;
        }
        return Math.pow(a, b);
    }

    private static long integerPower(long a, long b, int width) {
        if (b < 0) {
            return a == 1 ? 1 : a == -1 ? ((b & 1) == 0 ? 1 : -1) : 0;
        }
        long result = 1;
        for (long base = a, left = b; left != 0; left >>= 1, base *= base) {
            if ((left & 1) == 1) {
                result *= base;
            }
        }
        return result;
    }

    /** XLA's integer division: by zero it is -1. */
    private static long divide(long a, long b, int width) {
        return b == 0 ? -1 : a / b;
    }

    /** XLA's integer remainder: by zero it is the operand. */
    private static long remainder(long a, long b, int width) {
        return b == 0 ? a : a % b;
    }

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = Elementwise.sameType(this, ins);
        domain.check(this, x);
        return List.of(x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.elementwise("stablehlo." + hlo, eqn, ins));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(
                Lax.addOrNull(through(first, ins, outs, tangents.get(0)), through(second, ins, outs, tangents.get(1))));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Arrays.asList(through(first, ins, outs, cts.get(0)), through(second, ins, outs, cts.get(0)));
    }

    private static @Nullable Tensor through(
            @Nullable Partial partial, List<Tensor> ins, List<Tensor> outs, @Nullable Tensor t) {
        return partial == null || t == null ? null : partial.of(ins.get(0), ins.get(1), outs.get(0), t);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        HostArray y = ins.get(1);
        ShapedArray aval = x.aval();
        int width = 8 * aval.dtype().byteSize();
        return List.of(
                aval.dtype().isFloat()
                        ? HostArray.ofDoubles(aval, i -> onDoubles.applyAsDouble(x.doubleAt(i), y.doubleAt(i)))
                        : HostArray.ofLongs(aval, i -> onLongs.apply(x.longAt(i), y.longAt(i), width)));
    }

    /** One element of the reference on floats. */
    double onDoubles(double a, double b) {
        return onDoubles.applyAsDouble(a, b);
    }

    /** One element of the reference on integers and bool. */
    long onLongs(long a, long b, int width) {
        return onLongs.apply(a, b, width);
    }
}
