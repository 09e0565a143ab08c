package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The same bits read as dtype {@code to}. A smaller one adds a last axis, the lowest bits first; a larger one takes the last
 * axis, which must hold the bits of one element.
 */
public record BitcastConvert(DType to) implements Primitive {
    @Override
    public String mnemonic() {
        return "bitcast_convert_type";
    }

    @Override
    public List<Param> params() {
        return List.of(Param.dtype("new_dtype", to));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        if (!hasBits(x.dtype()) || !hasBits(to)) {
            throw TraceErrors.dtype(mnemonic() + " to " + to, "an integer or a float, as the result", x);
        }
        int from = x.dtype().byteSize();
        int size = to.byteSize();
        if (from > size) {
            List<Integer> shape = new ArrayList<>(x.shape());
            shape.add(from / size);
            return List.of(new ShapedArray(to, shape));
        }
        if (from < size) {
            if (x.rank() == 0 || x.dim(x.rank() - 1) != size / from) {
                throw TraceErrors.operands(
                        mnemonic() + " to " + to, "the last axis must have size %d".formatted(size / from), ins);
            }
            return List.of(new ShapedArray(to, x.shape().subList(0, x.rank() - 1)));
        }
        return List.of(x.withDType(to));
    }

    private static boolean hasBits(DType dtype) {
        return dtype.isInteger() || dtype.isFloat();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.bitcast_convert", eqn, ins, ""));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        return List.of(x.bitcast(abstractEval(List.of(x.aval())).get(0)));
    }
}
