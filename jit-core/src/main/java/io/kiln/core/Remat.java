package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program whose intermediate values are not kept for the way back: that computes them again from the operands. Where
 * {@code differentiated}, the operands go through an {@code optimization_barrier}, or the compiler would see the same
 * computation twice and keep the first.
 */
public record Remat(Program program, boolean differentiated) implements HigherOrder {
    @Override
    public String mnemonic() {
        return "checkpoint";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Word("differentiated", Boolean.toString(differentiated)),
                new Param.Programs("program", List.of(program)));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (!ins.equals(program.inputs())) {
            throw TraceErrors.operands(mnemonic(), "the operands must be " + program.inputs(), ins);
        }
        return program.outputs();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.body(program, differentiated && !ins.isEmpty() ? out.barrier(ins, eqn.inputs()) : ins);
    }

    @Override
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        DerivedProgram both = DerivedProgram.jvp(program, Replay.given(tangents));
        List<Tensor> operands = new ArrayList<>(ins);
        tangents.stream().filter(Objects::nonNull).forEach(operands::add);
        return Replay.Dual.of(both, Trace.bind(new Remat(both.program(), differentiated), operands));
    }

    /** The way back keeps the operands only. */
    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        DerivedProgram both = DerivedProgram.vjp(program, wanted);
        return new Reverse(Trace.bind(this, ins), cts -> {
            List<Tensor> operands = new ArrayList<>(ins);
            operands.addAll(DerivedProgram.seeds(program, cts));
            return Replay.spread(
                    ins.size(), both.positions(), Trace.bind(new Remat(both.derivatives(), true), operands));
        });
    }

    /** The unknown half computes what it needs of the known one again, from the operands. */
    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        PartialEval.Split split = PartialEval.split(program, unknown);
        List<Integer> all = Indices.range(unknown.size());
        int early = split.known().results().size() - split.residuals();
        List<Boolean> noResiduals = Indices.range(split.known().results().size()).stream()
                .map(i -> i < early)
                .toList();
        return new PartialEval.Parts(
                new Remat(DeadCode.keep(split.known(), noResiduals), differentiated),
                all.stream().filter(i -> !unknown.get(i)).toList(),
                new Remat(DeadCode.keep(program, split.unknownResults()), true),
                all,
                split.unknownResults());
    }

    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        Program smaller = DeadCode.keep(program, live);
        List<Boolean> used = DeadCode.usedParams(smaller);
        if (!used.contains(false) && smaller.equals(program)) {
            return eqn;
        }
        return new Equation(
                new Remat(DeadCode.withParams(smaller, used), differentiated),
                DeadCode.marked(eqn.ins(), used),
                DeadCode.marked(eqn.outs(), live));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        DerivedProgram.Batched batched = DerivedProgram.vmap(program, Mapped.flags(ins), batch);
        return batched.results(Trace.bind(new Remat(batched.program(), differentiated), Mapped.values(ins)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
