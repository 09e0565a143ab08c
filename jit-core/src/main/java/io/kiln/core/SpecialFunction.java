package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.numbers.gamma.Erf;
import org.apache.commons.numbers.gamma.Erfc;
import org.apache.commons.numbers.gamma.InverseErf;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise primitives of one to three floats of one type: the special functions that other functions are composed of. A new
 * one is one row: how it is lowered and its reference, or the program that it stands for; then one partial derivative an
 * operand.
 */
@SuppressWarnings("ImmutableEnumChecker") // the rows hold functions without state
public enum SpecialFunction implements Primitive {
    ERF(new Chlo("erf", x -> Erf.value(x[0])), (in, out, t) -> bell(2, in.get(0), t)),
    /** {@code 1 - erf(x)}, exact where that is small. */
    ERFC(new Chlo("erfc", x -> Erfc.value(x[0])), (in, out, t) -> bell(-2, in.get(0), t)),
    /** The x with {@code erf(x) = y}; infinite at -1 and 1. */
    ERF_INV(
            new Chlo("erf_inv", x -> InverseErf.value(x[0])),
            (in, out, t) -> t.times(out.square().exp()).times(Math.sqrt(Math.PI) / 2)),
    /** The logarithm of the modulus of the gamma function. */
    LGAMMA(new Chlo("lgamma", x -> GammaReference.logGamma(x[0])), (in, out, t) -> t.times(Lax.digamma(in.get(0)))),
    /** The derivative of {@link #LGAMMA}; NaN at its poles. */
    DIGAMMA(
            new Chlo("digamma", x -> GammaReference.digamma(x[0])),
            (in, out, t) -> t.times(Lax.polygamma(Lax.like(out, 1), in.get(0)))),
    /** The derivative of order m, the first operand, of {@link #DIGAMMA} at the second operand. */
    POLYGAMMA(
            new Chlo("polygamma", x -> GammaReference.polygamma(x[0], x[1])),
            null,
            (in, out, t) -> t.times(Lax.polygamma(in.get(0).plus(1), in.get(1)))),
    /** The Hurwitz zeta function: the sum of {@code (q + k)^-s} over k = 0, 1, ...; operands s, q. */
    ZETA(
            new Chlo("zeta", x -> GammaReference.zeta(x[0], x[1])),
            null,
            (in, out, t) -> t.times(in.get(0).negate().times(Lax.zeta(in.get(0).plus(1), in.get(1))))),
    /** {@code exp(-|x|)} times the modified Bessel function of the first kind and order 0. */
    BESSEL_I0E(
            wide(Bessel::i0e),
            (in, out, t) ->
                    t.times(Lax.besselI1e(in.get(0)).minus(in.get(0).sign().times(out)))),
    /** {@code exp(-|x|)} times the modified Bessel function of the first kind and order 1. */
    BESSEL_I1E(new Chlo("bessel_i1e", x -> Bessel.i1e(x[0])), (in, out, t) -> t.times(Bessel.i1eSlope(in.get(0), out))),
    /** The regularized lower incomplete gamma function P(a, x). */
    IGAMMA(
            wide(IncompleteGamma::lower),
            (in, out, t) -> t.times(Lax.igammaGradA(in.get(0), in.get(1))),
            (in, out, t) -> t.times(IncompleteGamma.density(in.get(0), in.get(1)))),
    /** The regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x). */
    IGAMMAC(
            wide(IncompleteGamma::upper),
            (in, out, t) -> t.times(Lax.igammaGradA(in.get(0), in.get(1))).negate(),
            (in, out, t) ->
                    t.times(IncompleteGamma.density(in.get(0), in.get(1))).negate()),
    /** The derivative of {@link #IGAMMA} with respect to a. */
    IGAMMA_GRAD_A(wide(IncompleteGamma::lowerByShape), null, null),
    /** The derivative of a sample x of the gamma distribution with respect to its shape a; operands a, x. */
    RANDOM_GAMMA_GRAD(wide(IncompleteGamma::sampleByShape), null, null),
    /** The regularized incomplete beta function I_x(a, b); operands a, b, x. */
    REGULARIZED_INCOMPLETE_BETA(
            wide(IncompleteBeta::value),
            null,
            null,
            (in, out, t) ->
                    IncompleteBeta.density(in.get(0), in.get(1), in.get(2)).times(t)),
    /** {@code log(exp(a) + exp(b))} without overflow. */
    LOGADDEXP(
            new Expanded(LogAddExp::natural),
            (in, out, t) -> t.times(LogAddExp.share(in.get(0), out)),
            (in, out, t) -> t.times(LogAddExp.share(in.get(1), out))),
    /** {@code log2(2^a + 2^b)} without overflow. */
    LOGADDEXP2(
            new Expanded(LogAddExp::binary),
            (in, out, t) -> t.times(LogAddExp.share2(in.get(0), out)),
            (in, out, t) -> t.times(LogAddExp.share2(in.get(1), out))),
    /** {@code x log(y)}, 0 where x is 0 and y is not NaN. */
    XLOGY(
            new Expanded(in -> Entropy.orZero(in.get(0), in.get(1), in.get(1).log())),
            (in, out, t) -> t.times(in.get(1).log()),
            (in, out, t) -> t.times(in.get(0)).dividedBy(in.get(1))),
    /** {@code x log(1 + y)}, 0 where x is 0 and y is not NaN. */
    XLOG1PY(
            new Expanded(in -> Entropy.orZero(in.get(0), in.get(1), in.get(1).log1p())),
            (in, out, t) -> t.times(in.get(1).log1p()),
            (in, out, t) -> t.times(in.get(0)).dividedBy(in.get(1).plus(1))),
    /** {@code x log(x)}, 0 at 0. */
    XLOGX(
            new Expanded(in -> Entropy.orZero(in.get(0), in.get(0), in.get(0).log())),
            (in, out, t) -> t.times(in.get(0).log().plus(1))),
    /** The logarithm of the standard normal distribution function. */
    LOG_NDTR(
            new Expanded(in -> NormalTail.logDistribution(in.get(0))),
            (in, out, t) -> t.times(NormalTail.logDensity(in.get(0)).minus(out).exp())),
    /** The exponential integral E1, the integral of {@code exp(-t) / t} from x on; NaN below 0. */
    EXP1(
            wide(in -> ExponentialIntegral.e1(in.get(0))),
            (in, out, t) ->
                    t.times(in.get(0).negate().exp()).dividedBy(in.get(0)).negate()),
    /** The exponential integral Ei, the principal value of the integral of {@code exp(t) / t} up to x. */
    EXPI(
            wide(in -> ExponentialIntegral.ei(in.get(0))),
            (in, out, t) -> t.times(in.get(0).exp()).dividedBy(in.get(0)));

    /** How a row is computed. */
    private sealed interface Definition {}

    /** An operation of the dialect CHLO, with its reference. */
    private record Chlo(String op, Function<double[], Double> reference) implements Definition {}

    /** A program in the language. */
    private record Expanded(Function<List<Tensor>, Tensor> body) implements Definition {}

    /** The part of a tangent or cotangent {@code t} that goes through one operand. */
    interface Partial {
        Tensor of(List<Tensor> in, Tensor out, Tensor t);
    }

    private final Definition definition;
    private final @Nullable Partial[] partials;

    /** A row; an operand whose partial is null has no derivative, and asking for it is an error. */
    SpecialFunction(Definition definition, @Nullable Partial... partials) {
        this.definition = definition;
        this.partials = partials;
    }

    /** This function of operands of one dtype, which broadcast as in NumPy. */
    public Tensor of(Tensor... operands) {
        List<Integer> shape = ShapedArray.broadcast(
                mnemonic(), Stream.of(operands).map(Tensor::aval).toList());
        List<Tensor> ins = new ArrayList<>();
        for (Tensor operand : operands) {
            ins.add(Lax.broadcastTo(operand, shape));
        }
        return Trace.bind(this, ins).get(0);
    }

    /** {@code t} times the derivative of {@code scale / 2 * erf}. */
    private static Tensor bell(double scale, Tensor x, Tensor t) {
        return t.times(x.square().negate().exp()).times(scale / Math.sqrt(Math.PI));
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
        Unary.Domain.FLOAT.check(this, x);
        return List.of(x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return switch (definition) {
            case Chlo(String op, var _) -> List.of(out.chlo("chlo." + op, eqn, ins));
            case Expanded(var body) -> out.call(mnemonic(), program(body, eqn.inputs()), ins);
        };
    }

    /** The program that an expanded row stands for, at operands of these types. */
    private static Program program(Function<List<Tensor>, Tensor> body, List<ShapedArray> avals) {
        return Replay.program(ins -> List.of(body.apply(ins)), avals);
    }

    /** A program that takes f32 or f64; for bf16 and f16 it runs in f32. */
    private static Expanded wide(Function<List<Tensor>, Tensor> body) {
        return new Expanded(ins -> {
            DType dtype = ins.get(0).dtype();
            DType wide = dtype == DType.BF16 || dtype == DType.F16 ? DType.F32 : dtype;
            List<Tensor> widened = ins.stream().map(x -> Lax.convert(x, wide)).toList();
            return Lax.convert(body.apply(widened), dtype);
        });
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor sum = null;
        for (int i = 0; i < partials.length; i++) {
            Tensor t = tangents.get(i);
            if (t != null) {
                requireDerivative(i);
                sum = Lax.addOrNull(sum, through(i, ins, outs, t));
            }
        }
        return Collections.singletonList(sum);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        List<@Nullable Tensor> all = Replay.nulls(partials.length);
        Tensor ct = cts.get(0);
        for (int i = 0; i < partials.length && ct != null; i++) {
            all.set(i, through(i, ins, outs, ct));
        }
        return all;
    }

    private @Nullable Tensor through(int operand, List<Tensor> ins, List<Tensor> outs, Tensor t) {
        Partial partial = partials[operand];
        return partial == null ? null : partial.of(ins, outs.get(0), t);
    }

    /** Checks that this can be differentiated with respect to an operand. */
    void requireDerivative(int operand) {
        if (partials[operand] == null) {
            throw TraceErrors.notDifferentiable(
                    "%s with respect to operand %d".formatted(mnemonic(), operand),
                    "stop the gradient of that operand: .stopGradient()");
        }
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return switch (definition) {
            case Chlo(String _, var reference) ->
                List.of(HostArray.ofDoubles(
                        ins.get(0).aval(),
                        i -> reference.apply(
                                ins.stream().mapToDouble(x -> x.doubleAt(i)).toArray())));
            case Expanded(var body) ->
                Interpreter.run(program(body, ins.stream().map(HostArray::aval).toList()), ins);
        };
    }
}
