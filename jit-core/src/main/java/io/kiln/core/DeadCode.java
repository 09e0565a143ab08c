package io.kiln.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The removal of equations that no result needs, also of those inside a nested call. */
public final class DeadCode {
    private DeadCode() {}

    /** {@code program} without the equations that no result needs. Parameters stay, so callers need not know. */
    public static Program drop(Program program) {
        Set<Integer> live = new HashSet<>();
        mark(live, program.results());
        List<Equation> kept = new ArrayList<>();
        boolean changed = false;
        for (Equation eqn : program.equations().reversed()) {
            List<Integer> used = Indices.range(eqn.outs().size()).stream()
                    .filter(i -> live.contains(eqn.outs().get(i).id()))
                    .toList();
            if (used.isEmpty()) {
                changed = true;
                continue;
            }
            Equation smaller = eqn.primitive() instanceof Call call ? prune(call, eqn, used) : eqn;
            changed |= !smaller.equals(eqn);
            mark(live, smaller.ins());
            kept.add(smaller);
        }
        return changed ? Trace.renumber(new Program(program.params(), kept.reversed(), program.results())) : program;
    }

    /** The call with the results {@code used} only, and the operands that those need. */
    private static Equation prune(Call call, Equation eqn, List<Integer> used) {
        Program whole = call.program();
        Program some = used.size() == eqn.outs().size() ? whole : results(whole, used);
        Program dropped = drop(some);
        Set<Integer> needed = new HashSet<>();
        dropped.equations().forEach(e -> mark(needed, e.ins()));
        mark(needed, dropped.results());
        List<Integer> kept = Indices.range(eqn.ins().size()).stream()
                .filter(i -> needed.contains(dropped.params().get(i).id()))
                .toList();
        if (dropped.equals(whole) && kept.size() == eqn.ins().size()) {
            return eqn;
        }
        Program smaller = Trace.renumber(
                new Program(kept.stream().map(dropped.params()::get).toList(), dropped.equations(), dropped.results()));
        return new Equation(
                new Call(call.name(), smaller),
                kept.stream().map(eqn.ins()::get).toList(),
                used.stream().map(eqn.outs()::get).toList());
    }

    /** The program that returns only these of its results. */
    private static Program results(Program program, List<Integer> wanted) {
        return new Program(
                program.params(),
                program.equations(),
                wanted.stream().map(program.results()::get).toList());
    }

    private static void mark(Set<Integer> live, List<Atom> atoms) {
        for (Atom atom : atoms) {
            if (atom instanceof Atom.Var v) {
                live.add(v.id());
            }
        }
    }
}
