package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The floats rounded, halves to even, to what a format of this many exponent and fraction bits holds: infinite above its
 * range, zero below its smallest normal number.
 */
public record ReducePrecision(int exponentBits, int mantissaBits) implements Primitive {
    @Override
    public String mnemonic() {
        return "reduce_precision";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Int("exponent_bits", exponentBits), new Param.Int("mantissa_bits", mantissaBits));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        Unary.Domain.FLOAT.check(this, ins.get(0));
        if (exponentBits < 1 || mantissaBits < 0) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "there must be an exponent bit or more and 0 fraction bits or more, not %d and %d"
                            .formatted(exponentBits, mantissaBits),
                    ins);
        }
        return ins;
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.line("stablehlo.reduce_precision %s, format = e%dm%d : %s"
                .formatted(
                        ins.get(0),
                        exponentBits,
                        mantissaBits,
                        eqn.outputs().get(0).mlir())));
    }

    /** Tangents and cotangents are rounded like the values, as in JAX. */
    private @Nullable Tensor rounded(@Nullable Tensor t) {
        return t == null ? null : Trace.bind1(this, t);
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(rounded(tangents.get(0)));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Collections.singletonList(rounded(cts.get(0)));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        DType dtype = x.aval().dtype();
        return List.of(HostArray.ofDoubles(x.aval(), i -> round(x.doubleAt(i), dtype)));
    }

    private double round(double x, DType dtype) {
        if (x == 0 || !Double.isFinite(x)) {
            return x;
        }
        double rounded = x;
        int fraction = -Math.getExponent(dtype.epsilon());
        if (mantissaBits < fraction) {
            int lowest = Math.getExponent(dtype.smallestNormal());
            int unit = Math.max(Math.getExponent(x), lowest) - mantissaBits;
            rounded = Math.scalb(Math.rint(Math.scalb(x, -unit)), unit);
        }
        int highest = exponentBits < 12 ? (1 << (exponentBits - 1)) - 1 : Integer.MAX_VALUE;
        if (highest < Math.getExponent(dtype.largest())) {
            if (Math.getExponent(rounded) > highest) {
                return Math.copySign(Double.POSITIVE_INFINITY, x);
            }
            if (Math.getExponent(rounded) < 1 - highest) {
                return Math.copySign(0, x);
            }
        }
        return rounded;
    }
}
