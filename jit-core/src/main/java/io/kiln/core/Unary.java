package io.kiln.core;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Elementwise primitives of one operand. A new one is one row: domain, StableHLO name, derivative, reference. */
@SuppressWarnings("ImmutableEnumChecker") // the rows hold functions without state
public enum Unary implements Primitive {
    NEG(Domain.NUMERIC, "negate", (x, y) -> Lax.like(x, -1), x -> -x, x -> -x),
    EXP(Domain.FLOAT, "exponential", (x, y) -> y, Math::exp),
    EXPM1(Domain.FLOAT, "exponential_minus_one", (x, y) -> Lax.add(y, Lax.like(y, 1)), Math::expm1),
    LOG(Domain.FLOAT, "log", (x, y) -> Lax.div(Lax.like(x, 1), x), Math::log),
    LOG1P(Domain.FLOAT, "log_plus_one", (x, y) -> Lax.div(Lax.like(x, 1), Lax.add(x, Lax.like(x, 1))), Math::log1p),
    TANH(Domain.FLOAT, "tanh", (x, y) -> Lax.sub(Lax.like(y, 1), Lax.mul(y, y)), Math::tanh),
    LOGISTIC(Domain.FLOAT, "logistic", (x, y) -> Lax.mul(y, Lax.sub(Lax.like(y, 1), y)), x -> 1 / (1 + Math.exp(-x))),
    SQRT(Domain.FLOAT, "sqrt", (x, y) -> Lax.div(Lax.like(y, 0.5), y), Math::sqrt),
    RSQRT(Domain.FLOAT, "rsqrt", (x, y) -> Lax.mul(Lax.like(y, -0.5), Lax.div(y, x)), x -> 1 / Math.sqrt(x)),
    CBRT(Domain.FLOAT, "cbrt", (x, y) -> Lax.div(y, Lax.mul(Lax.like(x, 3), x)), Math::cbrt),
    SIN(Domain.FLOAT, "sine", (x, y) -> Lax.cos(x), Math::sin),
    COS(Domain.FLOAT, "cosine", (x, y) -> Lax.neg(Lax.sin(x)), Math::cos),
    TAN(Domain.FLOAT, "tan", (x, y) -> Lax.add(Lax.like(y, 1), Lax.mul(y, y)), Math::tan),
    ABS(Domain.NUMERIC, "abs", (x, y) -> Lax.sign(x), Math::abs, Math::abs),
    SIGN(Domain.NUMERIC, "sign", Unary::flat, Math::signum, Long::signum),
    FLOOR(Domain.FLOAT, "floor", Unary::flat, Math::floor),
    CEIL(Domain.FLOAT, "ceil", Unary::flat, Math::ceil),
    /** Halves to even. */
    ROUND(Domain.FLOAT, "round_nearest_even", Unary::flat, Math::rint),
    NOT(Domain.BITS, "not", Unary::flat, x -> x, x -> ~x),
    IS_FINITE(Domain.FLOAT, "is_finite", Unary::flat, x -> Double.isFinite(x) ? 1 : 0),
    /** The operand itself, a constant to differentiation; nothing in StableHLO. */
    STOP_GRADIENT(Domain.ANY, "", Unary::flat, x -> x, x -> x);

    /** The dtypes that an operation takes. */
    enum Domain {
        FLOAT("a float (f32 or f64)"),
        NUMERIC("a number, not bool"),
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
                case NUMERIC -> dtype.isNumeric();
                case BITS -> !dtype.isFloat();
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

    private final Domain domain;
    private final String hlo;
    private final Derivative derivative;
    private final DoubleUnaryOperator onDoubles;
    private final LongUnaryOperator onLongs;

    Unary(Domain domain, String hlo, Derivative derivative, DoubleUnaryOperator onDoubles) {
        this(domain, hlo, derivative, onDoubles, x -> x);
    }

    Unary(Domain domain, String hlo, Derivative derivative, DoubleUnaryOperator onDoubles, LongUnaryOperator onLongs) {
        this.domain = domain;
        this.hlo = hlo;
        this.derivative = derivative;
        this.onDoubles = onDoubles;
        this.onLongs = onLongs;
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
        return List.of(this == IS_FINITE ? x.withDType(DType.BOOL) : x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        if (this == STOP_GRADIENT) {
            return ins;
        }
        if (this == IS_FINITE) {
            return List.of(out.typed("stablehlo.is_finite", eqn, ins, ""));
        }
        return List.of(out.elementwise("stablehlo." + hlo, eqn, ins));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(scaled(tangents.get(0), ins, outs));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Collections.singletonList(scaled(cts.get(0), ins, outs));
    }

    private @Nullable Tensor scaled(@Nullable Tensor by, List<Tensor> ins, List<Tensor> outs) {
        if (by == null) {
            return null;
        }
        if (this == NEG) {
            return Lax.neg(by);
        }
        Tensor slope = derivative.at(ins.get(0), outs.get(0));
        return slope == null ? null : Lax.mul(by, slope);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray aval = x.aval();
        if (this == IS_FINITE) {
            return List.of(
                    HostArray.ofLongs(aval.withDType(DType.BOOL), i -> (long) onDoubles.applyAsDouble(x.doubleAt(i))));
        }
        return List.of(
                switch (aval.dtype()) {
                    case F32, F64 -> HostArray.ofDoubles(aval, i -> onDoubles.applyAsDouble(x.doubleAt(i)));
                    case I32, I64 -> HostArray.ofLongs(aval, i -> onLongs.applyAsLong(x.longAt(i)));
                    case BOOL -> this == NOT ? HostArray.ofLongs(aval, i -> 1 - x.longAt(i)) : x;
                });
    }
}
