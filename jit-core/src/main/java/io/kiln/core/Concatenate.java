package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operands, which differ along {@code axis} only, one after the other along it. */
public record Concatenate(int axis) implements Primitive {

    @Override
    public String mnemonic() {
        return "concatenate";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Int("dimension", axis));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray first = ins.get(0);
        if (axis < 0 || axis >= first.rank()) {
            throw TraceErrors.axis(mnemonic(), axis, first);
        }
        int total = 0;
        for (ShapedArray x : ins) {
            if (x.dtype() != first.dtype()) {
                throw TraceErrors.dtypes(mnemonic(), first, x);
            }
            List<Integer> others = Indices.others(first.rank(), List.of(axis));
            if (x.rank() != first.rank() || !Indices.at(x.shape(), others).equals(Indices.at(first.shape(), others))) {
                throw TraceErrors.operands(
                        mnemonic(), "the operands must have one shape but for axis " + axis, List.of(first, x));
            }
            total = Math.addExact(total, x.dim(axis));
        }
        List<Integer> shape = new ArrayList<>(first.shape());
        shape.set(axis, total);
        return List.of(first.withShape(shape));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.concatenate", eqn, ins, ", dim = " + axis));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        if (tangents.stream().allMatch(t -> t == null)) {
            return Collections.singletonList(null);
        }
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < ins.size(); i++) {
            Tensor t = tangents.get(i);
            all.add(t == null ? Lax.like(ins.get(i), 0) : t);
        }
        return List.of(Trace.bind(this, all).get(0));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        List<@Nullable Tensor> back = new ArrayList<>();
        Tensor ct = cts.get(0);
        int at = 0;
        for (Tensor in : ins) {
            back.add(ct == null ? null : Lax.slice(ct, axis, at, at + in.dim(axis)));
            at += in.dim(axis);
        }
        return back;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Tensor> all = new ArrayList<>();
        for (Mapped in : ins) {
            all.add(in.along(batch));
        }
        return Elementwise.mapped(Trace.bind(new Concatenate(axis + 1), all));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        ShapedArray to =
                abstractEval(ins.stream().map(HostArray::aval).toList()).get(0);
        int[] owner = new int[to.dim(axis)];
        int[] start = new int[ins.size()];
        int at = 0;
        for (int k = 0; k < ins.size(); k++) {
            start[k] = at;
            int size = ins.get(k).aval().dim(axis);
            Arrays.fill(owner, at, at + size, k);
            at += size;
        }
        return List.of(HostArray.pick(to, i -> ins.get(owner[Indices.unflatten(i, to.shape())[axis]]), i -> {
            int[] coordinates = Indices.unflatten(i, to.shape());
            int k = owner[coordinates[axis]];
            coordinates[axis] -= start[k];
            return Indices.flatten(
                    coordinates, Indices.strides(ins.get(k).aval().shape()));
        }));
    }
}
