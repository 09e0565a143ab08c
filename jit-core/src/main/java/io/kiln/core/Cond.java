package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One of {@code branches}, chosen by the first operand, an i32 that is clamped to their number, applied to the other
 * operands. Only the chosen one runs, except under vmap with a mapped index, where all run and the results are selected.
 */
public record Cond(List<Program> branches) implements HigherOrder {
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
        // Of an index that is out of range stablehlo.case takes the last branch, below zero too.
        String first = out.constant(Atom.Literal.of(DType.I32, 0));
        String last = out.constant(Atom.Literal.of(DType.I32, branches.size() - 1));
        String index = out.line("stablehlo.clamp %s, %s, %s : tensor<i32>".formatted(first, ins.get(0), last));
        String result = out.open(
                "\"stablehlo.case\"(%s) ({".formatted(index), eqn.outs().size());
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
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        int n = ins.size() - 1;
        List<Integer> given = Indices.range(n).stream()
                .filter(i -> tangents.get(i + 1) != null)
                .toList();
        List<Integer> active = activeResults(new HashSet<>(given));
        List<Tensor> operands = new ArrayList<>(ins);
        tangents.stream().filter(t -> t != null).forEach(operands::add);
        List<ShapedArray> avals = operands.stream().skip(1).map(Tensor::aval).toList();
        List<Program> derived = new ArrayList<>();
        for (Program branch : branches) {
            derived.add(Replay.program(
                    all -> {
                        Replay.Dual dual = Replay.jvp(
                                branch, all.subList(0, n), Replay.spread(n, given, all.subList(n, all.size())));
                        List<Tensor> zeros = Replay.orZeros(dual.tangents(), dual.outs());
                        List<Tensor> results = new ArrayList<>(dual.outs());
                        active.forEach(i -> results.add(zeros.get(i)));
                        return results;
                    },
                    avals));
        }
        List<Tensor> found = Trace.bind(new Cond(derived), operands);
        int outs = branches.get(0).results().size();
        return new Replay.Dual(found.subList(0, outs), Replay.spread(outs, active, found.subList(outs, found.size())));
    }

    /** The results that depend, in some branch, on the arguments {@code wanted}. */
    private List<Integer> activeResults(Set<Integer> wanted) {
        Set<Integer> active = new TreeSet<>();
        branches.forEach(branch -> active.addAll(Replay.activeResults(branch, wanted)));
        return List.copyOf(active);
    }

    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        int n = ins.size() - 1;
        int outs = branches.get(0).results().size();
        List<ShapedArray> types = branches.get(0).inputs();
        List<Integer> grads = Replay.floats(types).stream()
                .filter(i -> wanted.contains(i + 1))
                .toList();
        List<Integer> active = activeResults(new HashSet<>(grads));
        List<ShapedArray> avals = new ArrayList<>(types);
        active.forEach(i -> avals.add(branches.get(0).outputs().get(i)));
        List<Boolean> unknown =
                Indices.range(avals.size()).stream().map(i -> i >= n).toList();
        List<PartialEval.Split> halves = new ArrayList<>();
        for (Program branch : branches) {
            Program both = Replay.program(
                    all -> {
                        Replay.Back back = Replay.vjp(
                                branch,
                                all.subList(0, n),
                                _ -> Replay.spread(outs, active, all.subList(n, all.size())),
                                new HashSet<>(grads));
                        List<Tensor> cts = Replay.orZeros(back.cts(), all.subList(0, n));
                        List<Tensor> results = new ArrayList<>(back.outs());
                        grads.forEach(i -> results.add(cts.get(i)));
                        return results;
                    },
                    avals);
            halves.add(PartialEval.cut(both, unknown, outs));
        }
        Halves joined = new Halves(halves, avals, unknown);
        List<Tensor> found = Trace.bind(joined.known(), ins);
        List<Tensor> results = found.subList(0, outs);
        return new Reverse(results, cts -> {
            List<Tensor> operands = new ArrayList<>(ins);
            operands.addAll(found.subList(outs, found.size()));
            List<Tensor> zeros = Replay.orZeros(cts, results);
            active.forEach(i -> operands.add(zeros.get(i)));
            return Replay.spread(ins.size(), Indices.shift(grads, 1), Trace.bind(joined.unknown(), operands));
        });
    }

    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        List<ShapedArray> types = branches.get(0).inputs();
        int outs = branches.get(0).results().size();
        List<Integer> all = Indices.range(unknown.size());
        if (unknown.get(0)) {
            Program nothing = new Program(List.of(), List.of(), List.of());
            return new PartialEval.Parts(
                    new Call(mnemonic(), nothing), List.of(), this, all, Collections.nCopies(outs, true));
        }
        List<Boolean> flags = unknown.subList(1, unknown.size());
        List<Boolean> late = new ArrayList<>(Collections.nCopies(outs, false));
        for (Program branch : branches) {
            List<Boolean> here = PartialEval.split(branch, flags).unknownResults();
            for (int i = 0; i < outs; i++) {
                late.set(i, late.get(i) || here.get(i));
            }
        }
        List<PartialEval.Split> halves = branches.stream()
                .map(b -> PartialEval.split(b, flags, late, true))
                .toList();
        List<Boolean> early = flags.stream().map(u -> !u).toList();
        Halves joined = new Halves(halves, types, flags);
        List<Integer> knownIns = all.stream().filter(i -> !unknown.get(i)).toList();
        int places = joined.places.size();
        // What was kept comes first, then the index and the known operands, then the unknown ones.
        List<ShapedArray> avals = new ArrayList<>(joined.places);
        avals.add(ShapedArray.of(DType.I32));
        avals.addAll(DeadCode.marked(types, early));
        avals.addAll(DeadCode.marked(types, flags));
        Program second = Replay.program(
                in -> {
                    List<Tensor> operands = new ArrayList<>(in.subList(places, places + knownIns.size()));
                    operands.addAll(in.subList(0, places));
                    operands.addAll(in.subList(places + knownIns.size(), in.size()));
                    return Trace.bind(joined.unknown(), operands);
                },
                avals);
        List<Integer> order = new ArrayList<>(knownIns);
        all.stream().filter(unknown::get).forEach(order::add);
        return new PartialEval.Parts(joined.known(), knownIns, new Call(mnemonic(), second), order, late);
    }

    /**
     * The halves of all branches as two conditionals. Branches share the places for what the second half reads where
     * the types agree; a branch leaves zeros where it keeps nothing.
     */
    private static final class Halves {
        private final List<PartialEval.Split> halves;
        private final List<Boolean> unknown;
        private final List<ShapedArray> early;
        private final List<ShapedArray> late;
        private final List<ShapedArray> places = new ArrayList<>();
        private final List<List<Integer>> placesOf = new ArrayList<>();

        Halves(List<PartialEval.Split> halves, List<ShapedArray> types, List<Boolean> unknown) {
            this.halves = halves;
            this.unknown = unknown;
            early = DeadCode.marked(types, unknown.stream().map(u -> !u).toList());
            late = DeadCode.marked(types, unknown);
            for (PartialEval.Split split : halves) {
                List<ShapedArray> outs = split.known().outputs();
                List<Integer> here = new ArrayList<>();
                for (ShapedArray type : outs.subList(outs.size() - split.residuals(), outs.size())) {
                    int at = Indices.range(places.size()).stream()
                            .filter(i -> places.get(i).equals(type) && !here.contains(i))
                            .findFirst()
                            .orElse(places.size());
                    if (at == places.size()) {
                        places.add(type);
                    }
                    here.add(at);
                }
                placesOf.add(here);
            }
        }

        /** Takes the index and the known arguments; returns the known results and then what is kept. */
        Cond known() {
            List<Program> programs = new ArrayList<>();
            for (int k = 0; k < halves.size(); k++) {
                Program run = halves.get(k).known();
                List<Integer> here = placesOf.get(k);
                int outs = run.results().size() - here.size();
                programs.add(Replay.program(
                        all -> {
                            List<Tensor> found = Inline.call(run, all);
                            List<Tensor> out = new ArrayList<>(found.subList(0, outs));
                            for (int i = 0; i < places.size(); i++) {
                                int at = here.indexOf(i);
                                out.add(at < 0 ? Lax.full(places.get(i), 0) : found.get(outs + at));
                            }
                            return out;
                        },
                        early));
            }
            return new Cond(programs);
        }

        /** Takes the index, the known arguments, what was kept, and the unknown arguments. */
        Cond unknown() {
            List<ShapedArray> avals = new ArrayList<>(early);
            avals.addAll(places);
            avals.addAll(late);
            int rest = early.size() + places.size();
            List<Program> programs = new ArrayList<>();
            for (int k = 0; k < halves.size(); k++) {
                PartialEval.Split split = halves.get(k);
                List<Integer> from = new ArrayList<>(Indices.shift(placesOf.get(k), early.size()));
                split.forwarded().forEach(i -> from.add(Collections.frequency(unknown.subList(0, i), false)));
                from.addAll(Indices.range(rest, avals.size()));
                programs.add(Replay.program(
                        all -> Inline.call(
                                split.unknown(), from.stream().map(all::get).toList()),
                        avals));
            }
            return new Cond(programs);
        }
    }

    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        List<Program> smaller =
                branches.stream().map(branch -> DeadCode.keep(branch, live)).toList();
        List<Boolean> used = new ArrayList<>(Collections.nCopies(eqn.ins().size() - 1, false));
        for (Program branch : smaller) {
            List<Boolean> here = DeadCode.usedParams(branch);
            for (int i = 0; i < here.size(); i++) {
                used.set(i, used.get(i) || here.get(i));
            }
        }
        if (!live.contains(false) && !used.contains(false) && smaller.equals(branches)) {
            return eqn;
        }
        List<Atom> ins = new ArrayList<>(eqn.ins().subList(0, 1));
        ins.addAll(DeadCode.marked(eqn.ins().subList(1, eqn.ins().size()), used));
        Cond pruned =
                new Cond(smaller.stream().map(p -> DeadCode.withParams(p, used)).toList());
        return new Equation(pruned, ins, DeadCode.marked(eqn.outs(), live));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Mapped index = ins.get(0);
        List<Mapped> args = ins.subList(1, ins.size());
        if (index.mapped()) {
            return allBranches(index.value(), args, batch);
        }
        List<Boolean> flags = args.stream().map(Mapped::mapped).toList();
        List<Boolean> outs =
                new ArrayList<>(Collections.nCopies(branches.get(0).results().size(), false));
        for (Program branch : branches) {
            List<Boolean> here = Replay.mappedResults(branch, flags, batch);
            for (int i = 0; i < here.size(); i++) {
                outs.set(i, outs.get(i) || here.get(i));
            }
        }
        List<Program> batched = new ArrayList<>();
        for (Program branch : branches) {
            batched.add(Replay.program(
                    all -> {
                        List<Mapped> found = Replay.vmap(branch, Mapped.all(all, flags), batch);
                        return Indices.range(found.size()).stream()
                                .map(i -> outs.get(i)
                                        ? found.get(i).along(batch)
                                        : found.get(i).value())
                                .toList();
                    },
                    args.stream().map(m -> m.value().aval()).toList()));
        }
        return Mapped.all(
                Trace.bind(new Cond(batched), ins.stream().map(Mapped::value).toList()), outs);
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
