package io.kiln.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One of {@code branches}, chosen by the first operand, an i32 that is clamped to their number, applied to the other
 * operands. Only the chosen one runs, except under vmap with a mapped index, where all run and the results are selected.
 */
public record Cond(List<Program> branches) implements Primitive {
    /** Copies the list. */
    public Cond {
        branches = List.copyOf(branches);
    }

    @Override
    public String mnemonic() {
        return "cond";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Programs("branches", branches));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (branches.isEmpty() || !ins.get(0).equals(ShapedArray.of(DType.I32))) {
            throw TraceErrors.operands(mnemonic(), "the index must be i32[] and there must be a branch", ins);
        }
        for (Program branch : branches) {
            if (!branch.inputs().equals(ins.subList(1, ins.size()))) {
                throw TraceErrors.operands(mnemonic(), "a branch takes " + branch.inputs(), ins);
            }
            if (!branch.outputs().equals(branches.get(0).outputs())) {
                throw TraceErrors.branches(branches.get(0).outputs(), branch.outputs());
            }
        }
        return branches.get(0).outputs();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        List<String> args = ins.subList(1, ins.size());
        String result = out.open(
                "\"stablehlo.case\"(%s) ({".formatted(ins.get(0)), eqn.outs().size());
        for (int i = 0; i < branches.size(); i++) {
            Program branch = branches.get(i);
            if (i > 0) {
                out.raw("}, {");
            }
            out.region(branch, args);
        }
        String types = eqn.outputs().stream().map(ShapedArray::mlir).collect(Collectors.joining(", ", "(", ")"));
        out.raw("}) : (tensor<i32>) -> " + types);
        return out.names(result, eqn.outs().size());
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        List<Tensor> args = ins.subList(1, ins.size());
        List<Integer> given = Indices.range(args.size()).stream()
                .filter(i -> tangents.get(i + 1) != null)
                .toList();
        List<Integer> floats = Replay.floats(branches.get(0).outputs());
        List<Tensor> operands = new ArrayList<>(ins);
        tangents.stream().filter(t -> t != null).forEach(operands::add);
        List<ShapedArray> avals = operands.stream().skip(1).map(Tensor::aval).toList();
        List<Program> derived = new ArrayList<>();
        for (Program branch : branches) {
            derived.add(Replay.program(
                    all -> {
                        List<@Nullable Tensor> ts = Replay.nulls(args.size());
                        for (int k = 0; k < given.size(); k++) {
                            ts.set(given.get(k), all.get(args.size() + k));
                        }
                        Replay.Dual dual = Replay.jvp(branch, all.subList(0, args.size()), ts);
                        List<Tensor> zeros = Replay.orZeros(dual.tangents(), dual.outs());
                        return floats.stream().map(zeros::get).toList();
                    },
                    avals));
        }
        List<Tensor> found = Trace.bind(new Cond(derived), operands);
        List<@Nullable Tensor> all = Replay.nulls(outs.size());
        for (int k = 0; k < floats.size(); k++) {
            all.set(floats.get(k), found.get(k));
        }
        return all;
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        int n = ins.size() - 1;
        List<Integer> floats = Replay.floats(branches.get(0).inputs());
        List<Integer> given = Indices.range(outs.size()).stream()
                .filter(i -> cts.get(i) != null)
                .toList();
        List<Tensor> operands = new ArrayList<>(ins);
        cts.stream().filter(t -> t != null).forEach(operands::add);
        List<ShapedArray> avals = operands.stream().skip(1).map(Tensor::aval).toList();
        List<Program> derived = new ArrayList<>();
        for (Program branch : branches) {
            derived.add(Replay.program(
                    all -> {
                        List<@Nullable Tensor> seeds = Replay.nulls(outs.size());
                        for (int k = 0; k < given.size(); k++) {
                            seeds.set(given.get(k), all.get(n + k));
                        }
                        List<Tensor> args = all.subList(0, n);
                        Replay.Back back = Replay.vjp(branch, args, _ -> seeds, new HashSet<>(floats));
                        List<Tensor> zeros = Replay.orZeros(back.cts(), args);
                        return floats.stream().map(zeros::get).toList();
                    },
                    avals));
        }
        List<Tensor> found = Trace.bind(new Cond(derived), operands);
        List<@Nullable Tensor> all = Replay.nulls(ins.size());
        for (int k = 0; k < floats.size(); k++) {
            all.set(floats.get(k) + 1, found.get(k));
        }
        return all;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Mapped index = ins.get(0);
        List<Mapped> args = ins.subList(1, ins.size());
        if (index.mapped()) {
            return allBranches(index.value(), args, batch);
        }
        List<Program> batched = new ArrayList<>();
        for (Program branch : branches) {
            batched.add(Replay.program(
                    all -> {
                        List<Mapped> mapped = new ArrayList<>();
                        for (int i = 0; i < all.size(); i++) {
                            mapped.add(new Mapped(all.get(i), args.get(i).mapped()));
                        }
                        return Replay.vmap(branch, mapped, batch).stream()
                                .map(m -> m.along(batch))
                                .toList();
                    },
                    args.stream().map(m -> m.value().aval()).toList()));
        }
        return Elementwise.mapped(
                Trace.bind(new Cond(batched), ins.stream().map(Mapped::value).toList()));
    }

    private List<Mapped> allBranches(Tensor index, List<Mapped> args, BatchAxis batch) {
        List<Tensor> chosen = List.of();
        for (int k = branches.size() - 1; k >= 0; k--) {
            List<Tensor> outs = Replay.vmap(branches.get(k), args, batch).stream()
                    .map(m -> m.along(batch))
                    .toList();
            if (chosen.isEmpty()) {
                chosen = outs;
                continue;
            }
            Tensor here = Lax.compare(Compare.LE, index, Lax.like(index, k));
            List<Tensor> merged = new ArrayList<>();
            for (int i = 0; i < outs.size(); i++) {
                Tensor mask = Lax.broadcastInDim(here, outs.get(i).shape(), List.of(0));
                merged.add(Lax.select(mask, outs.get(i), chosen.get(i)));
            }
            chosen = merged;
        }
        return Elementwise.mapped(chosen);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        int index = Math.clamp(ins.get(0).longAt(0), 0, branches.size() - 1);
        return Interpreter.run(branches.get(index), ins.subList(1, ins.size()));
    }
}
