package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The operand to the power of a fixed integer, by repeated squaring: exact where the products are, also of negative numbers.
 * Integers wrap and have no negative powers.
 */
public record IntegerPow(int exponent) implements Primitive {
    @Override
    public String mnemonic() {
        return "integer_pow";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Int("y", exponent));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        Unary.Domain.NUMERIC.check(this, x);
        if (exponent < 0 && x.dtype().isInteger()) {
            throw TraceErrors.dtype(mnemonic(), "a float or a complex number to have the power " + exponent, x);
        }
        return List.of(x);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String type = eqn.outs().get(0).aval().mlir();
        String result = null;
        String square = ins.get(0);
        // As a long, so that the lowest int has a magnitude.
        for (long left = Math.abs((long) exponent); left > 0; left >>= 1) {
            if ((left & 1) == 1) {
                result = result == null ? square : product(out, result, square, type);
            }
            if (left > 1) {
                square = product(out, square, square, type);
            }
        }
        if (result != null && exponent > 0) {
            return List.of(result);
        }
        ShapedArray x = eqn.outs().get(0).aval();
        String one = out.full(x, Atom.Literal.of(x.dtype(), 1L));
        return List.of(result == null ? one : out.line("stablehlo.divide %s, %s : %s".formatted(one, result, type)));
    }

    private static String product(Emitter out, String a, String b, String type) {
        return out.line("stablehlo.multiply %s, %s : %s".formatted(a, b, type));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(through(ins.get(0), tangents.get(0)));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Collections.singletonList(through(ins.get(0), cts.get(0)));
    }

    private @Nullable Tensor through(Tensor x, @Nullable Tensor t) {
        if (t == null || exponent == 0) {
            return null;
        }
        return exponent == 1 ? t : Lax.mul(t, Lax.mul(Lax.like(x, exponent), Lax.integerPow(x, exponent - 1)));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray aval = x.aval();
        return List.of(
                switch (aval.dtype().kind()) {
                    case FLOAT -> HostArray.ofDoubles(aval, i -> Math.pow(x.doubleAt(i), exponent));
                    case COMPLEX -> HostArray.ofComplex(aval, i -> power(x.complexAt(i)));
                    case SIGNED, UNSIGNED, BOOL ->
                        HostArray.ofLongs(aval, i -> Binary.integerPower(x.longAt(i), exponent, aval.dtype()));
                });
    }

    private Complex power(Complex x) {
        Complex result = Complex.ONE;
        Complex square = x;
        for (long left = Math.abs((long) exponent); left > 0; left >>= 1) {
            result = (left & 1) == 1 ? result.multiply(square) : result;
            square = square.multiply(square);
        }
        return exponent < 0 ? Complex.ONE.divide(result) : result;
    }
}
