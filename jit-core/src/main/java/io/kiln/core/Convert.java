package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The same values in dtype {@code to}. Floats are cut off toward zero when they become integers, and limited to their
 * range; integers wrap; floats round to the nearest, halves to even; bool is not zero; a complex number that becomes a
 * float loses its imaginary part.
 */
public record Convert(DType to) implements Primitive {
    @Override
    public String mnemonic() {
        return "convert_element_type";
    }

    @Override
    public List<Param> params() {
        return List.of(Param.dtype("new_dtype", to));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        if (x.dtype().isComplex() && !to.isInexact()) {
            throw TraceErrors.dtype(mnemonic(), "real to become " + to + ": take .real() first", x);
        }
        return List.of(x.withDType(to));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        ShapedArray x = eqn.ins().get(0).aval();
        if (x.dtype().isComplex() && to.isFloat()) {
            ShapedArray part = x.withDType(x.dtype().real());
            String real = out.line("stablehlo.real %s : (%s) -> %s".formatted(ins.get(0), x.mlir(), part.mlir()));
            return List.of(
                    part.dtype() == to
                            ? real
                            : out.line("stablehlo.convert %s : (%s) -> %s"
                                    .formatted(
                                            real,
                                            part.mlir(),
                                            eqn.outs().get(0).aval().mlir())));
        }
        return List.of(out.typed("stablehlo.convert", eqn, ins, ""));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(linear(tangents.get(0), to));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Collections.singletonList(linear(cts.get(0), ins.get(0).dtype()));
    }

    /** Between floats and complex numbers the derivative is 1; to and from integers and bool there is none. */
    private @Nullable Tensor linear(@Nullable Tensor t, DType target) {
        return t == null || !target.isInexact() || !to.isInexact() ? null : Lax.convert(t, target);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        DType from = x.aval().dtype();
        ShapedArray aval = x.aval().withDType(to);
        return List.of(
                switch (to.kind()) {
                    case FLOAT -> HostArray.ofDoubles(aval, i -> toFloat(x, i));
                    case COMPLEX -> HostArray.ofComplex(aval, x::complexAt);
                    case BOOL -> HostArray.ofLongs(aval, i -> x.doubleAt(i) != 0 ? 1 : 0);
                    case SIGNED, UNSIGNED ->
                        HostArray.ofLongs(aval, from.isFloat() ? i -> limited(x.doubleAt(i)) : x::longAt);
                });
    }

    /** A double that rounds to the float at once what would else be rounded twice: a long by way of double. */
    private double toFloat(HostArray x, int i) {
        return switch (x.aval().dtype()) {
            case I64 -> to == DType.F64 ? x.doubleAt(i) : (float) x.longAt(i);
            case U64 -> to == DType.F64 ? x.doubleAt(i) : unsignedToFloat(x.longAt(i));
            case C64, C128 -> x.complexAt(i).real();
            case BOOL, I8, I16, I32, U8, U16, U32, BF16, F16, F32, F64 -> x.doubleAt(i);
        };
    }

    private static float unsignedToFloat(long bits) {
        return bits >= 0 ? (float) bits : 2f * (bits >>> 1 | (bits & 1));
    }

    /** A double cut off toward zero and limited to the range of an integer dtype; NaN is 0. */
    private long limited(double value) {
        if (to == DType.U64) {
            return value <= 0 || Double.isNaN(value) ? 0 : value >= 0x1p64 ? -1 : Atom.Literal.toLong(value);
        }
        long low = to.kind() == DType.Kind.SIGNED ? Long.MIN_VALUE >> (64 - to.bits()) : 0;
        long high = to.kind() == DType.Kind.SIGNED ? Long.MAX_VALUE >> (64 - to.bits()) : -1L >>> (64 - to.bits());
        return Math.clamp((long) value, low, high);
    }
}
