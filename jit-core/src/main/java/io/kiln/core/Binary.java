package io.kiln.core;

import io.kiln.core.Unary.Domain;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/** Elementwise primitives of two operands of one type. A new one is one row: domain, StableHLO name, partial derivatives, reference. */
@SuppressWarnings("ImmutableEnumChecker") // the rows hold functions without state
public enum Binary implements Primitive {
    ADD(Domain.NUMERIC, "add", (x, y, z, t) -> t, (x, y, z, t) -> t, Double::sum, (a, b, d) -> a + b, Complex::add),
    SUB(
            Domain.NUMERIC,
            "subtract",
            (x, y, z, t) -> t,
            (x, y, z, t) -> Lax.neg(t),
            (a, b) -> a - b,
            (a, b, d) -> a - b,
            Complex::subtract),
    MUL(
            Domain.NUMERIC,
            "multiply",
            (x, y, z, t) -> Lax.mul(t, y),
            (x, y, z, t) -> Lax.mul(x, t),
            (a, b) -> a * b,
            (a, b, d) -> a * b,
            Complex::multiply),
    DIV(
            Domain.NUMERIC,
            "divide",
            (x, y, z, t) -> Lax.div(t, y),
            (x, y, z, t) -> Lax.neg(Lax.mul(t, Lax.div(z, y))),
            (a, b) -> a / b,
            Binary::divide,
            Complex::divide),
    REM(
            Domain.REAL,
            "remainder",
            (x, y, z, t) -> t,
            (x, y, z, t) -> Lax.neg(Lax.mul(t, Lax.truncate(Lax.div(x, y)))),
            (a, b) -> a % b,
            Binary::remainder),
    POW(
            Domain.NUMERIC,
            "power",
            Binary::powBase,
            Binary::powExponent,
            Binary::power,
            Binary::integerPower,
            Complex::pow),
    MAX(
            Domain.ORDERED,
            "maximum",
            (x, y, z, t) -> chosen(Compare.GT, x, y, t),
            (x, y, z, t) -> chosen(Compare.GT, y, x, t),
            Math::max,
            (a, b, d) -> Compare.order(a, b, d) >= 0 ? a : b),
    MIN(
            Domain.ORDERED,
            "minimum",
            (x, y, z, t) -> chosen(Compare.LT, x, y, t),
            (x, y, z, t) -> chosen(Compare.LT, y, x, t),
            Math::min,
            (a, b, d) -> Compare.order(a, b, d) <= 0 ? a : b),
    ATAN2(
            Domain.FLOAT,
            "atan2",
            (x, y, z, t) -> Lax.mul(t, Lax.div(y, sumOfSquares(x, y))),
            (x, y, z, t) -> Lax.neg(Lax.mul(t, Lax.div(x, sumOfSquares(x, y)))),
            Math::atan2,
            (a, b, d) -> 0),
    /** The next float after the first operand in the direction of the second. */
    NEXTAFTER(Domain.FLOAT, "chlo.next_after", (x, y, z, t) -> t, null, Math::nextAfter, (a, b, d) -> 0),
    AND(Domain.BITS, "and", (a, b, d) -> a & b),
    OR(Domain.BITS, "or", (a, b, d) -> a | b),
    XOR(Domain.BITS, "xor", (a, b, d) -> a ^ b),
    SHIFT_LEFT(Domain.INTEGER, "shift_left", (a, b, d) -> beyond(b, d) ? 0 : a << b),
    SHIFT_RIGHT_ARITHMETIC(
            Domain.INTEGER,
            "shift_right_arithmetic",
            // The sign is that of the bits, also of an unsigned type.
            (a, b, d) -> a << (64 - d.bits()) >> (64 - d.bits()) >> (beyond(b, d) ? 63 : b)),
    SHIFT_RIGHT_LOGICAL(
            Domain.INTEGER,
            "shift_right_logical",
            (a, b, d) -> beyond(b, d) ? 0 : a << (64 - d.bits()) >>> (64 - d.bits()) >>> b);

    /** The part of a tangent or cotangent {@code t} that goes through one operand of {@code z = op(x, y)}. */
    interface Partial {
        Tensor of(Tensor x, Tensor y, Tensor z, Tensor t);
    }

    /** The reference on integers of {@code dtype}; the result is wrapped to it. */
    interface OnLongs {
        long apply(long a, long b, DType dtype);
    }

    private final Domain domain;
    private final String hlo;
    private final @Nullable Partial first;
    private final @Nullable Partial second;
    private final DoubleBinaryOperator onDoubles;
    private final OnLongs onLongs;
    private final BinaryOperator<Complex> onComplex;

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
        this(domain, hlo, first, second, onDoubles, onLongs, (a, b) -> a);
    }

    Binary(
            Domain domain,
            String hlo,
            @Nullable Partial first,
            @Nullable Partial second,
            DoubleBinaryOperator onDoubles,
            OnLongs onLongs,
            BinaryOperator<Complex> onComplex) {
        this.domain = domain;
        this.hlo = hlo;
        this.first = first;
        this.second = second;
        this.onDoubles = onDoubles;
        this.onLongs = onLongs;
        this.onComplex = onComplex;
    }

    /** Whether a shift by {@code by} moves all bits out; the count is unsigned. */
    private static boolean beyond(long by, DType dtype) {
        return by < 0 || by >= dtype.bits();
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

    /** Wrapping; a negative power is 0 where it is no integer. */
    static long integerPower(long a, long b, DType dtype) {
        if (b < 0 && dtype.kind() == DType.Kind.SIGNED) {
            return a == 1 ? 1 : a == -1 ? ((b & 1) == 0 ? 1 : -1) : 0;
        }
        long result = 1;
        for (long base = a, left = b; left != 0; left >>>= 1, base *= base) {
            if ((left & 1) == 1) {
                result *= base;
            }
        }
        return result;
    }

    /** XLA's integer division: by zero all bits are set. */
    private static long divide(long a, long b, DType dtype) {
        return b == 0 ? -1 : dtype == DType.U64 ? Long.divideUnsigned(a, b) : a / b;
    }

    /** XLA's integer remainder: by zero it is the operand. */
    private static long remainder(long a, long b, DType dtype) {
        return b == 0 ? a : dtype == DType.U64 ? Long.remainderUnsigned(a, b) : a % b;
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
        ShapedArray aval = eqn.outs().get(0).aval();
        if ((this == DIV || this == REM) && aval.dtype().isInteger()) {
            return List.of(IntegerDivision.lower(out, "stablehlo." + hlo, aval, ins.get(0), ins.get(1)));
        }
        return List.of(
                hlo.startsWith("chlo.") ? out.chlo(hlo, eqn, ins) : out.elementwise("stablehlo." + hlo, eqn, ins));
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
        DType dtype = aval.dtype();
        return List.of(
                switch (dtype.kind()) {
                    case FLOAT ->
                        this == NEXTAFTER
                                ? HostArray.ofDoubles(aval, i -> Scalars.nextAfter(x.doubleAt(i), y.doubleAt(i), dtype))
                                : HostArray.ofDoubles(aval, i -> onDoubles.applyAsDouble(x.doubleAt(i), y.doubleAt(i)));
                    case COMPLEX -> HostArray.ofComplex(aval, i -> onComplex.apply(x.complexAt(i), y.complexAt(i)));
                    case BOOL, SIGNED, UNSIGNED ->
                        HostArray.ofLongs(aval, i -> onLongs.apply(x.longAt(i), y.longAt(i), dtype));
                });
    }

    /** {@code start} with the elements of {@code x} combined into its elements {@code slots[i]}, one after the other; none for -1. */
    HostArray fold(HostArray start, HostArray x, int[] slots) {
        ShapedArray to = start.aval();
        int results = Math.toIntExact(to.elements());
        return switch (to.dtype().kind()) {
            case FLOAT -> {
                double[] sums = start.toDoubles();
                for (int i = 0; i < slots.length; i++) {
                    if (slots[i] >= 0) {
                        sums[slots[i]] = onDoubles.applyAsDouble(sums[slots[i]], x.doubleAt(i));
                    }
                }
                yield HostArray.ofDoubles(to, i -> sums[i]);
            }
            case COMPLEX -> {
                Complex[] sums = new Complex[results];
                Arrays.setAll(sums, start::complexAt);
                for (int i = 0; i < slots.length; i++) {
                    if (slots[i] >= 0) {
                        sums[slots[i]] = onComplex.apply(sums[slots[i]], x.complexAt(i));
                    }
                }
                yield HostArray.ofComplex(to, i -> sums[i]);
            }
            case BOOL, SIGNED, UNSIGNED -> {
                long[] sums = start.toLongs();
                for (int i = 0; i < slots.length; i++) {
                    if (slots[i] >= 0) {
                        long next = onLongs.apply(sums[slots[i]], x.longAt(i), to.dtype());
                        sums[slots[i]] = to.dtype() == DType.BOOL ? next & 1 : Atom.Literal.wrap(to.dtype(), next);
                    }
                }
                yield HostArray.ofLongs(to, i -> sums[i]);
            }
        };
    }
}
