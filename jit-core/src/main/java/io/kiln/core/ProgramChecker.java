package io.kiln.core;

import io.kiln.error.KilnException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The check that a program is well formed: every variable is bound once and before its use, and every type follows. */
public final class ProgramChecker {
    private ProgramChecker() {}

    /** Re-derives every type of {@code program} and of the programs inside it; an error names the first fault. */
    public static void check(Program program) {
        Map<Integer, ShapedArray> bound = new HashMap<>();
        bind(bound, program.params(), "the parameters");
        for (int i = 0; i < program.equations().size(); i++) {
            Equation eqn = program.equations().get(i);
            String where = "equation %d (%s)".formatted(i, eqn.primitive().mnemonic());
            use(bound, eqn.ins(), where);
            for (Param param : eqn.primitive().params()) {
                if (param instanceof Param.Programs(String _, List<Program> inner)) {
                    inner.forEach(ProgramChecker::check);
                }
            }
            List<ShapedArray> derived = eqn.primitive().abstractEval(eqn.inputs());
            if (!derived.equals(eqn.outputs())) {
                throw fault("%s has results %s, but its types give %s".formatted(where, eqn.outputs(), derived));
            }
            bind(bound, eqn.outs(), where);
        }
        use(bound, program.results(), "the results");
    }

    private static void bind(Map<Integer, ShapedArray> bound, List<Atom.Var> vars, String where) {
        for (Atom.Var v : vars) {
            if (bound.putIfAbsent(v.id(), v.aval()) != null) {
                throw fault("%s bind variable %d a second time".formatted(where, v.id()));
            }
        }
    }

    private static void use(Map<Integer, ShapedArray> bound, List<Atom> atoms, String where) {
        for (Atom atom : atoms) {
            if (atom instanceof Atom.Var v && !v.aval().equals(bound.get(v.id()))) {
                throw fault("%s use variable %d as %s, but it is %s"
                        .formatted(where, v.id(), v.aval(), bound.containsKey(v.id()) ? bound.get(v.id()) : "unbound"));
            }
        }
    }

    private static KilnException fault(String what) {
        return KilnException.internal("checking a program: " + what);
    }
}
