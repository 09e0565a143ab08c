package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The {@code k} largest elements along the last axis, descending, and their indices (i32). A NaN is larger than any number,
 * and of equal elements the first comes first.
 */
public record TopK(int k) implements Primitive {
    @Override
    public String mnemonic() {
        return "top_k";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Int("k", k));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        Unary.Domain.ORDERED.check(this, x);
        if (x.rank() == 0 || k < 0 || k > x.dim(x.rank() - 1)) {
            throw TraceErrors.operands(mnemonic(), "the last axis must have %d elements or more".formatted(k), ins);
        }
        ShapedArray values = x.withShape(shape(x));
        return List.of(values, values.withDType(DType.I32));
    }

    private List<Integer> shape(ShapedArray x) {
        return Indices.concat(x.shape().subList(0, x.rank() - 1), List.of(k));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String name = out.open(
                "chlo.top_k(%s, k = %d) : %s -> (%s, %s)"
                        .formatted(
                                ins.get(0),
                                k,
                                eqn.inputs().get(0).mlir(),
                                eqn.outputs().get(0).mlir(),
                                eqn.outputs().get(1).mlir()),
                2);
        return out.names(name, 2);
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Arrays.asList(t == null ? null : Indexing.alongAxis(t, outs.get(1), t.rank() - 1), null);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        return Collections.singletonList(
                ct == null
                        ? null
                        : Indexing.backAlongAxis(
                                ct, outs.get(1), ct.rank() - 1, ins.get(0).dim(-1)));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray values = x.aval().withShape(shape(x.aval()));
        int size = x.aval().dim(x.aval().rank() - 1);
        List<Integer> from = new ArrayList<>();
        int lines = size == 0 ? 0 : Math.toIntExact(x.aval().elements() / size);
        for (int line = 0; line < lines; line++) {
            IntStream.range(line * size, (line + 1) * size)
                    .boxed()
                    .sorted(largest(x))
                    .limit(k)
                    .forEach(from::add);
        }
        return List.of(
                x.gather(values, from::get), HostArray.ofLongs(values.withDType(DType.I32), i -> from.get(i) % size));
    }

    private static Comparator<Integer> largest(HostArray x) {
        DType dtype = x.aval().dtype();
        return dtype.isFloat()
                ? (i, j) -> Double.compare(x.doubleAt(j), x.doubleAt(i))
                : (i, j) -> Compare.order(x.longAt(j), x.longAt(i), dtype);
    }
}
