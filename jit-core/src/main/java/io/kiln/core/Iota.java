package io.kiln.core;

import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/** 0, 1, 2, ... along {@code axis} of {@code aval}, the same along all other axes. It has no operands. */
public record Iota(ShapedArray aval, int axis) implements Primitive {

    @Override
    public String mnemonic() {
        return "iota";
    }

    @Override
    public List<Param> params() {
        return List.of(
                Param.dtype("dtype", aval.dtype()),
                new Param.Ints("shape", aval.shape()),
                new Param.Int("dimension", axis));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        Unary.Domain.NUMERIC.check(this, aval);
        if (axis < 0 || axis >= aval.rank()) {
            throw TraceErrors.axis(mnemonic(), axis, aval);
        }
        return List.of(aval);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.line("stablehlo.iota dim = %d : %s".formatted(axis, aval.mlir())));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return List.of();
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        throw new IllegalStateException("iota has no operand that could be mapped");
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return List.of(
                switch (aval.dtype().kind()) {
                    case FLOAT -> HostArray.ofDoubles(aval, this::index);
                    case COMPLEX -> HostArray.ofComplex(aval, i -> Complex.ofCartesian(index(i), 0));
                    case BOOL, SIGNED, UNSIGNED -> HostArray.ofLongs(aval, this::index);
                });
    }

    private int index(int i) {
        return Indices.unflatten(i, aval.shape())[axis];
    }
}
