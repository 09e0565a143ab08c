package io.kiln.core;

import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The reference interpreter: a program run by the {@code eval} rules in plain Java. */
public final class Interpreter {
    private Interpreter() {}

    /** The results of {@code program} on {@code args}, which must be of the types of its parameters. */
    public static List<HostArray> run(Program program, List<HostArray> args) {
        List<ShapedArray> got = args.stream().map(HostArray::aval).toList();
        if (!got.equals(program.inputs())) {
            throw KilnException.user(
                    "running a program: it takes " + program.inputs() + ", got " + got,
                    "give it arrays of exactly these dtypes and shapes");
        }
        Map<Integer, HostArray> values = new HashMap<>();
        for (int i = 0; i < args.size(); i++) {
            values.put(program.params().get(i).id(), args.get(i));
        }
        for (Equation eqn : program.equations()) {
            List<HostArray> outs = eqn.primitive().eval(read(values, eqn.ins()));
            for (int i = 0; i < outs.size(); i++) {
                values.put(eqn.outs().get(i).id(), outs.get(i));
            }
        }
        return read(values, program.results());
    }

    private static List<HostArray> read(Map<Integer, HostArray> values, List<Atom> atoms) {
        List<HostArray> out = new ArrayList<>();
        for (Atom atom : atoms) {
            switch (atom) {
                case Atom.Literal literal -> out.add(literal.toHost());
                case Atom.Var v -> {
                    HostArray value = values.get(v.id());
                    if (value == null) {
                        throw KilnException.internal("a program uses a variable before it is bound: " + v);
                    }
                    out.add(value);
                }
            }
        }
        return out;
    }
}
