package io.kiln.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code body} applied {@code length} times to constants, a carry and one element of each of the scanned arrays along their
 * axis 0; it returns the next carry and one element of each stacked result. The operands are {@code consts} constants,
 * {@code carry} initial carries and the scanned arrays; the results are the last carry and the stacked arrays. With
 * {@code reverse} it runs from the last element to the first. {@code unroll} steps are lowered in a row.
 */
public record Scan(Program body, int length, int consts, int carry, boolean reverse, int unroll)
        implements HigherOrder {
    @Override
    public String mnemonic() {
        return "scan";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Int("length", length),
                new Param.Int("num_consts", consts),
                new Param.Int("num_carry", carry),
                new Param.Word("reverse", Boolean.toString(reverse)),
                new Param.Int("unroll", unroll),
                new Param.Programs("body", List.of(body)));
    }

    /** Where the scanned arrays begin among the operands. */
    int scanned() {
        return consts + carry;
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        if (consts < 0 || carry < 0 || length < 0 || unroll < 1 || scanned() > ins.size()) {
            throw TraceErrors.operands(
                    mnemonic(), "there must be %d constants and %d carries".formatted(consts, carry), ins);
        }
        List<ShapedArray> args = new ArrayList<>(ins.subList(0, scanned()));
        for (ShapedArray x : ins.subList(scanned(), ins.size())) {
            if (x.rank() == 0 || x.dim(0) != length) {
                throw TraceErrors.operands(
                        mnemonic(), "axis 0 of each scanned array must have %d elements".formatted(length), ins);
            }
            args.add(element(x));
        }
        if (!body.inputs().equals(args)) {
            throw TraceErrors.operands(mnemonic(), "the operands must be those of the body " + body.inputs(), args);
        }
        List<ShapedArray> outs = body.outputs();
        if (outs.size() < carry || !outs.subList(0, carry).equals(ins.subList(consts, scanned()))) {
            throw TraceErrors.carry(mnemonic(), ins.subList(consts, scanned()), outs);
        }
        List<ShapedArray> results = new ArrayList<>(outs.subList(0, carry));
        outs.subList(carry, outs.size()).forEach(y -> results.add(stacked(y)));
        return results;
    }

    private static ShapedArray element(ShapedArray x) {
        return x.withShape(x.shape().subList(1, x.rank()));
    }

    private ShapedArray stacked(ShapedArray y) {
        return y.withShape(Indices.prepend(length, y.shape()));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return new ScanLowering(this, out, eqn).lower(ins);
    }

    /** The floats among the operands that depend on those at {@code wanted}, by one step or by many. */
    private Set<Integer> active(Collection<Integer> wanted) {
        Set<Integer> active = new HashSet<>(wanted);
        active.retainAll(Replay.floats(body.inputs()));
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int i : Replay.activeResults(body, active)) {
                changed |= i < carry && active.add(consts + i);
            }
        }
        return active;
    }

    /** Those of {@code positions} from {@code from} to before {@code to}, in order. */
    private static List<Integer> within(Set<Integer> positions, int from, int to) {
        return positions.stream().filter(i -> i >= from && i < to).sorted().toList();
    }

    private static <T> List<T> pick(List<T> items, List<Integer> positions) {
        return positions.stream().map(items::get).toList();
    }

    @SafeVarargs
    private static <T> List<T> join(List<? extends T>... parts) {
        List<T> out = new ArrayList<>();
        for (List<? extends T> part : parts) {
            out.addAll(part);
        }
        return out;
    }

    @Override
    public Replay.Dual forward(List<Tensor> ins, List<@Nullable Tensor> tangents) {
        Set<Integer> active = active(Replay.given(tangents));
        List<Integer> tConsts = within(active, 0, consts);
        List<Integer> tCarry = within(active, consts, scanned());
        List<Integer> tXs = within(active, scanned(), ins.size());
        List<Integer> tYs =
                within(Replay.activeResults(body, active), carry, body.results().size());
        List<ShapedArray> types = body.inputs();
        int moreConsts = consts + tConsts.size();
        int moreCarry = carry + tCarry.size();
        int at = moreConsts + moreCarry;
        Program both = Replay.program(
                all -> {
                    List<Tensor> args = join(
                            all.subList(0, consts),
                            all.subList(moreConsts, moreConsts + carry),
                            all.subList(at, at + ins.size() - scanned()));
                    List<Tensor> moved = join(
                            all.subList(consts, moreConsts),
                            all.subList(moreConsts + carry, at),
                            all.subList(at + ins.size() - scanned(), all.size()));
                    Replay.Dual dual =
                            Replay.jvp(body, args, Replay.spread(ins.size(), join(tConsts, tCarry, tXs), moved));
                    List<Tensor> zeros = Replay.orZeros(dual.tangents(), dual.outs());
                    return join(
                            dual.outs().subList(0, carry),
                            pick(zeros, tCarry.stream().map(i -> i - consts).toList()),
                            dual.outs().subList(carry, dual.outs().size()),
                            pick(zeros, tYs));
                },
                join(
                        types.subList(0, consts),
                        pick(types, tConsts),
                        types.subList(consts, scanned()),
                        pick(types, tCarry),
                        types.subList(scanned(), types.size()),
                        pick(types, tXs)));
        List<Tensor> zeros = Replay.orZeros(tangents, ins);
        List<Tensor> found = Trace.bind(
                new Scan(both, length, moreConsts, moreCarry, reverse, unroll),
                join(
                        ins.subList(0, consts),
                        pick(zeros, tConsts),
                        ins.subList(consts, scanned()),
                        pick(zeros, tCarry),
                        ins.subList(scanned(), ins.size()),
                        pick(zeros, tXs)));
        int ys = body.results().size() - carry;
        List<Integer> moved = join(tCarry.stream().map(i -> i - consts).toList(), tYs);
        return new Replay.Dual(
                join(found.subList(0, carry), found.subList(moreCarry, moreCarry + ys)),
                Replay.spread(
                        carry + ys,
                        moved,
                        join(found.subList(carry, moreCarry), found.subList(moreCarry + ys, found.size()))));
    }

    /**
     * The way back is a scan in the other order over what the way forward stacked; its carry is the sum so far of the
     * cotangents of the constants, and the cotangent of the carry.
     */
    @Override
    public Reverse reverse(List<Tensor> ins, Set<Integer> wanted) {
        Set<Integer> active = active(wanted);
        int n = ins.size();
        int outs = body.results().size();
        List<Integer> gConsts = within(active, 0, consts);
        List<Integer> gCarry = within(active, consts, scanned());
        List<Integer> gXs = within(active, scanned(), n);
        List<Integer> ctCarry = gCarry.stream().map(i -> i - consts).toList();
        List<Integer> ctYs = within(Replay.activeResults(body, active), carry, outs);
        List<ShapedArray> types = body.inputs();
        int sums = gConsts.size();
        Program step = Replay.program(
                all -> {
                    Replay.Back back = Replay.vjp(
                            body,
                            all.subList(0, n),
                            _ -> Replay.spread(outs, join(ctCarry, ctYs), all.subList(n + sums, all.size())),
                            active);
                    List<Tensor> zeros = Replay.orZeros(back.cts(), all.subList(0, n));
                    List<Tensor> added = new ArrayList<>();
                    for (int k = 0; k < sums; k++) {
                        Tensor sum = all.get(n + k);
                        Tensor ct = back.cts().get(gConsts.get(k));
                        added.add(ct == null ? sum : Lax.add(sum, ct));
                    }
                    return join(back.outs(), added, pick(zeros, gCarry), pick(zeros, gXs));
                },
                join(types, pick(types, gConsts), pick(types, gCarry), pick(body.outputs(), ctYs)));
        ScanHalves halves = new ScanHalves(
                step,
                join(
                        kinds(),
                        Collections.nCopies(sums + gCarry.size(), ScanHalves.Kind.CARRY),
                        Collections.nCopies(ctYs.size(), ScanHalves.Kind.ELEMENT)),
                Indices.range(step.params().size()).stream().map(i -> i >= n).toList(),
                Indices.range(step.results().size()).stream()
                        .map(i -> i >= outs)
                        .toList(),
                false);
        ScanHalves.Run run = halves.first(this, ins);
        return new Reverse(run.outs(), cts -> {
            List<Tensor> zeros = Replay.orZeros(cts, run.outs());
            List<Tensor> sum0 =
                    gConsts.stream().map(i -> Lax.like(ins.get(i), 0)).toList();
            List<Tensor> given = join(sum0, pick(zeros, ctCarry), pick(zeros, ctYs));
            return Replay.spread(n, join(gConsts, gCarry, gXs), halves.second(this, !reverse, run, given));
        });
    }

    private List<ScanHalves.Kind> kinds() {
        return Indices.range(body.params().size()).stream()
                .map(i -> i < consts
                        ? ScanHalves.Kind.CONSTANT
                        : i < scanned() ? ScanHalves.Kind.CARRY : ScanHalves.Kind.ELEMENT)
                .toList();
    }

    @Override
    public PartialEval.Parts split(List<Boolean> unknown) {
        List<Boolean> flags = new ArrayList<>(unknown);
        List<Boolean> late;
        boolean changed;
        // What a step makes unknown is unknown in the next step too: repeat until nothing changes.
        do {
            late = new ArrayList<>(PartialEval.split(body, flags).unknownResults());
            changed = false;
            for (int i = 0; i < carry; i++) {
                late.set(i, late.get(i) || flags.get(consts + i));
                changed |= !late.get(i).equals(flags.set(consts + i, late.get(i)));
            }
        } while (changed);
        ScanHalves halves = new ScanHalves(body, kinds(), flags, late, true);
        List<Integer> all = Indices.range(flags.size());
        List<Integer> knownIns = all.stream().filter(i -> !flags.get(i)).toList();
        List<Integer> unknownIns = all.stream().filter(flags::get).toList();
        List<ShapedArray> types = new ArrayList<>();
        for (int i = 0; i < flags.size(); i++) {
            ShapedArray type = body.inputs().get(i);
            types.add(i < scanned() ? type : stacked(type));
        }
        // What the second scan takes is an operand of the first, or is kept.
        List<Integer> passed = new ArrayList<>();
        List<ShapedArray> kept = new ArrayList<>();
        int[] fixed = new int[1];
        Program first = Replay.program(
                in -> {
                    ScanHalves.Run run = halves.first(this, in);
                    List<Tensor> results = new ArrayList<>(run.outs());
                    fixed[0] = run.fixed().size();
                    for (Tensor t : join(run.fixed(), run.steps())) {
                        int at = in.indexOf(t);
                        passed.add(at);
                        if (at < 0) {
                            results.add(t);
                            kept.add(t.aval());
                        }
                    }
                    return results;
                },
                pick(types, knownIns));
        List<Integer> again =
                passed.stream().filter(at -> at >= 0).map(knownIns::get).toList();
        Program second = Replay.program(
                in -> {
                    int keptAt = 0;
                    int againAt = kept.size();
                    List<Tensor> taken = new ArrayList<>();
                    for (int at : passed) {
                        taken.add(in.get(at < 0 ? keptAt++ : againAt++));
                    }
                    ScanHalves.Run run = new ScanHalves.Run(
                            List.of(), taken.subList(0, fixed[0]), taken.subList(fixed[0], taken.size()));
                    return halves.second(this, reverse, run, in.subList(againAt, in.size()));
                },
                join(kept, pick(types, again), pick(types, unknownIns)));
        return new PartialEval.Parts(
                new Call(mnemonic(), first), knownIns, new Call(mnemonic(), second), join(again, unknownIns), late);
    }

    @Override
    public Equation prune(Equation eqn, List<Boolean> live) {
        List<Boolean> carries = new ArrayList<>(live.subList(0, carry));
        List<Boolean> ys = live.subList(carry, live.size());
        Program smaller;
        List<Boolean> used;
        // A carry is needed where a needed result of the body reads it: repeat until nothing changes.
        boolean changed;
        do {
            smaller = DeadCode.keep(body, join(carries, ys));
            used = new ArrayList<>(DeadCode.usedParams(smaller));
            changed = false;
            for (int i = 0; i < carry; i++) {
                changed |= used.get(consts + i) && !carries.get(i);
                carries.set(i, carries.get(i) || used.get(consts + i));
                used.set(consts + i, carries.get(i));
            }
        } while (changed);
        List<Boolean> outs = join(carries, ys);
        if (!used.contains(false) && !outs.contains(false) && smaller.equals(body)) {
            return eqn;
        }
        Scan pruned = new Scan(
                DeadCode.withParams(smaller, used),
                length,
                Collections.frequency(used.subList(0, consts), true),
                Collections.frequency(carries, true),
                reverse,
                unroll);
        return new Equation(pruned, DeadCode.marked(eqn.ins(), used), DeadCode.marked(eqn.outs(), outs));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        List<Boolean> flags = new ArrayList<>(ins.stream().map(Mapped::mapped).toList());
        List<Boolean> outs;
        boolean changed;
        // What a step makes mapped is mapped in the next step too: repeat until nothing changes.
        do {
            outs = new ArrayList<>(Replay.mappedResults(body, flags, batch));
            changed = false;
            for (int i = 0; i < carry; i++) {
                boolean mapped = outs.get(i) || flags.get(consts + i);
                changed |= mapped != flags.get(consts + i);
                flags.set(consts + i, mapped);
                outs.set(i, mapped);
            }
        } while (changed);
        List<Tensor> operands = new ArrayList<>();
        List<ShapedArray> types = new ArrayList<>();
        for (int i = 0; i < ins.size(); i++) {
            Tensor x = flags.get(i) ? ins.get(i).along(batch) : ins.get(i).value();
            Tensor operand = flags.get(i) && i >= scanned() ? swapped(x) : x;
            operands.add(operand);
            types.add(i >= scanned() ? element(operand.aval()) : operand.aval());
        }
        List<Boolean> mapped = outs;
        Program all = Replay.program(
                args -> {
                    List<Mapped> next = Replay.vmap(body, Mapped.all(args, flags), batch);
                    return Indices.range(next.size()).stream()
                            .map(i -> mapped.get(i)
                                    ? next.get(i).along(batch)
                                    : next.get(i).value())
                            .toList();
                },
                types);
        List<Tensor> found = Trace.bind(new Scan(all, length, consts, carry, reverse, unroll), operands);
        List<Tensor> front = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            front.add(mapped.get(i) && i >= carry ? swapped(found.get(i)) : found.get(i));
        }
        return Mapped.all(front, mapped);
    }

    /** The axes 0 and 1 in the other order: the batch and the steps. */
    private static Tensor swapped(Tensor x) {
        return Lax.transpose(x, Indices.toFront(x.rank(), 1));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        List<HostArray> state = new ArrayList<>(ins.subList(consts, scanned()));
        List<List<HostArray>> steps = new ArrayList<>(Collections.nCopies(length, List.of()));
        for (int k = 0; k < length; k++) {
            int step = reverse ? length - 1 - k : k;
            List<HostArray> args = join(ins.subList(0, consts), state);
            for (HostArray x : ins.subList(scanned(), ins.size())) {
                ShapedArray one = element(x.aval());
                int size = Math.toIntExact(one.elements());
                args.add(x.gather(one, i -> step * size + i));
            }
            List<HostArray> outs = Interpreter.run(body, args);
            state = outs.subList(0, carry);
            steps.set(step, outs.subList(carry, outs.size()));
        }
        List<HostArray> results = new ArrayList<>(state);
        for (int y = carry; y < body.results().size(); y++) {
            ShapedArray one = body.outputs().get(y);
            int size = Math.toIntExact(one.elements());
            int at = y - carry;
            results.add(HostArray.pick(stacked(one), i -> steps.get(i / size).get(at), i -> i % size));
        }
        return results;
    }
}
