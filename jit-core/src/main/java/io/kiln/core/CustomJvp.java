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
 * A program with a derivative of its own: {@code rule} takes the operands and a tangent for each but the first {@code consts},
 * and returns the results and a tangent for each. The constants are what its functions captured: no derivative reaches them.
 */
public record CustomJvp(String name, int consts, Program program, Program rule) implements HigherOrder {
    @Override
    public String mnemonic() {
        return "custom_jvp_call";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Word("name", name),
                new Param.Int("num_consts", consts),
                new Param.Programs("program_rule", List.of(program, rule)));
    }

    private <T> List<T> arguments(List<T> ins) {
        return ins.subList(consts, ins.size());
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        boolean fits = consts >= 0
                && consts <= ins.size()
                && ins.equals(program.inputs())
                && rule.inputs().equals(Indices.join(ins, arguments(ins)))
                && rule.outputs().equals(Indices.join(program.outputs(), program.outputs()));
        if (!fits) {
            throw TraceErrors.operands(
                    mnemonic() + " " + name, "the operands must be " + program.inputs() + ", and the rule's", ins);
        }
        return program.outputs();
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return out.body(program, ins);
    }

    @Override
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        requireArguments(Replay.given(tangents));
        List<Tensor> operands = Indices.join(ins, arguments(Replay.orZeros(tangents, ins)));
        List<Tensor> both = Inline.call(rule, operands);
        int n = program.results().size();
        List<Integer> floats = Replay.floats(program.outputs());
        List<Tensor> moved = floats.stream().map(i -> both.get(n + i)).toList();
        return new Replay.Dual(both.subList(0, n), Replay.spread(n, floats, moved));
    }

    /** The rule is linear in the tangents, so its derivative at tangents of zero is its transpose. */
    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        requireArguments(wanted);
        int n = program.results().size();
        List<Integer> floats = Replay.floats(program.outputs());
        List<ShapedArray> seeds =
                floats.stream().map(i -> program.outputs().get(i)).toList();
        List<Integer> reached = new ArrayList<>();
        Set<Integer> moved =
                wanted.stream().map(i -> ins.size() + i - consts).collect(Collectors.toCollection(TreeSet::new));
        int given = rule.inputs().size();
        Program anywhere = DeadCode.drop(Replay.program(
                all -> {
                    List<Integer> tangents = floats.stream().map(i -> n + i).toList();
                    List<@Nullable Tensor> cts = Replay.spread(2 * n, tangents, all.subList(given, all.size()));
                    Replay.Back back = Replay.vjp(rule, all.subList(0, given), _ -> cts, moved);
                    List<Tensor> results = new ArrayList<>(back.outs().subList(0, n));
                    for (int i : moved) {
                        Tensor ct = back.cts().get(i);
                        if (ct != null) {
                            reached.add(i - ins.size() + consts);
                            results.add(ct);
                        }
                    }
                    return results;
                },
                Indices.join(rule.inputs(), seeds)));
        requireLinear(anywhere, anywhere.params().subList(ins.size(), given));
        Program whole = Replay.program(
                all -> {
                    List<Tensor> args = all.subList(0, ins.size());
                    List<Tensor> zeros =
                            arguments(args).stream().map(x -> Lax.like(x, 0)).toList();
                    List<Tensor> cts = all.subList(ins.size(), all.size());
                    return Inline.call(anywhere, Indices.join(Indices.join(args, zeros), cts));
                },
                Indices.join(program.inputs(), seeds));
        PartialEval.Split split = new DerivedProgram(DeadCode.drop(whole), n, reached).cut(ins.size());
        List<Tensor> early = Inline.call(split.known(), ins);
        return new Reverse(early.subList(0, n), cts -> {
            List<Tensor> operands = split.operands(early, ins, DerivedProgram.seeds(program, cts));
            return Replay.spread(ins.size(), reached, Inline.call(split.unknown(), operands));
        });
    }

    /**
     * The derivative of what is linear does not depend on where it is taken. What passes through the programs of loops and calls is
     * not followed: they take operands that they may not use.
     */
    private void requireLinear(Program derivative, List<Atom.Var> tangents) {
        Set<Atom> moving = new HashSet<>(tangents);
        for (Equation eqn : derivative.equations()) {
            if (!(eqn.primitive() instanceof HigherOrder) && !Collections.disjoint(moving, eqn.ins())) {
                moving.addAll(eqn.outs());
            }
        }
        if (!Collections.disjoint(moving, derivative.results())) {
            throw TraceErrors.customNotLinear(name);
        }
    }

    private void requireArguments(Iterable<Integer> differentiated) {
        for (int i : differentiated) {
            if (i < consts) {
                throw TraceErrors.customConstant(
                        "customJvp", name, program.inputs().get(i));
            }
        }
    }

    /** The rule was not asked yet, so the program is computed where all its operands are known. */
    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        return PartialEval.Parts.late(this, unknown.size(), program.results().size());
    }

    /** A rule gives all results together. */
    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        return eqn;
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Boolean> flags = Mapped.flags(ins);
        CustomJvp batched = new CustomJvp(
                name,
                consts,
                DerivedProgram.vmapAll(program, flags, batch),
                DerivedProgram.vmapAll(rule, Indices.join(flags, arguments(flags)), batch));
        return Elementwise.mapped(Trace.bind(batched, Mapped.values(ins)));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        return Interpreter.run(program, ins);
    }
}
