package io.kiln.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The operands, all of one shape, in the order of the first {@code keys} of them along {@code axis}, compared one after the
 * other. Numbers ascend, NaN is last, zeros are equal whatever their sign, and complex numbers are compared by their real
 * part first. {@code stable}: equal elements stay in order.
 */
public record Sort(int axis, int keys, boolean stable) implements Primitive {
    @Override
    public String mnemonic() {
        return "sort";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Int("dimension", axis), new Param.Int("num_keys", keys), Param.flag("is_stable", stable));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (keys < 1 || keys > ins.size()) {
            throw TraceErrors.operands(
                    mnemonic(), "there must be 1 to %d keys, not %d".formatted(ins.size(), keys), ins);
        }
        ShapedArray first = ins.get(0);
        if (axis < 0 || axis >= first.rank()) {
            throw TraceErrors.axis(mnemonic(), axis, first);
        }
        if (!ins.stream().allMatch(x -> x.shape().equals(first.shape()))) {
            throw TraceErrors.operands(mnemonic(), "the operands must have one shape", ins);
        }
        return ins;
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        List<ShapedArray> pairs = eqn.inputs().stream()
                .map(x -> ShapedArray.of(x.dtype()))
                .flatMap(x -> List.of(x, x).stream())
                .toList();
        Program before = Replay.program(xy -> List.of(before(xy)), pairs);
        String attributes = "dimension = %d : i64, is_stable = %s".formatted(axis, stable);
        return out.withRegions("sort", ins, eqn.inputs(), attributes, List.of(before), eqn.outputs());
    }

    /** Whether the first of each pair of scalars comes before the second. */
    private Tensor before(List<Tensor> xy) {
        List<Tensor> left = new ArrayList<>();
        List<Tensor> right = new ArrayList<>();
        for (int k = 0; k < keys; k++) {
            left.addAll(parts(xy.get(2 * k)));
            right.addAll(parts(xy.get(2 * k + 1)));
        }
        Tensor result = less(left.getLast(), right.getLast());
        for (int k = left.size() - 2; k >= 0; k--) {
            Tensor tied = Trace.bind1(Binary.AND, equal(left.get(k), right.get(k)), result);
            result = Trace.bind1(Binary.OR, less(left.get(k), right.get(k)), tied);
        }
        return result;
    }

    private static List<Tensor> parts(Tensor x) {
        return x.dtype().isComplex() ? List.of(x.real(), x.imag()) : List.of(x);
    }

    private static Tensor less(Tensor a, Tensor b) {
        Tensor less = Lax.compare(Compare.LT, a, b);
        if (!a.dtype().isFloat()) {
            return less;
        }
        Tensor onlyB = Trace.bind1(Binary.AND, Lax.compare(Compare.NE, b, b), Lax.compare(Compare.EQ, a, a));
        return Trace.bind1(Binary.OR, less, onlyB);
    }

    private static Tensor equal(Tensor a, Tensor b) {
        Tensor equal = Lax.compare(Compare.EQ, a, b);
        if (!a.dtype().isFloat()) {
            return equal;
        }
        Tensor both = Trace.bind1(Binary.AND, Lax.compare(Compare.NE, a, a), Lax.compare(Compare.NE, b, b));
        return Trace.bind1(Binary.OR, equal, both);
    }

    /** Where each sorted element was along the axis. */
    private Tensor origin(List<Tensor> ins) {
        Tensor places = Lax.iota(ins.get(0).aval().withDType(DType.I32), axis);
        return Trace.bind(this, Indexing.after(ins, List.of(places))).getLast();
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor origin = origin(ins);
        List<@Nullable Tensor> moved = new ArrayList<>();
        tangents.forEach(t -> moved.add(t == null ? null : Indexing.alongAxis(t, origin, axis)));
        return moved;
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor origin = origin(ins);
        List<@Nullable Tensor> back = new ArrayList<>();
        cts.forEach(ct -> back.add(ct == null ? null : Indexing.backAlongAxis(ct, origin, axis, ct.dim(axis))));
        return back;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(new Sort(axis + 1, keys, stable), ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        ShapedArray aval = ins.get(0).aval();
        int size = aval.dim(axis);
        int step = Indices.strides(aval.shape())[axis];
        int[] from = new int[Math.toIntExact(aval.elements())];
        for (int i = 0; i < from.length; i++) {
            if (Indices.unflatten(i, aval.shape())[axis] == 0) {
                int start = i;
                List<Integer> line = IntStream.range(0, size)
                        .mapToObj(k -> start + k * step)
                        .sorted(order(ins))
                        .toList();
                for (int k = 0; k < size; k++) {
                    from[start + k * step] = line.get(k);
                }
            }
        }
        return ins.stream().map(x -> x.gather(x.aval(), i -> from[i])).toList();
    }

    private Comparator<Integer> order(List<HostArray> ins) {
        return (i, j) -> {
            int order = 0;
            for (int k = 0; k < keys && order == 0; k++) {
                order = order(ins.get(k), i, j);
            }
            return order;
        };
    }

    private static int order(HostArray x, int i, int j) {
        DType dtype = x.aval().dtype();
        return switch (dtype.kind()) {
            case FLOAT -> order(x.doubleAt(i), x.doubleAt(j));
            case COMPLEX -> {
                int first = order(x.complexAt(i).real(), x.complexAt(j).real());
                yield first != 0
                        ? first
                        : order(x.complexAt(i).imag(), x.complexAt(j).imag());
            }
            case BOOL, SIGNED, UNSIGNED -> Compare.order(x.longAt(i), x.longAt(j), dtype);
        };
    }

    /** NaN is largest, and zeros are equal. */
    private static int order(double a, double b) {
        return a == b ? 0 : Double.compare(a, b);
    }
}
