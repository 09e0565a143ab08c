package io.kiln.core;

import io.kiln.error.KilnException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The replay of a program's equations into the current trace, or, outside a trace, in plain Java. */
public final class Inline {
    private Inline() {}

    /** The results of {@code program} on {@code args}, which must be of the types of its parameters. */
    public static List<Tensor> call(Program program, List<Tensor> args) {
        Env env = new Env(program, args);
        program.equations().forEach(env::run);
        return env.results();
    }

    /** The tensors that a program's atoms stand for while it is replayed. */
    static final class Env {
        private final Program program;
        private final Map<Integer, Tensor> tensors = new HashMap<>();

        Env(Program program, List<Tensor> args) {
            List<ShapedArray> got = args.stream().map(Tensor::aval).toList();
            if (!got.equals(program.inputs())) {
                throw KilnException.internal("calling a program: it takes " + program.inputs() + ", got " + got);
            }
            this.program = program;
            for (int i = 0; i < args.size(); i++) {
                tensors.put(program.params().get(i).id(), args.get(i));
            }
        }

        /** Replays one equation. */
        void run(Equation eqn) {
            Equation before = Trace.replaying(eqn);
            put(eqn, Trace.bind(eqn.primitive(), of(eqn.ins())));
            Trace.replaying(before);
        }

        /** Takes {@code outs} for the results of an equation. */
        void put(Equation eqn, List<Tensor> outs) {
            for (int i = 0; i < outs.size(); i++) {
                tensors.put(eqn.outs().get(i).id(), outs.get(i));
            }
        }

        Tensor of(Atom atom) {
            return switch (atom) {
                case Atom.Literal literal -> Tensor.of(literal.toHost());
                case Atom.Var v -> {
                    Tensor tensor = tensors.get(v.id());
                    if (tensor == null) {
                        throw KilnException.internal("a program uses a variable before it is bound: " + v);
                    }
                    yield tensor;
                }
            };
        }

        List<Tensor> of(List<? extends Atom> atoms) {
            return atoms.stream().map(this::of).toList();
        }

        List<Tensor> results() {
            return of(program.results());
        }
    }
}
