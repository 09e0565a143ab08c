package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code body} applied to a carry as long as {@code cond} of it is true. The operands are the constants of the
 * condition, those of the body, and the initial carry; both programs take their own constants first, then the carry.
 */
public record While(Program cond, int condConsts, Program body, int bodyConsts) implements Primitive {
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
            throw TraceErrors.carry(carry(ins), body.outputs());
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

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        List<Tensor> init = carry(ins);
        List<Integer> floats =
                Replay.floats(carry(ins.stream().map(Tensor::aval).toList()));
        List<Integer> constFloats = Indices.range(bodyConsts).stream()
                .filter(i -> tangents.get(condConsts + i) != null)
                .toList();
        List<Tensor> tangentInit = Replay.orZeros(carry(tangents), init);
        List<Tensor> operands = new ArrayList<>(ins.subList(0, condConsts + bodyConsts));
        constFloats.forEach(i -> operands.add(Objects.requireNonNull(tangents.get(condConsts + i))));
        operands.addAll(init);
        floats.forEach(i -> operands.add(tangentInit.get(i)));
        List<ShapedArray> avals = operands.stream().map(Tensor::aval).toList();
        int consts = condConsts + bodyConsts + constFloats.size();

        List<ShapedArray> condAvals = new ArrayList<>(avals.subList(0, condConsts));
        condAvals.addAll(avals.subList(consts, avals.size()));
        Program newCond = Replay.program(all -> Inline.call(cond, all.subList(0, condConsts + init.size())), condAvals);
        Program newBody = Replay.program(
                all -> {
                    int at = bodyConsts + constFloats.size();
                    List<Tensor> args = new ArrayList<>(all.subList(0, bodyConsts));
                    args.addAll(all.subList(at, at + init.size()));
                    List<@Nullable Tensor> ts = Replay.nulls(args.size());
                    for (int k = 0; k < constFloats.size(); k++) {
                        ts.set(constFloats.get(k), all.get(bodyConsts + k));
                    }
                    for (int k = 0; k < floats.size(); k++) {
                        ts.set(bodyConsts + floats.get(k), all.get(at + init.size() + k));
                    }
                    Replay.Dual dual = Replay.jvp(body, args, ts);
                    List<Tensor> zeros = Replay.orZeros(dual.tangents(), dual.outs());
                    List<Tensor> results = new ArrayList<>(dual.outs());
                    floats.forEach(i -> results.add(zeros.get(i)));
                    return results;
                },
                avals.subList(condConsts, avals.size()));
        List<Tensor> found =
                Trace.bind(new While(newCond, condConsts, newBody, bodyConsts + constFloats.size()), operands);
        List<@Nullable Tensor> all = Replay.nulls(init.size());
        for (int k = 0; k < floats.size(); k++) {
            all.set(floats.get(k), found.get(init.size() + k));
        }
        return all;
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        throw TraceErrors.notDifferentiable(
                "a while loop",
                "unroll it with a Java for loop where the number of steps is fixed and small, or stop the gradient"
                        + " before it: .stopGradient()");
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
            predicateMapped = mappedResults(cond, condArgs(flags), batch).get(0);
            List<Boolean> next = mappedResults(body, bodyArgs(flags), batch);
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
                    Mapped p =
                            Replay.vmap(cond, zip(all, condArgs(flags)), batch).get(0);
                    return List.of(anyOf ? Lax.reduce(Reduction.OR, p.value(), List.of(0)) : p.value());
                },
                condArgs(avals));
        // With a predicate of each row, the body also needs the constants of the condition.
        int consts = anyOf ? condConsts + bodyConsts : bodyConsts;
        List<ShapedArray> bodyAvals = anyOf ? avals : bodyArgs(avals);
        Program newBody = Replay.program(
                all -> {
                    List<Tensor> args = anyOf ? bodyArgs(all) : all;
                    List<Mapped> next = Replay.vmap(body, zip(args, bodyArgs(flags)), batch);
                    List<Tensor> out = new ArrayList<>();
                    Mapped p = anyOf
                            ? Replay.vmap(cond, zip(condArgs(all), condArgs(flags)), batch)
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
        return zip(Trace.bind(new While(newCond, condConsts, newBody, consts), all), carryMapped);
    }

    private static List<Mapped> zip(List<Tensor> tensors, List<Boolean> flags) {
        List<Mapped> out = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            out.add(new Mapped(tensors.get(i), flags.get(i)));
        }
        return out;
    }

    /** Which results of a program are mapped when these parameters are. */
    private static List<Boolean> mappedResults(Program program, List<Boolean> flags, BatchAxis batch) {
        List<Boolean> found = new ArrayList<>();
        List<ShapedArray> avals = new ArrayList<>();
        for (int i = 0; i < flags.size(); i++) {
            ShapedArray row = program.inputs().get(i);
            avals.add(flags.get(i) ? row.withShape(Indices.prepend(batch.size(), row.shape())) : row);
        }
        Replay.program(
                all -> {
                    List<Mapped> outs = Replay.vmap(program, zip(all, flags), batch);
                    outs.forEach(m -> found.add(m.mapped()));
                    return List.of();
                },
                avals);
        return found;
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
