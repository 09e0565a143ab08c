package io.kiln.transform;

import io.kiln.core.Atom;
import io.kiln.core.Equation;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.Replay;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The removal of equations that no result needs. */
public final class DeadCode {
    private DeadCode() {}

    /** {@code program} without the equations that no result needs. Parameters stay, so callers need not know. */
    public static Program drop(Program program) {
        Set<Integer> live = new HashSet<>();
        mark(live, program.results());
        List<Equation> kept = new ArrayList<>();
        for (Equation eqn : program.equations().reversed()) {
            if (eqn.outs().stream().anyMatch(v -> live.contains(v.id()))) {
                mark(live, eqn.ins());
                kept.add(eqn);
            }
        }
        if (kept.size() == program.equations().size()) {
            return program;
        }
        Program smaller = new Program(program.params(), kept.reversed(), program.results());
        // A replay numbers the variables in order of definition again.
        return Replay.program(ins -> Inline.call(smaller, ins), program.inputs());
    }

    private static void mark(Set<Integer> live, List<Atom> atoms) {
        for (Atom atom : atoms) {
            if (atom instanceof Atom.Var v) {
                live.add(v.id());
            }
        }
    }
}
