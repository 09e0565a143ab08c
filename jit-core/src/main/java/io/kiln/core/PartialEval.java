package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The division of a program into what can be computed before some of its parameters are known, and the rest. It is how
 * {@code linearize} evaluates a function once, and how reverse mode keeps what the backward pass needs.
 */
public final class PartialEval {
    private PartialEval() {}

    /**
     * A program in two halves. {@code known} takes the known parameters and returns the known results, then residuals:
     * intermediate values that the other half needs. {@code unknown} takes the residuals, the known parameters at the
     * positions {@code forwarded} of the whole program, and the unknown parameters; it returns the unknown results.
     */
    public record Split(Program known, Program unknown, List<Integer> forwarded, List<Boolean> unknownResults) {
        /** Copies the lists. */
        public Split {
            forwarded = List.copyOf(forwarded);
            unknownResults = List.copyOf(unknownResults);
        }

        /** The number of residuals. */
        public int residuals() {
            return known.results().size()
                    - (int) unknownResults.stream().filter(u -> !u).count();
        }

        /**
         * The operands of {@code unknown}: the residuals among what {@code known} returned, the forwarded ones of
         * {@code ins}, the operands of the whole program or its known ones at least, and {@code rest}, the unknown ones.
         */
        public List<Tensor> operands(List<Tensor> knownOuts, List<Tensor> ins, List<Tensor> rest) {
            List<Tensor> all = new ArrayList<>(knownOuts.subList(knownOuts.size() - residuals(), knownOuts.size()));
            forwarded.forEach(i -> all.add(ins.get(i)));
            all.addAll(rest);
            return all;
        }

        /** The results of the whole program, in its order, from what the two halves returned. */
        public List<Tensor> merge(List<Tensor> knownOuts, List<Tensor> unknownOuts) {
            Iterator<Tensor> early = knownOuts.iterator();
            Iterator<Tensor> late = unknownOuts.iterator();
            return unknownResults.stream()
                    .map(u -> u ? late.next() : early.next())
                    .toList();
        }
    }

    /**
     * One equation in two halves: {@code known} of the operands {@code knownIns} gives the results that are not in
     * {@code unknownOuts}, then residuals; {@code unknown} of the residuals and the operands {@code unknownIns} gives the
     * others.
     */
    public record Parts(
            Primitive known,
            List<Integer> knownIns,
            Primitive unknown,
            List<Integer> unknownIns,
            List<Boolean> unknownOuts) {
        /** Copies the lists. */
        public Parts {
            knownIns = List.copyOf(knownIns);
            unknownIns = List.copyOf(unknownIns);
            unknownOuts = List.copyOf(unknownOuts);
        }

        /** The halves of {@code primitive} where it can only be applied whole, as soon as all its operands are there. */
        static Parts late(Primitive primitive, int ins, int outs) {
            Primitive nothing = new Call("nothing", new Program(List.of(), List.of(), List.of()));
            return new Parts(nothing, List.of(), primitive, Indices.range(ins), Collections.nCopies(outs, true));
        }
    }

    /** {@code program} in two halves; {@code unknown} says which of its parameters are not known. */
    public static Split split(Program program, List<Boolean> unknown) {
        return split(program, unknown, Collections.nCopies(program.results().size(), false), true);
    }

    /**
     * {@link #split(Program, List)} with the results that {@code late} marks in the unknown half, known or not.
     * {@code nested}: whether loops, branches and calls are divided too.
     */
    static Split split(Program program, List<Boolean> unknown, List<Boolean> late, boolean nested) {
        return new Splitting(program, nested).run(unknown, late);
    }

    /**
     * A program of results and of their cotangents, written by the rules of reverse mode, in two halves: the first
     * {@code outs} results, which need nothing unknown, and the others. Loops and calls in it are divided already.
     */
    static Split cut(Program program, List<Boolean> unknown, int outs) {
        List<Boolean> late = Indices.range(program.results().size()).stream()
                .map(i -> i >= outs)
                .toList();
        return split(program, unknown, late, false);
    }

    private static final class Splitting {
        private final Program program;
        private final boolean nested;
        private final Set<Integer> unknown = new HashSet<>();
        private final List<Equation> now = new ArrayList<>();
        private final List<Equation> later = new ArrayList<>();
        private int nextId;

        Splitting(Program program, boolean nested) {
            this.program = program;
            this.nested = nested;
            program.params().forEach(this::reserve);
            program.equations().forEach(eqn -> eqn.outs().forEach(this::reserve));
        }

        private void reserve(Atom.Var v) {
            nextId = Math.max(nextId, v.id() + 1);
        }

        Split run(List<Boolean> flags, List<Boolean> forced) {
            List<Atom.Var> knownParams = new ArrayList<>();
            List<Atom.Var> unknownParams = new ArrayList<>();
            for (int i = 0; i < flags.size(); i++) {
                Atom.Var param = program.params().get(i);
                (flags.get(i) ? unknownParams : knownParams).add(param);
            }
            unknownParams.forEach(v -> unknown.add(v.id()));
            program.equations().forEach(this::divide);
            List<Boolean> unknownResults = Indices.range(forced.size()).stream()
                    .map(i -> forced.get(i) || isUnknown(program.results().get(i)))
                    .toList();
            List<Atom> knownResults = DeadCode.marked(
                    program.results(), unknownResults.stream().map(u -> !u).toList());
            List<Atom> rest = DeadCode.marked(program.results(), unknownResults);

            Set<Integer> needed = free(rest);
            repeatBroadcasts(needed);
            List<Atom> returned = new ArrayList<>(knownResults);
            List<Atom.Var> taken = new ArrayList<>();
            for (Equation eqn : now) {
                for (Atom.Var v : eqn.outs()) {
                    if (needed.contains(v.id())) {
                        returned.add(v);
                        taken.add(v);
                    }
                }
            }
            List<Integer> forwarded = Indices.range(flags.size()).stream()
                    .filter(i -> needed.contains(program.params().get(i).id()))
                    .toList();
            forwarded.forEach(i -> taken.add(program.params().get(i)));
            taken.addAll(unknownParams);
            return new Split(
                    DeadCode.drop(Trace.renumber(new Program(knownParams, now, returned))),
                    DeadCode.drop(Trace.renumber(new Program(taken, later, rest))),
                    forwarded,
                    unknownResults);
        }

        private boolean isUnknown(Atom atom) {
            return atom instanceof Atom.Var v && unknown.contains(v.id());
        }

        private void divide(Equation eqn) {
            List<Boolean> flags = eqn.ins().stream().map(this::isUnknown).toList();
            if (!flags.contains(true)) {
                now.add(eqn);
            } else if (nested && flags.contains(false) && eqn.primitive() instanceof HigherOrder p) {
                divide(eqn, p.split(flags));
            } else {
                later.add(eqn);
                eqn.outs().forEach(v -> unknown.add(v.id()));
            }
        }

        private void divide(Equation eqn, Parts parts) {
            List<Atom.Var> early = new ArrayList<>();
            List<Atom.Var> late = new ArrayList<>();
            for (int i = 0; i < eqn.outs().size(); i++) {
                (parts.unknownOuts().get(i) ? late : early).add(eqn.outs().get(i));
            }
            List<Atom> knownIns = parts.knownIns().stream().map(eqn.ins()::get).toList();
            List<ShapedArray> types =
                    parts.known().abstractEval(knownIns.stream().map(Atom::aval).toList());
            List<Atom> unknownIns = new ArrayList<>();
            for (ShapedArray residual : types.subList(early.size(), types.size())) {
                Atom.Var v = new Atom.Var(nextId++, residual);
                early.add(v);
                unknownIns.add(v);
            }
            parts.unknownIns().forEach(i -> unknownIns.add(eqn.ins().get(i)));
            if (!early.isEmpty()) {
                now.add(new Equation(parts.known(), knownIns, early));
            }
            if (!late.isEmpty()) {
                later.add(new Equation(parts.unknown(), unknownIns, late));
                late.forEach(v -> unknown.add(v.id()));
            }
        }

        /** The variables that {@code later} and {@code results} use and that are known. */
        private Set<Integer> free(List<Atom> results) {
            Set<Integer> needed = new HashSet<>();
            later.forEach(eqn -> addKnown(needed, eqn.ins()));
            addKnown(needed, results);
            return needed;
        }

        private void addKnown(Set<Integer> needed, List<Atom> atoms) {
            for (Atom atom : atoms) {
                if (atom instanceof Atom.Var v && !unknown.contains(v.id())) {
                    needed.add(v.id());
                }
            }
        }

        /** What is made of literals alone, and what only repeats something, is cheaper to make again than to keep. */
        private void repeatBroadcasts(Set<Integer> needed) {
            Set<Integer> constant = new HashSet<>();
            for (Equation eqn : now) {
                boolean fixed = eqn.ins().stream()
                        .allMatch(a ->
                                a instanceof Atom.Literal || (a instanceof Atom.Var v && constant.contains(v.id())));
                if (fixed && !(eqn.primitive() instanceof HigherOrder)) {
                    eqn.outs().forEach(v -> constant.add(v.id()));
                }
            }
            List<Equation> again = new ArrayList<>();
            for (Equation eqn : now.reversed()) {
                Atom.Var out = eqn.outs().get(0);
                boolean cheap = constant.contains(out.id()) || eqn.primitive() instanceof BroadcastInDim;
                if (cheap && eqn.outs().stream().anyMatch(v -> needed.contains(v.id()))) {
                    again.add(eqn);
                    eqn.outs().forEach(v -> needed.remove(v.id()));
                    addKnown(needed, eqn.ins());
                }
            }
            later.addAll(0, again.reversed());
        }
    }
}
