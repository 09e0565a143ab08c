package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The elements of arrays of one shape combined over {@code axes} by a program of scalars: it takes those so far and one
 * more of each array, and gives those so far. The operands are the arrays, then the initial scalars. The order is not
 * specified, so the program must be associative, and the initial scalars be neutral to it.
 */
public record ReduceProgram(Program reducer, List<Integer> axes) implements Primitive {
    /** Sorts the axes. */
    public ReduceProgram {
        axes = axes.stream().sorted().toList();
    }

    @Override
    public String mnemonic() {
        return "reduce";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Ints("axes", axes), new Param.Programs("reducer", List.of(reducer)));
    }

    private static <T extends @Nullable Object> List<T> arrays(List<T> ins) {
        return ins.subList(0, ins.size() / 2);
    }

    private static <T extends @Nullable Object> List<T> inits(List<T> ins) {
        return ins.subList(ins.size() / 2, ins.size());
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        List<ShapedArray> arrays = arrays(ins);
        List<ShapedArray> scalars =
                arrays.stream().map(x -> ShapedArray.of(x.dtype())).toList();
        if (ins.isEmpty()
                || !inits(ins).equals(scalars)
                || !arrays.stream().allMatch(x -> x.shape().equals(arrays.get(0).shape()))) {
            throw TraceErrors.operands(
                    mnemonic(), "there must be arrays of one shape and an initial scalar of each one's dtype", ins);
        }
        List<ShapedArray> pairs = new ArrayList<>(scalars);
        pairs.addAll(scalars);
        if (!reducer.inputs().equals(pairs) || !reducer.outputs().equals(scalars)) {
            throw TraceErrors.operands(
                    mnemonic(), "the reducer must take %s and return %s".formatted(pairs, scalars), reducer.outputs());
        }
        ShapedArray first = arrays.get(0);
        for (int axis : axes) {
            if (axis < 0 || axis >= first.rank()) {
                throw TraceErrors.axis(mnemonic(), axis, first);
            }
        }
        if (!Indices.areAxes(axes, first.rank())) {
            throw TraceErrors.operands(mnemonic(), "the axes must be distinct, got " + axes, ins);
        }
        List<Integer> kept = Indices.at(first.shape(), Indices.others(first.rank(), axes));
        return arrays.stream().map(x -> x.withShape(kept)).toList();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.withRegions(
                "reduce", ins, eqn.inputs(), "dimensions = " + Emitter.array(axes), List.of(reducer), eqn.outputs());
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Replay.jvp(tree(ins), ins, tangents).tangents();
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Set<Integer> wanted =
                new HashSet<>(Replay.floats(ins.stream().map(Tensor::aval).toList()));
        return Replay.vjp(tree(ins), ins, _ -> cts, wanted).cts();
    }

    /** The same as a tree of combinations of halves, which has a derivative. */
    private Program tree(List<Tensor> ins) {
        return Replay.program(
                all -> {
                    List<Tensor> arrays = arrays(all);
                    List<Tensor> inits = inits(all);
                    ShapedArray x = arrays.get(0).aval();
                    List<Integer> kept = Indices.others(x.rank(), axes);
                    int size = Indices.product(Indices.at(x.shape(), axes));
                    int rest = Indices.product(Indices.at(x.shape(), kept));
                    List<Tensor> parts = arrays.stream()
                            .map(t -> Lax.reshape(Lax.transpose(t, Indices.concat(axes, kept)), List.of(size, rest)))
                            .toList();
                    for (int n = size; n > 1; n = n / 2 + n % 2) {
                        int half = n / 2;
                        List<Tensor> joined = combined(rows(parts, 0, half), rows(parts, half, 2 * half));
                        List<Tensor> left = rows(parts, 2 * half, n);
                        parts = half * 2 == n ? joined : concatenated(joined, left);
                    }
                    List<Tensor> start = inits.stream()
                            .map(t -> Lax.broadcastInDim(t, List.of(1, rest), List.of()))
                            .toList();
                    List<Tensor> found = size == 0 ? start : combined(start, parts);
                    return found.stream()
                            .map(t -> Lax.reshape(t, Indices.at(x.shape(), kept)))
                            .toList();
                },
                ins.stream().map(Tensor::aval).toList());
    }

    private static List<Tensor> rows(List<Tensor> parts, int start, int limit) {
        return parts.stream().map(t -> Lax.slice(t, 0, start, limit)).toList();
    }

    private static List<Tensor> concatenated(List<Tensor> a, List<Tensor> b) {
        return Indices.range(a.size()).stream()
                .map(i -> Lax.concatenate(List.of(a.get(i), b.get(i)), 0))
                .toList();
    }

    /** The reducer applied to each element of matrices. */
    private List<Tensor> combined(List<Tensor> a, List<Tensor> b) {
        List<Integer> shape = a.get(0).shape();
        BatchAxis batch = BatchAxis.of(Indices.product(shape));
        List<Mapped> flat = Indexing.after(a, b).stream()
                .map(t -> Mapped.yes(Lax.reshape(t, List.of(batch.size()))))
                .toList();
        return Replay.vmap(reducer, flat, batch).stream()
                .map(m -> Lax.reshape(m.along(batch), shape))
                .toList();
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Tensor> arrays = arrays(ins).stream().map(m -> m.along(batch)).toList();
        if (inits(ins).stream().noneMatch(Mapped::mapped)) {
            List<Tensor> all = Indexing.after(
                    arrays, inits(ins).stream().map(Mapped::value).toList());
            return Elementwise.mapped(Trace.bind(new ReduceProgram(reducer, Indices.shift(axes, 1)), all));
        }
        // A reduction has one initial value for all rows, so each row is a reduction of its own.
        List<List<Tensor>> rows = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            int row = i;
            List<Tensor> one = new ArrayList<>();
            arrays.forEach(t -> one.add(row(t, row)));
            inits(ins).forEach(m -> one.add(m.mapped() ? row(m.value(), row) : m.value()));
            rows.add(Trace.bind(this, one));
        }
        List<Mapped> out = new ArrayList<>();
        List<ShapedArray> types = abstractEval(ins.stream().map(Mapped::row).toList());
        for (int k = 0; k < types.size(); k++) {
            int result = k;
            List<Integer> wide = Indices.prepend(1, types.get(k).shape());
            List<Tensor> parts =
                    rows.stream().map(r -> Lax.reshape(r.get(result), wide)).toList();
            Tensor empty = Lax.full(
                    types.get(k).withShape(Indices.prepend(0, types.get(k).shape())), 0);
            out.add(Mapped.yes(parts.isEmpty() ? empty : Lax.concatenate(parts, 0)));
        }
        return out;
    }

    private static Tensor row(Tensor x, int row) {
        return Lax.reshape(Lax.slice(x, 0, row, row + 1), x.shape().subList(1, x.rank()));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        List<HostArray> arrays = arrays(ins);
        ShapedArray x = arrays.get(0).aval();
        List<ShapedArray> types = abstractEval(ins.stream().map(HostArray::aval).toList());
        List<Integer> kept = Indices.others(x.rank(), axes);
        int[] strides = Indices.strides(types.get(0).shape());
        int results = Math.toIntExact(types.get(0).elements());
        List<List<HostArray>> state = new ArrayList<>(Collections.nCopies(results, inits(ins)));
        for (int i = 0; i < x.elements(); i++) {
            int element = i;
            int[] at = Indices.unflatten(i, x.shape());
            int slot = 0;
            for (int k = 0; k < strides.length; k++) {
                slot += at[kept.get(k)] * strides[k];
            }
            List<HostArray> args = new ArrayList<>(state.get(slot));
            arrays.forEach(a -> args.add(a.gather(ShapedArray.of(a.aval().dtype()), _ -> element)));
            state.set(slot, Interpreter.run(reducer, args));
        }
        List<HostArray> out = new ArrayList<>();
        for (int k = 0; k < types.size(); k++) {
            int result = k;
            out.add(HostArray.pick(types.get(k), i -> state.get(i).get(result), _ -> 0));
        }
        return out;
    }
}
