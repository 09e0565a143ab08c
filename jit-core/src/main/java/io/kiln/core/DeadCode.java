package io.kiln.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The removal of equations that no result needs, also of those inside higher-order primitives. */
public final class DeadCode {
    private DeadCode() {}

    /** {@code program} without the equations that no result needs. Parameters stay, so callers need not know. */
    public static Program drop(Program program) {
        Set<Integer> live = new HashSet<>();
        mark(live, program.results());
        List<Equation> kept = new ArrayList<>();
        boolean changed = false;
        for (Equation eqn : program.equations().reversed()) {
            List<Boolean> used =
                    eqn.outs().stream().map(v -> live.contains(v.id())).toList();
            if (!used.contains(true)) {
                changed = true;
                continue;
            }
            Equation smaller =
                    eqn.primitive() instanceof HigherOrder nested ? Trace.sameLine(eqn, nested.prune(eqn, used)) : eqn;
            changed |= !smaller.equals(eqn);
            mark(live, smaller.ins());
            kept.add(smaller);
        }
        return changed ? Trace.renumber(new Program(program.params(), kept.reversed(), program.results())) : program;
    }

    /** {@code program} with those of its results that {@code keep} marks, without what only the others needed. */
    static Program keep(Program program, List<Boolean> keep) {
        return drop(new Program(program.params(), program.equations(), marked(program.results(), keep)));
    }

    /** Which parameters the equations and results of {@code program} use. */
    static List<Boolean> usedParams(Program program) {
        Set<Integer> used = new HashSet<>();
        program.equations().forEach(eqn -> mark(used, eqn.ins()));
        mark(used, program.results());
        return program.params().stream().map(v -> used.contains(v.id())).toList();
    }

    /** {@code program} without the parameters that {@code keep} does not mark, which nothing uses. */
    static Program withParams(Program program, List<Boolean> keep) {
        return Trace.renumber(new Program(marked(program.params(), keep), program.equations(), program.results()));
    }

    /** The items that {@code keep} marks. */
    static <T> List<T> marked(List<T> items, List<Boolean> keep) {
        return Indices.range(items.size()).stream()
                .filter(keep::get)
                .map(items::get)
                .toList();
    }

    private static void mark(Set<Integer> live, List<Atom> atoms) {
        for (Atom atom : atoms) {
            if (atom instanceof Atom.Var v) {
                live.add(v.id());
            }
        }
    }
}
