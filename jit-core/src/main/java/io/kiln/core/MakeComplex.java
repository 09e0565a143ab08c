package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/** The complex numbers of two operands, the real and the imaginary parts: c64 of f32, c128 of f64. */
public record MakeComplex() implements Primitive {
    @Override
    public String mnemonic() {
        return "complex";
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray part = Elementwise.sameType(this, ins);
        if (part.dtype() != DType.F32 && part.dtype() != DType.F64) {
            throw TraceErrors.dtype(mnemonic(), "f32 or f64", part);
        }
        return List.of(part.withDType(part.dtype() == DType.F32 ? DType.C64 : DType.C128));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.complex", eqn, ins, ""));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor re = tangents.get(0);
        Tensor im = tangents.get(1);
        if (re == null && im == null) {
            return Collections.singletonList(null);
        }
        Tensor zero = Lax.like(ins.get(0), 0);
        return List.of(Lax.complex(re == null ? zero : re, im == null ? zero : im));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null);
        }
        // Cotangents pair by Re(ct * t).
        return List.of(Lax.real(ct), Lax.neg(Trace.bind1(Unary.IMAG, ct)));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray re = ins.get(0);
        HostArray im = ins.get(1);
        ShapedArray to = abstractEval(List.of(re.aval(), im.aval())).get(0);
        return List.of(HostArray.ofComplex(to, i -> Complex.ofCartesian(re.doubleAt(i), im.doubleAt(i))));
    }
}
