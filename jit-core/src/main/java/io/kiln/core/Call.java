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
        DerivedProgram both = DerivedProgram.jvp(program, Replay.given(tangents));
        List<Tensor> operands = new ArrayList<>(ins);
        tangents.stream().filter(Objects::nonNull).forEach(operands::add);
        return Replay.Dual.of(both, Trace.bind(new Call("jvp(" + name + ")", both.program()), operands));
    }

    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        DerivedProgram both = DerivedProgram.vjp(program, wanted);
        PartialEval.Split split = both.cut(ins.size());
        List<Tensor> early = Trace.bind(new Call(name, split.known()), ins);
        return new Reverse(early.subList(0, both.results()), cts -> {
            List<Tensor> operands = split.operands(early, ins, DerivedProgram.seeds(program, cts));
            List<Tensor> late = Trace.bind(new Call("vjp(" + name + ")", split.unknown()), operands);
            return Replay.spread(ins.size(), both.positions(), late);
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
        DerivedProgram.Batched batched = DerivedProgram.vmap(program, Mapped.flags(ins), batch);
        return batched.results(Trace.bind(new Call("vmap(" + name + ")", batched.program()), Mapped.values(ins)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
