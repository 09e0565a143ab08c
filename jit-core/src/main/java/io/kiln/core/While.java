package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code body} applied to a carry as long as {@code cond} of it is true. The operands are the constants of the
 * condition, those of the body, and the initial carry; both programs take their own constants first, then the carry.
 */
public record While(Program cond, int condConsts, Program body, int bodyConsts) implements HigherOrder {
    @Override
    public String mnemonic() {
        return "while";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Int("cond_nconsts", condConsts),
                new Param.Int("body_nconsts", bodyConsts),
                new Param.Programs("cond_body", List.of(cond, body)));
    }

    private <T extends @Nullable Object> List<T> carry(List<T> ins) {
        return ins.subList(condConsts + bodyConsts, ins.size());
    }

    private <T extends @Nullable Object> List<T> condArgs(List<T> ins) {
        List<T> out = new ArrayList<>(ins.subList(0, condConsts));
        out.addAll(carry(ins));
        return out;
    }

    private <T extends @Nullable Object> List<T> bodyArgs(List<T> ins) {
        return ins.subList(condConsts, ins.size());
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (condConsts < 0 || bodyConsts < 0 || condConsts + bodyConsts > ins.size()) {
            throw TraceErrors.operands(
                    mnemonic(), "there must be %d constants".formatted(condConsts + bodyConsts), ins);
        }
        if (!cond.outputs().equals(List.of(ShapedArray.of(DType.BOOL)))) {
            throw TraceErrors.operands(mnemonic(), "the condition must return bool[]", cond.outputs());
        }
        if (!body.outputs().equals(carry(ins))) {
            throw TraceErrors.carry(mnemonic(), carry(ins), body.outputs());
        }
        if (!cond.inputs().equals(condArgs(ins)) || !body.inputs().equals(bodyArgs(ins))) {
            throw TraceErrors.operands(mnemonic(), "the operands must be those of condition and body", ins);
        }
        return carry(ins);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        // Constants are carried along unchanged, so that neither region refers to values around it.
        List<String> names = new ArrayList<>();
        for (int i = 0; i < ins.size(); i++) {
            names.add(out.fresh());
        }
        List<String> bindings = new ArrayList<>();
        for (int i = 0; i < ins.size(); i++) {
            bindings.add(names.get(i) + " = " + ins.get(i));
        }
        List<ShapedArray> types = eqn.inputs();
        String result = out.open(
                "stablehlo.while(%s) : %s"
                        .formatted(
                                String.join(", ", bindings),
                                types.stream().map(ShapedArray::mlir).collect(Collectors.joining(", "))),
                ins.size());
        out.raw("cond {");
        out.region(cond, condArgs(names));
        out.raw("} do {");
        out.region(body, bodyArgs(names), names.subList(0, condConsts + bodyConsts), types);
        out.raw("}");
        return carry(out.names(result, ins.size()));
    }

    /** The operands of the body that have a tangent, where those at {@code given} of the whole have one. */
    private Set<Integer> active(List<Integer> given) {
        Set<Integer> active = new HashSet<>();
        given.forEach(i -> active.add(i - condConsts));
        active.retainAll(Replay.floats(body.inputs()));
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int i : Replay.activeResults(body, active)) {
                changed |= active.add(bodyConsts + i);
            }
        }
        return active;
    }

    @Override
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        List<Tensor> init = carry(ins);
        Set<Integer> active = active(Replay.given(tangents));
        List<Integer> tConsts =
                active.stream().filter(i -> i < bodyConsts).sorted().toList();
        List<Integer> tCarry = active.stream()
                .filter(i -> i >= bodyConsts)
                .map(i -> i - bodyConsts)
                .sorted()
                .toList();
        List<Tensor> zeros = Replay.orZeros(tangents, ins);
        List<Tensor> operands = new ArrayList<>(ins.subList(0, condConsts + bodyConsts));
        tConsts.forEach(i -> operands.add(zeros.get(condConsts + i)));
        operands.addAll(init);
        tCarry.forEach(i -> operands.add(carry(zeros).get(i)));
        List<ShapedArray> avals = operands.stream().map(Tensor::aval).toList();
        int consts = condConsts + bodyConsts + tConsts.size();

        List<ShapedArray> condAvals = new ArrayList<>(avals.subList(0, condConsts));
        condAvals.addAll(avals.subList(consts, avals.size()));
        Program newCond = Replay.program(all -> Inline.call(cond, all.subList(0, condConsts + init.size())), condAvals);
        Program newBody = Replay.program(
                all -> {
                    int at = bodyConsts + tConsts.size();
                    List<Tensor> args = new ArrayList<>(all.subList(0, bodyConsts));
                    args.addAll(all.subList(at, at + init.size()));
                    List<@Nullable Tensor> ts = Replay.spread(bodyConsts, tConsts, all.subList(bodyConsts, at));
                    ts.addAll(Replay.spread(init.size(), tCarry, all.subList(at + init.size(), all.size())));
                    Replay.Dual dual = Replay.jvp(body, args, ts);
                    List<Tensor> next = Replay.orZeros(dual.tangents(), dual.outs());
                    List<Tensor> results = new ArrayList<>(dual.outs());
                    tCarry.forEach(i -> results.add(next.get(i)));
                    return results;
                },
                avals.subList(condConsts, avals.size()));
        List<Tensor> found = Trace.bind(new While(newCond, condConsts, newBody, bodyConsts + tConsts.size()), operands);
        return new Replay.Dual(
                found.subList(0, init.size()),
                Replay.spread(init.size(), tCarry, found.subList(init.size(), found.size())));
    }

    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        return new Reverse(Trace.bind(this, ins), _ -> {
            throw TraceErrors.notDifferentiable(
                    "a while loop",
                    "use Control.scan, or Control.fori with Java ints as bounds, where the number of steps is known; or"
                            + " stop the gradient before the loop: .stopGradient(); forward mode (jvp) works");
        });
    }

    /**
     * The loop over those carries that nothing unknown reaches, and then the whole loop for the others: its steps cannot
     * be kept, for their number is not known.
     */
    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        List<Boolean> flags = new ArrayList<>(unknown);
        List<Boolean> carries = carry(flags);
        boolean endsLate = false;
        boolean changed;
        do {
            List<Boolean> next = PartialEval.split(body, bodyArgs(flags)).unknownResults();
            endsLate = PartialEval.split(cond, condArgs(flags)).unknownResults().get(0);
            changed = false;
            for (int i = 0; i < next.size(); i++) {
                boolean late = endsLate || carries.get(i) || next.get(i);
                changed |= late != carries.get(i);
                carries.set(i, late);
            }
        } while (changed);
        List<Boolean> early = carries.stream().map(late -> !late).toList();
        List<ShapedArray> types = new ArrayList<>(cond.inputs().subList(0, condConsts));
        types.addAll(body.inputs());
        List<Integer> all = Indices.range(types.size());
        List<Integer> knownIns = all.stream().filter(i -> !flags.get(i)).toList();
        Program first = Replay.program(in -> DeadCode.marked(Trace.bind(this, in), early), types);
        Program second = Replay.program(in -> DeadCode.marked(Trace.bind(this, in), carries), types);
        Program known = DeadCode.drop(first);
        return new PartialEval.Parts(
                new Call(
                        mnemonic(),
                        DeadCode.withParams(
                                known, flags.stream().map(late -> !late).toList())),
                knownIns,
                new Call(mnemonic(), DeadCode.drop(second)),
                all,
                carries);
    }

    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        List<Boolean> carries = new ArrayList<>(live);
        List<Boolean> condUsed = DeadCode.usedParams(cond);
        Program smaller;
        List<Boolean> used;
        // A carry is needed where the condition or a needed carry reads it: repeat until nothing changes.
        boolean changed;
        do {
            smaller = DeadCode.keep(body, carries);
            used = DeadCode.usedParams(smaller);
            changed = false;
            for (int i = 0; i < carries.size(); i++) {
                boolean needed = carries.get(i) || condUsed.get(condConsts + i) || used.get(bodyConsts + i);
                changed |= needed != carries.get(i);
                carries.set(i, needed);
            }
        } while (changed);
        List<Boolean> condKeep = new ArrayList<>(condUsed.subList(0, condConsts));
        List<Boolean> bodyKeep = new ArrayList<>(used.subList(0, bodyConsts));
        if (!condKeep.contains(false)
                && !bodyKeep.contains(false)
                && !carries.contains(false)
                && smaller.equals(body)) {
            return eqn;
        }
        List<Boolean> operands = new ArrayList<>(condKeep);
        operands.addAll(bodyKeep);
        operands.addAll(carries);
        int condCount = Collections.frequency(condKeep, true);
        int bodyCount = Collections.frequency(bodyKeep, true);
        condKeep.addAll(carries);
        bodyKeep.addAll(carries);
        While pruned = new While(
                DeadCode.withParams(cond, condKeep), condCount, DeadCode.withParams(smaller, bodyKeep), bodyCount);
        return new Equation(pruned, DeadCode.marked(eqn.ins(), operands), DeadCode.marked(eqn.outs(), carries));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Boolean> carryMapped =
                new ArrayList<>(carry(ins).stream().map(Mapped::mapped).toList());
        List<Boolean> constMapped = ins.subList(0, condConsts + bodyConsts).stream()
                .map(Mapped::mapped)
                .toList();
        boolean predicateMapped = false;
        // What the body makes mapped is mapped in the next step too: repeat until nothing changes.
        for (boolean changed = true; changed; ) {
            List<Boolean> flags = new ArrayList<>(constMapped);
            flags.addAll(carryMapped);
            predicateMapped = Replay.mappedResults(cond, condArgs(flags), batch).get(0);
            List<Boolean> next = Replay.mappedResults(body, bodyArgs(flags), batch);
            changed = false;
            for (int i = 0; i < next.size(); i++) {
                boolean mapped = next.get(i) || carryMapped.get(i) || predicateMapped;
                changed |= mapped != carryMapped.get(i);
                carryMapped.set(i, mapped);
            }
        }
        List<Boolean> flags = new ArrayList<>(constMapped);
        flags.addAll(carryMapped);
        List<Tensor> operands = new ArrayList<>();
        for (int i = 0; i < ins.size(); i++) {
            operands.add(flags.get(i) ? ins.get(i).along(batch) : ins.get(i).value());
        }
        List<ShapedArray> avals = operands.stream().map(Tensor::aval).toList();
        boolean anyOf = predicateMapped;
        Program newCond = Replay.program(
                all -> {
                    Mapped p = Replay.vmap(cond, Mapped.all(all, condArgs(flags)), batch)
                            .get(0);
                    return List.of(anyOf ? Lax.reduce(Reduction.OR, p.value(), List.of(0)) : p.value());
                },
                condArgs(avals));
        // With a predicate of each row, the body also needs the constants of the condition.
        int consts = anyOf ? condConsts + bodyConsts : bodyConsts;
        List<ShapedArray> bodyAvals = anyOf ? avals : bodyArgs(avals);
        Program newBody = Replay.program(
                all -> {
                    List<Tensor> args = anyOf ? bodyArgs(all) : all;
                    List<Mapped> next = Replay.vmap(body, Mapped.all(args, bodyArgs(flags)), batch);
                    List<Tensor> out = new ArrayList<>();
                    Mapped p = anyOf
                            ? Replay.vmap(cond, Mapped.all(condArgs(all), condArgs(flags)), batch)
                                    .get(0)
                            : Mapped.no(args.get(0));
                    for (int i = 0; i < next.size(); i++) {
                        Tensor value = carryMapped.get(i)
                                ? next.get(i).along(batch)
                                : next.get(i).value();
                        if (anyOf) {
                            Tensor mask = Lax.broadcastInDim(p.value(), value.shape(), List.of(0));
                            value = Lax.select(mask, value, args.get(bodyConsts + i));
                        }
                        out.add(value);
                    }
                    return out;
                },
                bodyAvals);
        List<Tensor> all = new ArrayList<>(operands.subList(0, condConsts));
        if (anyOf) {
            all.addAll(operands.subList(0, condConsts));
        }
        all.addAll(operands.subList(condConsts, operands.size()));
        return Mapped.all(Trace.bind(new While(newCond, condConsts, newBody, consts), all), carryMapped);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        List<HostArray> state = new ArrayList<>(ins);
        while (Interpreter.run(cond, condArgs(state)).get(0).longAt(0) != 0) {
            List<HostArray> next = Interpreter.run(body, bodyArgs(state));
            Collections.copy(carry(state), next);
        }
        return List.copyOf(carry(state));
    }
}
