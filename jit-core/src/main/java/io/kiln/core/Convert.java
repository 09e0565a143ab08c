package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The same values in dtype {@code to}. Floats are cut off toward zero when they become integers; bool is not zero. */
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
        return List.of(ins.get(0).withDType(to));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
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

    /** Between floats the derivative is 1; to and from integers and bool there is none. */
    private @Nullable Tensor linear(@Nullable Tensor t, DType target) {
        return t == null || !target.isFloat() || !to.isFloat() ? null : Lax.convert(t, target);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray aval = x.aval().withDType(to);
        boolean fromFloat = x.aval().dtype().isFloat();
        return List.of(
                switch (to) {
                    case F32 ->
                        // A long goes to float in one rounding, not by way of double.
                        x.aval().dtype() == DType.I64
                                ? HostArray.ofDoubles(aval, i -> (float) x.longAt(i))
                                : HostArray.ofDoubles(aval, x::doubleAt);
                    case F64 -> HostArray.ofDoubles(aval, x::doubleAt);
                    case I32 -> HostArray.ofLongs(aval, i -> fromFloat ? (int) x.doubleAt(i) : x.longAt(i));
                    case I64 -> HostArray.ofLongs(aval, x::longAt);
                    case BOOL -> HostArray.ofLongs(aval, i -> x.doubleAt(i) != 0 ? 1 : 0);
                });
    }
}
