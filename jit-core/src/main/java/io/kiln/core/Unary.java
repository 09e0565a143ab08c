package io.kiln.core;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/** Elementwise primitives of one operand. A new one is one row: domain, StableHLO name, derivative, reference. */
@SuppressWarnings("ImmutableEnumChecker") // the rows hold functions without state
public enum Unary implements Primitive {
    NEG(Domain.NUMERIC, "negate", (x, y) -> Lax.like(x, -1), x -> -x, (x, d) -> -x, Complex::negate),
    EXP(Domain.INEXACT, "exponential", (x, y) -> y, Math::exp, Complex::exp),
    EXPM1(
            Domain.INEXACT,
            "exponential_minus_one",
            (x, y) -> Lax.add(y, Lax.like(y, 1)),
            Math::expm1,
            x -> x.exp().subtract(1)),
    LOG(Domain.INEXACT, "log", (x, y) -> Lax.div(Lax.like(x, 1), x), Math::log, Complex::log),
    LOG1P(
            Domain.INEXACT,
            "log_plus_one",
            (x, y) -> Lax.div(Lax.like(x, 1), Lax.add(x, Lax.like(x, 1))),
            Math::log1p,
            x -> x.add(1).log()),
    TANH(Domain.INEXACT, "tanh", (x, y) -> Lax.sub(Lax.like(y, 1), Lax.mul(y, y)), Math::tanh, Complex::tanh),
    LOGISTIC(
            Domain.INEXACT,
            "logistic",
            (x, y) -> Lax.mul(y, Lax.sub(Lax.like(y, 1), y)),
            x -> 1 / (1 + Math.exp(-x)),
            x -> Complex.ONE.divide(x.negate().exp().add(1))),
    SQRT(Domain.INEXACT, "sqrt", (x, y) -> Lax.div(Lax.like(y, 0.5), y), Math::sqrt, Complex::sqrt),
    RSQRT(
            Domain.INEXACT,
            "rsqrt",
            (x, y) -> Lax.mul(Lax.like(y, -0.5), Lax.div(y, x)),
            x -> 1 / Math.sqrt(x),
            x -> Complex.ONE.divide(x.sqrt())),
    CBRT(Domain.FLOAT, "cbrt", (x, y) -> Lax.mul(Lax.like(y, 1 / 3.0), Lax.integerPow(y, -2)), Math::cbrt),
    SIN(Domain.INEXACT, "sine", (x, y) -> Lax.cos(x), Math::sin, Complex::sin),
    COS(Domain.INEXACT, "cosine", (x, y) -> Lax.neg(Lax.sin(x)), Math::cos, Complex::cos),
    TAN(Domain.INEXACT, "tan", (x, y) -> Lax.add(Lax.like(y, 1), square(y)), Math::tan, Complex::tan),
    ASIN(
            Domain.INEXACT,
            "chlo.asin",
            (x, y) -> Lax.rsqrt(Lax.sub(Lax.like(x, 1), square(x))),
            Math::asin,
            Complex::asin),
    ACOS(
            Domain.INEXACT,
            "chlo.acos",
            (x, y) -> Lax.neg(Lax.rsqrt(Lax.sub(Lax.like(x, 1), square(x)))),
            Math::acos,
            Complex::acos),
    ATAN(
            Domain.INEXACT,
            "chlo.atan",
            (x, y) -> Lax.div(Lax.like(x, 1), Lax.add(Lax.like(x, 1), square(x))),
            Math::atan,
            Complex::atan),
    SINH(Domain.INEXACT, "chlo.sinh", (x, y) -> Lax.cosh(x), Math::sinh, Complex::sinh),
    COSH(Domain.INEXACT, "chlo.cosh", (x, y) -> Lax.sinh(x), Math::cosh, Complex::cosh),
    ASINH(
            Domain.INEXACT,
            "chlo.asinh",
            (x, y) -> Lax.rsqrt(Lax.add(square(x), Lax.like(x, 1))),
            Scalars::asinh,
            Complex::asinh),
    ACOSH(
            Domain.INEXACT,
            "chlo.acosh",
            (x, y) -> Lax.rsqrt(Lax.sub(square(x), Lax.like(x, 1))),
            Scalars::acosh,
            Complex::acosh),
    ATANH(
            Domain.INEXACT,
            "chlo.atanh",
            // In two factors: 1 - x^2 would lose what is left of it near the ends.
            (x, y) -> Lax.mul(
                    Lax.div(Lax.like(x, 1), Lax.add(Lax.like(x, 1), x)),
                    Lax.div(Lax.like(x, 1), Lax.sub(Lax.like(x, 1), x))),
            Scalars::atanh,
            Complex::atanh),
    /** Of a complex number its modulus, a real number. */
    ABS(Domain.NUMERIC, "abs", Unary::direction, Math::abs, Unary::absolute, x -> Complex.ofCartesian(x.abs(), 0)),
    /** Of a complex number {@code x / |x|}, and 0 at 0. */
    SIGN(Domain.NUMERIC, "sign", Unary::flat, Math::signum, Unary::signum, Unary::unit),
    FLOOR(Domain.FLOAT, "floor", Unary::flat, Math::floor),
    CEIL(Domain.FLOAT, "ceil", Unary::flat, Math::ceil),
    /** Halves to even. */
    ROUND(Domain.FLOAT, "round_nearest_even", Unary::flat, Math::rint),
    /** Halves away from zero. */
    ROUND_AWAY(Domain.FLOAT, "round_nearest_afz", Unary::flat, Scalars::roundAway),
    /** The number of bits that are set. */
    POPULATION_COUNT(
            Domain.INTEGER, "popcnt", Unary::flat, x -> x, (x, d) -> Long.bitCount(x << (64 - d.bits())), x -> x),
    /** The number of zeros above the highest bit that is set; of 0 the width. */
    COUNT_LEADING_ZEROS(
            Domain.INTEGER,
            "count_leading_zeros",
            Unary::flat,
            x -> x,
            (x, d) -> Math.min(d.bits(), Long.numberOfLeadingZeros(x << (64 - d.bits()))),
            x -> x),
    NOT(Domain.BITS, "not", Unary::flat, x -> x, (x, d) -> ~x, x -> x),
    IS_FINITE(Domain.FLOAT, "is_finite", Unary::flat, x -> Double.isFinite(x) ? 1 : 0),
    /** The real part of a complex number. */
    REAL(Domain.COMPLEX, "real", Unary::flat, x -> x, x -> Complex.ofCartesian(x.real(), 0)),
    /** The imaginary part of a complex number. */
    IMAG(Domain.COMPLEX, "imag", Unary::flat, x -> x, x -> Complex.ofCartesian(x.imag(), 0)),
    /** The operand itself, a constant to differentiation; nothing in StableHLO. */
    STOP_GRADIENT(Domain.ANY, "", Unary::flat, x -> x, (x, d) -> x, x -> x);

    /** The dtypes that an operation takes. */
    enum Domain {
        FLOAT("a float (bf16, f16, f32 or f64)"),
        COMPLEX("a complex number (c64 or c128)"),
        INEXACT("a float or a complex number"),
        NUMERIC("a number, not bool"),
        REAL("a real number, not bool or complex"),
        ORDERED("bool, an integer or a float"),
        BITS("bool or an integer"),
        INTEGER("an integer"),
        ANY("anything");

        private final String text;

        Domain(String text) {
            this.text = text;
        }

        boolean contains(DType dtype) {
            return switch (this) {
                case FLOAT -> dtype.isFloat();
                case COMPLEX -> dtype.isComplex();
                case INEXACT -> dtype.isInexact();
                case NUMERIC -> dtype.isNumeric();
                case REAL -> dtype.isInteger() || dtype.isFloat();
                case ORDERED -> !dtype.isComplex();
                case BITS -> !dtype.isInexact();
                case INTEGER -> dtype.isInteger();
                case ANY -> true;
            };
        }

        void check(Primitive primitive, ShapedArray aval) {
            if (!contains(aval.dtype())) {
                throw TraceErrors.dtype(primitive.mnemonic(), text, aval);
            }
        }
    }

    /** The derivative at operand {@code x}, where the result is {@code y}; {@code null} where it is zero. */
    interface Derivative {
        @Nullable
        Tensor at(Tensor x, Tensor y);
    }

    /** The reference on integers of {@code dtype}; the result is wrapped to it. */
    interface OnLongs {
        long apply(long x, DType dtype);
    }

    private final Domain domain;
    private final String hlo;
    private final Derivative derivative;
    private final DoubleUnaryOperator onDoubles;
    private final OnLongs onLongs;
    private final UnaryOperator<Complex> onComplex;

    Unary(Domain domain, String hlo, Derivative derivative, DoubleUnaryOperator onDoubles) {
        this(domain, hlo, derivative, onDoubles, x -> x);
    }

    Unary(
            Domain domain,
            String hlo,
            Derivative derivative,
            DoubleUnaryOperator onDoubles,
            UnaryOperator<Complex> onComplex) {
        this(domain, hlo, derivative, onDoubles, (x, d) -> x, onComplex);
    }

    Unary(
            Domain domain,
            String hlo,
            Derivative derivative,
            DoubleUnaryOperator onDoubles,
            OnLongs onLongs,
            UnaryOperator<Complex> onComplex) {
        this.domain = domain;
        this.hlo = hlo;
        this.derivative = derivative;
        this.onDoubles = onDoubles;
        this.onLongs = onLongs;
        this.onComplex = onComplex;
    }

    private static Tensor square(Tensor x) {
        return Lax.integerPow(x, 2);
    }

    /** The slope of the absolute value; for a complex {@code x} the {@code s} of {@code d|x| = Re(s dx)}. */
    private static Tensor direction(Tensor x, Tensor y) {
        if (x.dtype().isComplex()) {
            return Lax.conj(Lax.sign(x));
        }
        // 1 at 0, as JAX has it.
        Tensor one = Lax.like(x, 1);
        return Lax.select(Lax.compare(Compare.GE, x, Lax.like(x, 0)), one, Lax.neg(one));
    }

    private static long absolute(long x, DType dtype) {
        return dtype.kind() == DType.Kind.UNSIGNED ? x : Math.abs(x);
    }

    private static long signum(long x, DType dtype) {
        return dtype.kind() == DType.Kind.UNSIGNED ? (x == 0 ? 0 : 1) : Long.signum(x);
    }

    private static Complex unit(Complex x) {
        return x.equals(Complex.ZERO) ? x : x.divide(x.abs());
    }

    /** Piecewise constant: the derivative is zero. */
    private static @Nullable Tensor flat(Tensor x, Tensor y) {
        return null;
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
        ShapedArray x = ins.get(0);
        domain.check(this, x);
        return List.of(x.withDType(result(x.dtype())));
    }

    private DType result(DType dtype) {
        return switch (this) {
            case IS_FINITE -> DType.BOOL;
            case ABS, REAL, IMAG -> dtype.real();
            default -> dtype;
        };
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        if (this == STOP_GRADIENT) {
            return ins;
        }
        if (hlo.startsWith("chlo.")) {
            return List.of(out.chlo(hlo, eqn, ins));
        }
        ShapedArray aval = eqn.outs().get(0).aval();
        if (aval.dtype().kind() == DType.Kind.UNSIGNED && (this == ABS || this == SIGN)) {
            // StableHLO has neither for unsigned integers.
            if (this == ABS) {
                return ins;
            }
            String one = out.full(aval, Atom.Literal.of(aval.dtype(), 1L));
            return List.of(out.elementwise("stablehlo.minimum", eqn, List.of(ins.get(0), one)));
        }
        boolean sameType = eqn.outputs().equals(eqn.inputs());
        String op = "stablehlo." + hlo;
        return List.of(sameType ? out.elementwise(op, eqn, ins) : out.typed(op, eqn, ins, ""));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        Tensor x = ins.get(0);
        if (t != null && (this == REAL || this == IMAG)) {
            return List.of(Trace.bind1(this, t));
        }
        Tensor scaled = scaled(t, x, outs.get(0));
        return Collections.singletonList(
                scaled != null && this == ABS && x.dtype().isComplex() ? Lax.real(scaled) : scaled);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        Tensor x = ins.get(0);
        if (ct != null && this == REAL) {
            return List.of(Lax.convert(ct, x.dtype()));
        }
        if (ct != null && this == IMAG) {
            // Cotangents pair by Re(ct * t): that of the imaginary part is -i ct.
            return List.of(Lax.complex(Lax.like(ct, 0), Lax.neg(ct)));
        }
        return Collections.singletonList(scaled(ct, x, outs.get(0)));
    }

    private @Nullable Tensor scaled(@Nullable Tensor by, Tensor x, Tensor y) {
        if (by == null) {
            return null;
        }
        if (this == NEG) {
            return Lax.neg(by);
        }
        Tensor slope = derivative.at(x, y);
        return slope == null ? null : Lax.mul(Lax.convert(by, slope.dtype()), slope);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        DType dtype = x.aval().dtype();
        ShapedArray to = x.aval().withDType(result(dtype));
        return List.of(
                switch (dtype.kind()) {
                    case BOOL -> this == NOT ? HostArray.ofLongs(to, i -> 1 - x.longAt(i)) : x;
                    case SIGNED, UNSIGNED -> HostArray.ofLongs(to, i -> onLongs.apply(x.longAt(i), dtype));
                    case FLOAT ->
                        to.dtype() == DType.BOOL
                                ? HostArray.ofLongs(to, i -> (long) onDoubles.applyAsDouble(x.doubleAt(i)))
                                : HostArray.ofDoubles(to, i -> onDoubles.applyAsDouble(x.doubleAt(i)));
                    case COMPLEX ->
                        to.dtype().isComplex()
                                ? HostArray.ofComplex(to, i -> onComplex.apply(x.complexAt(i)))
                                : HostArray.ofDoubles(
                                        to, i -> onComplex.apply(x.complexAt(i)).getReal());
                });
    }
}
