package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program with a way back of its own: {@code forward} takes the operands and returns the results, then residuals;
 * {@code backward} takes the first {@code consts} operands, the residuals and a cotangent for each result, and returns one for
 * each of the other operands. The constants are what its functions captured: no derivative reaches them.
 */
public record CustomVjp(String name, int consts, Program program, Program forward, Program backward)
        implements HigherOrder {
    @Override
    public String mnemonic() {
        return "custom_vjp_call";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Word("name", name),
                new Param.Int("num_consts", consts),
                new Param.Programs("program_fwd_bwd", List.of(program, forward, backward)));
    }

    private <T> List<T> residuals(List<T> outs) {
        return outs.subList(program.results().size(), outs.size());
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        List<ShapedArray> outs = program.outputs();
        boolean fits = consts >= 0
                && consts <= ins.size()
                && ins.equals(program.inputs())
                && ins.equals(forward.inputs())
                && forward.outputs().size() >= outs.size()
                && forward.outputs().subList(0, outs.size()).equals(outs)
                && backward.inputs()
                        .equals(Indices.join(Indices.join(ins.subList(0, consts), residuals(forward.outputs())), outs))
                && backward.outputs().equals(ins.subList(consts, ins.size()));
        if (!fits) {
            throw TraceErrors.operands(
                    mnemonic() + " " + name,
                    "the operands must be " + program.inputs() + ", and those of the rules",
                    ins);
        }
        return outs;
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.body(program, ins);
    }

    @Override
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        throw TraceErrors.customForward(name);
    }

    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        wanted.stream().filter(i -> i < consts).findFirst().ifPresent(i -> {
            throw TraceErrors.customConstant("customVjp", name, program.inputs().get(i));
        });
        int n = program.results().size();
        List<Tensor> early = Inline.call(forward, ins);
        List<Integer> sorted = wanted.stream().sorted().toList();
        return new Reverse(early.subList(0, n), cts -> {
            List<Tensor> operands = new ArrayList<>(ins.subList(0, consts));
            operands.addAll(residuals(early));
            operands.addAll(Replay.orZeros(cts, early.subList(0, n)));
            List<Tensor> found = Inline.call(backward, operands);
            return Replay.spread(
                    ins.size(),
                    sorted,
                    sorted.stream().map(i -> found.get(i - consts)).toList());
        });
    }

    /** The rules were not asked yet, so the program is computed where all its operands are known. */
    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        return PartialEval.Parts.late(this, unknown.size(), program.results().size());
    }

    /** The rules give and take all results together. */
    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        return eqn;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Boolean> flags = Mapped.flags(ins);
        DerivedProgram.Batched there = DerivedProgram.vmap(forward, flags, batch);
        List<Boolean> kept = residuals(there.mapped());
        int n = program.results().size();
        Program outsMapped = Replay.program(
                all -> {
                    List<Tensor> outs = Inline.call(there.program(), all);
                    List<Tensor> results = new ArrayList<>();
                    for (int i = 0; i < outs.size(); i++) {
                        Mapped out = new Mapped(outs.get(i), there.mapped().get(i));
                        results.add(i < n ? out.along(batch) : out.value());
                    }
                    return results;
                },
                there.program().inputs());
        List<Boolean> backFlags = new ArrayList<>(flags.subList(0, consts));
        backFlags.addAll(kept);
        backFlags.addAll(Collections.nCopies(n, true));
        Program back = Replay.program(
                all -> {
                    List<Mapped> cts = Replay.vmap(backward, Mapped.all(all, backFlags), batch);
                    List<Tensor> results = new ArrayList<>();
                    for (int i = 0; i < cts.size(); i++) {
                        results.add(flags.get(consts + i) ? cts.get(i).along(batch) : shared(cts.get(i), batch));
                    }
                    return results;
                },
                batch.avals(backward.inputs(), backFlags));
        CustomVjp batched =
                new CustomVjp(name, consts, DerivedProgram.vmapAll(program, flags, batch), outsMapped, back);
        return Elementwise.mapped(Trace.bind(batched, Mapped.values(ins)));
    }

    /** The cotangent of an operand that all elements share is the sum of theirs. */
    private static Tensor shared(Mapped ct, BatchAxis batch) {
        return ct.row().dtype().isInexact()
                ? Lax.reduce(Reduction.SUM, ct.along(batch), List.of(0))
                : Lax.full(ct.row(), 0);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
