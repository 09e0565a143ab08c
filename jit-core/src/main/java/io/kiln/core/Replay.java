package io.kiln.core;

import io.kiln.core.Inline.Env;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The replay of a program through one rule of each of its primitives, into the current trace. */
public final class Replay {
    private Replay() {}

    /** Results and what was derived for each of them; {@code null} is zero. */
    public record Dual(List<Tensor> outs, List<@Nullable Tensor> tangents) {
        /** What a derived program returned. */
        static Dual of(DerivedProgram derived, List<Tensor> found) {
            int n = derived.results();
            return new Dual(found.subList(0, n), spread(n, derived.positions(), found.subList(n, found.size())));
        }
    }

    /** Results and the cotangent of each parameter; {@code null} is zero. */
    public record Back(List<Tensor> outs, List<@Nullable Tensor> cts) {}

    /** The program of {@code f}, which may use its arguments and scalars only. */
    public static Program program(Function<List<Tensor>, List<Tensor>> f, List<ShapedArray> avals) {
        Traced traced = Trace.capture(null, f, avals);
        if (!traced.captured().isEmpty()) {
            throw KilnException.internal("a transform captured " + traced.captured());
        }
        return traced.program();
    }

    /** Results and tangents, given the tangents of the parameters. */
    public static Dual jvp(Program program, List<Tensor> ins, List<@Nullable Tensor> tangents) {
        Map<Integer, Tensor> known = new HashMap<>();
        Env env = new Env(program, ins);
        for (int i = 0; i < ins.size(); i++) {
            put(known, program.params().get(i), tangents.get(i));
        }
        Equation outer = Trace.replaying(null);
        for (Equation eqn : program.equations()) {
            Trace.replaying(eqn);
            List<@Nullable Tensor> given = lookUp(known, eqn.ins());
            List<@Nullable Tensor> found = List.of();
            if (given.stream().allMatch(t -> t == null)) {
                env.run(eqn);
            } else if (eqn.primitive() instanceof HigherOrder nested) {
                Dual dual = nested.forward(env.of(eqn.ins()), given);
                env.put(eqn, dual.outs());
                found = dual.tangents();
            } else {
                env.run(eqn);
                found = eqn.primitive().jvp(env.of(eqn.ins()), given, env.of(eqn.outs()));
            }
            for (int i = 0; i < found.size(); i++) {
                put(known, eqn.outs().get(i), found.get(i));
            }
        }
        Trace.replaying(outer);
        return new Dual(env.results(), lookUp(known, program.results()));
    }

    /**
     * Results, and cotangents of the parameters that {@code wanted} names, given those of the results. Only equations
     * that depend on wanted parameters are differentiated.
     */
    public static Back vjp(
            Program program,
            List<Tensor> ins,
            Function<List<Tensor>, List<@Nullable Tensor>> cts,
            Set<Integer> wanted) {
        Env env = new Env(program, ins);
        Set<Integer> active = active(program, wanted);
        IdentityHashMap<Equation, HigherOrder.Pullback> pullbacks = new IdentityHashMap<>();
        Equation outer = Trace.replaying(null);
        for (Equation eqn : program.equations()) {
            Trace.replaying(eqn);
            Set<Integer> differentiated = activeIns(active, eqn);
            if (differentiated.isEmpty() || !(eqn.primitive() instanceof HigherOrder nested)) {
                env.run(eqn);
                continue;
            }
            HigherOrder.Reverse reverse = nested.reverse(env.of(eqn.ins()), differentiated);
            env.put(eqn, reverse.outs());
            pullbacks.put(eqn, reverse.pullback());
        }
        Map<Integer, Tensor> known = new HashMap<>();
        Trace.replaying(outer);
        List<@Nullable Tensor> seeds = cts.apply(env.results());
        for (int i = 0; i < seeds.size(); i++) {
            add(known, active, program.results().get(i), seeds.get(i));
        }
        for (Equation eqn : program.equations().reversed()) {
            Trace.replaying(eqn);
            List<@Nullable Tensor> given = lookUp(known, eqn.outs());
            if (given.stream().allMatch(t -> t == null)) {
                continue;
            }
            if (eqn.primitive() instanceof SpecialFunction row) {
                activeIns(active, eqn).forEach(row::requireDerivative);
            }
            HigherOrder.Pullback pullback = pullbacks.get(eqn);
            List<@Nullable Tensor> back = pullback == null
                    ? eqn.primitive().vjp(given, env.of(eqn.ins()), env.of(eqn.outs()))
                    : pullback.pull(given);
            for (int i = 0; i < back.size(); i++) {
                add(known, active, eqn.ins().get(i), back.get(i));
            }
        }
        Trace.replaying(outer);
        return new Back(env.results(), lookUp(known, program.params()));
    }

    /** The results for a batch; what depends on no mapped parameter stays unmapped. */
    public static List<Mapped> vmap(Program program, List<Mapped> ins, BatchAxis batch) {
        Map<Integer, Mapped> known = new HashMap<>();
        for (int i = 0; i < ins.size(); i++) {
            known.put(program.params().get(i).id(), ins.get(i));
        }
        Equation outer = Trace.replaying(null);
        for (Equation eqn : program.equations()) {
            Trace.replaying(eqn);
            List<Mapped> args = eqn.ins().stream().map(a -> mapped(known, a)).toList();
            List<Mapped> outs = args.stream().anyMatch(Mapped::mapped) || Collective.refers(eqn, batch)
                    ? eqn.primitive().vmap(args, batch)
                    : Trace.bind(
                                    eqn.primitive(),
                                    args.stream().map(Mapped::value).toList())
                            .stream()
                            .map(Mapped::no)
                            .toList();
            for (int i = 0; i < outs.size(); i++) {
                known.put(eqn.outs().get(i).id(), outs.get(i));
            }
        }
        Trace.replaying(outer);
        return program.results().stream().map(a -> mapped(known, a)).toList();
    }

    /** The tensors, with zeros of the types of {@code like} where there is none. */
    static List<Tensor> orZeros(List<@Nullable Tensor> tensors, List<Tensor> like) {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Tensor t = tensors.get(i);
            out.add(t == null ? Lax.like(like.get(i), 0) : t);
        }
        return out;
    }

    /** The positions of the floats and complex numbers among types: of what has derivatives. */
    static List<Integer> floats(List<ShapedArray> avals) {
        return Indices.range(avals.size()).stream()
                .filter(i -> avals.get(i).dtype().isInexact())
                .toList();
    }

    /** {@code n} times {@code null}, to be filled. */
    static List<@Nullable Tensor> nulls(int n) {
        return new ArrayList<@Nullable Tensor>(Collections.nCopies(n, null));
    }

    /** The positions where there is a tensor. */
    static List<Integer> given(List<@Nullable Tensor> tensors) {
        return Indices.range(tensors.size()).stream()
                .filter(i -> tensors.get(i) != null)
                .toList();
    }

    /** {@code values} at {@code positions} of a list of {@code n}; {@code null} elsewhere. */
    static List<@Nullable Tensor> spread(int n, List<Integer> positions, List<Tensor> values) {
        List<@Nullable Tensor> all = nulls(n);
        for (int k = 0; k < positions.size(); k++) {
            all.set(positions.get(k), values.get(k));
        }
        return all;
    }

    /** The positions of the results that depend, by floats, on the parameters {@code wanted}. */
    static Set<Integer> activeResults(Program program, Set<Integer> wanted) {
        Set<Integer> active = active(program, wanted);
        Set<Integer> out = new HashSet<>();
        for (int i = 0; i < program.results().size(); i++) {
            if (program.results().get(i) instanceof Atom.Var v && active.contains(v.id())) {
                out.add(i);
            }
        }
        return out;
    }

    /** Which results of a program are mapped when these parameters are. */
    static List<Boolean> mappedResults(Program program, List<Boolean> flags, BatchAxis batch) {
        return DerivedProgram.vmap(program, flags, batch).mapped();
    }

    private static Set<Integer> active(Program program, Set<Integer> wanted) {
        Set<Integer> active = new HashSet<>();
        for (int i : wanted) {
            active.add(program.params().get(i).id());
        }
        for (Equation eqn : program.equations()) {
            if (eqn.ins().stream().anyMatch(a -> a instanceof Atom.Var v && active.contains(v.id()))) {
                eqn.outs().stream().filter(v -> v.aval().dtype().isInexact()).forEach(v -> active.add(v.id()));
            }
        }
        return active;
    }

    private static Set<Integer> activeIns(Set<Integer> active, Equation eqn) {
        Set<Integer> found = new HashSet<>();
        for (int i = 0; i < eqn.ins().size(); i++) {
            if (eqn.ins().get(i) instanceof Atom.Var v && active.contains(v.id())) {
                found.add(i);
            }
        }
        return found;
    }

    private static Mapped mapped(Map<Integer, Mapped> known, Atom atom) {
        return switch (atom) {
            case Atom.Literal literal -> Mapped.no(Tensor.of(literal.toHost()));
            case Atom.Var v -> Objects.requireNonNull(known.get(v.id()));
        };
    }

    private static List<@Nullable Tensor> lookUp(Map<Integer, Tensor> known, List<? extends Atom> atoms) {
        List<@Nullable Tensor> out = new ArrayList<>();
        for (Atom atom : atoms) {
            out.add(atom instanceof Atom.Var v ? known.get(v.id()) : null);
        }
        return out;
    }

    private static void put(Map<Integer, Tensor> known, Atom.Var v, @Nullable Tensor tangent) {
        if (tangent != null && v.aval().dtype().isInexact()) {
            known.put(v.id(), tangent);
        }
    }

    private static void add(Map<Integer, Tensor> known, Set<Integer> active, Atom atom, @Nullable Tensor ct) {
        if (ct != null && atom instanceof Atom.Var v && active.contains(v.id())) {
            Tensor before = known.get(v.id());
            known.put(v.id(), before == null ? ct : Lax.add(before, ct));
        }
    }
}
