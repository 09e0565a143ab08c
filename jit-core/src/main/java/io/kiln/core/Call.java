package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program applied to the operands: what a jitted function inside another leaves. It is lowered to a function of its own,
 * one for all calls of equal programs, and its derivatives and its batches are calls again.
 */
public record Call(String name, Program program) implements HigherOrder {
    @Override
    public String mnemonic() {
        return "call";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Word("name", name), new Param.Programs("program", List.of(program)));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (!ins.equals(program.inputs())) {
            throw TraceErrors.operands("call " + name, "the operands must be " + program.inputs(), ins);
        }
        return program.outputs();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.call(name, program, ins);
    }

    @Override
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        List<Integer> given = Replay.given(tangents);
        List<Tensor> operands = new ArrayList<>(ins);
        given.forEach(i -> operands.add(Objects.requireNonNull(tangents.get(i))));
        List<Integer> moved = new ArrayList<>();
        Program derived = Replay.program(
                all -> {
                    Replay.Dual dual = Replay.jvp(
                            program,
                            all.subList(0, ins.size()),
                            Replay.spread(ins.size(), given, all.subList(ins.size(), all.size())));
                    List<Tensor> results = new ArrayList<>(dual.outs());
                    moved.addAll(Replay.given(dual.tangents()));
                    moved.forEach(i ->
                            results.add(Objects.requireNonNull(dual.tangents().get(i))));
                    return results;
                },
                operands.stream().map(Tensor::aval).toList());
        List<Tensor> found = Trace.bind(new Call("jvp(" + name + ")", DeadCode.drop(derived)), operands);
        int n = program.results().size();
        return new Replay.Dual(found.subList(0, n), Replay.spread(n, moved, found.subList(n, found.size())));
    }

    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        List<Integer> seeded = Replay.floats(program.outputs());
        List<ShapedArray> avals = new ArrayList<>(program.inputs());
        seeded.forEach(i -> avals.add(program.outputs().get(i)));
        int n = ins.size();
        int count = program.results().size();
        List<Integer> reached = new ArrayList<>();
        Program whole = DeadCode.drop(Replay.program(
                all -> {
                    List<@Nullable Tensor> cts = Replay.spread(count, seeded, all.subList(n, all.size()));
                    Replay.Back back = Replay.vjp(program, all.subList(0, n), _ -> cts, wanted);
                    List<Tensor> results = new ArrayList<>(back.outs());
                    wanted.stream()
                            .sorted()
                            .filter(i -> back.cts().get(i) != null)
                            .forEach(reached::add);
                    reached.forEach(
                            i -> results.add(Objects.requireNonNull(back.cts().get(i))));
                    return results;
                },
                avals));
        PartialEval.Split split = PartialEval.cut(
                whole, Indices.range(avals.size()).stream().map(i -> i >= n).toList(), count);
        List<Tensor> early = Trace.bind(new Call(name, split.known()), ins);
        return new Reverse(early.subList(0, count), cts -> {
            List<Tensor> seeds = seeded.stream()
                    .map(i -> {
                        Tensor ct = cts.get(i);
                        return ct == null ? Lax.full(program.outputs().get(i), 0) : ct;
                    })
                    .toList();
            List<Tensor> late =
                    Trace.bind(new Call("vjp(" + name + ")", split.unknown()), split.operands(early, ins, seeds));
            return Replay.spread(n, reached, late);
        });
    }

    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        PartialEval.Split split = PartialEval.split(program, unknown);
        List<Integer> known = Indices.range(unknown.size()).stream()
                .filter(i -> !unknown.get(i))
                .toList();
        List<Integer> late = new ArrayList<>(split.forwarded());
        Indices.range(unknown.size()).stream().filter(unknown::get).forEach(late::add);
        return new PartialEval.Parts(
                new Call(name, split.known()), known, new Call(name, split.unknown()), late, split.unknownResults());
    }

    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        Program smaller = DeadCode.keep(program, live);
        List<Boolean> used = DeadCode.usedParams(smaller);
        if (!used.contains(false) && smaller.equals(program)) {
            return eqn;
        }
        return new Equation(
                new Call(name, DeadCode.withParams(smaller, used)),
                DeadCode.marked(eqn.ins(), used),
                DeadCode.marked(eqn.outs(), live));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Boolean> flags = new ArrayList<>();
        Program batched = Replay.program(
                all -> {
                    List<Mapped> outs = Replay.vmap(program, Mapped.zip(all, ins), batch);
                    outs.forEach(m -> flags.add(m.mapped()));
                    return outs.stream().map(Mapped::value).toList();
                },
                ins.stream().map(m -> m.value().aval()).toList());
        List<Tensor> outs = Trace.bind(
                new Call("vmap(" + name + ")", batched),
                ins.stream().map(Mapped::value).toList());
        return Indices.range(outs.size()).stream()
                .map(i -> new Mapped(outs.get(i), flags.get(i)))
                .toList();
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
