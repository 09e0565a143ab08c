package io.kiln.core;

import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The recording of one function's equations. It is confined to the thread that traces; a function traced inside another
 * may use the outer one's tensors, which become captured parameters of the inner program.
 */
public final class Trace {
    private static final ScopedValue<Trace> CURRENT = ScopedValue.newInstance();
    private static final ScopedValue<SourceLines> LINES = ScopedValue.newInstance();

    private final @Nullable Trace parent;
    private final @Nullable String name;
    private final List<Equation> equations = new ArrayList<>();
    private final List<Tensor> captured = new ArrayList<>();
    private final List<Atom.Var> capturedVars = new ArrayList<>();
    private final IdentityHashMap<Object, Atom.Var> byIdentity = new IdentityHashMap<>();
    private final @Nullable SourceLines lines = LINES.isBound() ? LINES.get() : null;
    private @Nullable Equation replayed;
    private List<Atom.Var> params = List.of();
    private int nextId;

    private Trace(@Nullable Trace parent, @Nullable String name) {
        this.parent = parent;
        this.name = name;
    }

    /** Runs {@code f} once on tensors of these types and returns what it did, with the arrays that it captured. */
    public static ClosedProgram trace(Function<List<Tensor>, List<Tensor>> f, List<ShapedArray> avals) {
        return run(null, null, f, avals).close();
    }

    /** {@link #trace(Function, List)} with a name for messages. */
    public static ClosedProgram trace(String name, Function<List<Tensor>, List<Tensor>> f, List<ShapedArray> avals) {
        return run(null, name, f, avals).close();
    }

    /**
     * Runs {@code f} once on tensors of these types, inside the trace around it if there is one, and returns what it
     * did, with the tensors that it captured.
     */
    public static Traced capture(
            @Nullable String name, Function<List<Tensor>, List<Tensor>> f, List<ShapedArray> avals) {
        return run(CURRENT.isBound() ? CURRENT.get() : null, name, f, avals);
    }

    /**
     * Runs {@code action} so that what it traces records the user's line of each equation, which costs a walk of the stack each. They
     * stay with equations that are renumbered or pruned, and an equation that a transform makes has the line of the one it is made for.
     */
    public static <T> T withLines(SourceLines lines, Supplier<T> action) {
        return ScopedValue.where(LINES, lines).call(action::get);
    }

    /** Whether the calling thread records lines. */
    public static boolean recordsLines() {
        return LINES.isBound();
    }

    /** Says that what is recorded from now on is made for {@code eqn}; returns what it was made for until now. */
    static @Nullable Equation replaying(@Nullable Equation eqn) {
        if (!LINES.isBound() || !CURRENT.isBound()) {
            return null;
        }
        Trace trace = CURRENT.get();
        Equation before = trace.replayed;
        trace.replayed = eqn;
        return before;
    }

    /** Gives {@code now} the line of {@code before}, where lines are recorded. */
    static Equation sameLine(Equation before, Equation now) {
        if (LINES.isBound()) {
            LINES.get().move(before, now);
        }
        return now;
    }

    /** Whether the calling thread is tracing a function. */
    public static boolean isActive() {
        return CURRENT.isBound();
    }

    /** The name of the innermost traced function that has one. */
    public static @Nullable String currentName() {
        for (Trace t = CURRENT.isBound() ? CURRENT.get() : null; t != null; t = t.parent) {
            if (t.name != null) {
                return t.name;
            }
        }
        return null;
    }

    private static Traced run(
            @Nullable Trace parent,
            @Nullable String name,
            Function<List<Tensor>, List<Tensor>> f,
            List<ShapedArray> avals) {
        Trace trace = new Trace(parent, name);
        List<Atom.Var> params = avals.stream().map(trace::newVar).toList();
        trace.params = params;
        List<Tensor> ins = params.stream().map(v -> Tensor.traced(trace, v)).toList();
        List<Atom> results = ScopedValue.where(CURRENT, trace).call(() -> {
            List<Tensor> outs;
            try {
                outs = f.apply(ins);
            } catch (KilnException e) {
                throw e;
            } catch (RuntimeException e) {
                throw TraceErrors.threw(currentName(), e);
            }
            return outs.stream().map(trace::atomOf).toList();
        });
        List<Atom.Var> all = new ArrayList<>(trace.capturedVars);
        all.addAll(params);
        return new Traced(renumber(new Program(all, trace.equations, results)), trace.captured);
    }

    /**
     * Applies a primitive: the only way an equation is made. Inside a trace it is recorded; outside, on concrete
     * tensors, it is evaluated in plain Java.
     */
    public static List<Tensor> bind(Primitive primitive, List<Tensor> ins) {
        if (CURRENT.isBound()) {
            return CURRENT.get().record(primitive, ins);
        }
        primitive.abstractEval(ins.stream().map(Tensor::aval).toList());
        List<HostArray> args = new ArrayList<>();
        for (Tensor in : ins) {
            if (!in.isConcrete()) {
                throw TraceErrors.escaped(in);
            }
            args.add(in.value());
        }
        return primitive.eval(args).stream().map(Tensor::of).toList();
    }

    /** {@link #bind} of a primitive with one result. */
    static Tensor bind1(Primitive primitive, Tensor... ins) {
        return bind(primitive, List.of(ins)).getFirst();
    }

    private List<Tensor> record(Primitive primitive, List<Tensor> ins) {
        List<Atom> atoms = ins.stream().map(this::atomOf).toList();
        List<ShapedArray> types =
                primitive.abstractEval(atoms.stream().map(Atom::aval).toList());
        List<Atom.Var> outs = types.stream().map(this::newVar).toList();
        Equation eqn = new Equation(primitive, atoms, outs);
        equations.add(eqn);
        if (lines != null) {
            lines.put(eqn, Optional.ofNullable(replayed));
        }
        return outs.stream().map(v -> Tensor.traced(this, v)).toList();
    }

    private Atom.Var newVar(ShapedArray aval) {
        return new Atom.Var(nextId++, aval);
    }

    private Atom atomOf(Tensor tensor) {
        Trace owner = tensor.trace();
        if (owner == this) {
            return tensor.variable();
        }
        if (owner == null) {
            return tensor.rank() == 0 ? Atom.Literal.of(tensor.value()) : captured(tensor.array(), tensor);
        }
        for (Trace t = parent; t != null; t = t.parent) {
            if (t == owner) {
                return captured(tensor.variable(), tensor);
            }
        }
        throw TraceErrors.escaped(tensor);
    }

    /** What a tensor of this trace is: a parameter, or the result of an equation, with its line where lines are recorded. */
    String origin(Atom.Var variable) {
        String of = name == null ? "" : " of " + name;
        int param = params.indexOf(variable);
        if (param >= 0) {
            return "argument leaf " + param + of;
        }
        for (int i = 0; i < equations.size(); i++) {
            if (equations.get(i).outs().contains(variable)) {
                String line = lines == null
                        ? ""
                        : lines.of(equations.get(i)).map(l -> ", at " + l).orElse("");
                return "the result of " + equations.get(i).primitive().mnemonic() + ", equation " + i + of + line;
            }
        }
        return "a captured tensor" + of;
    }

    private Atom.Var captured(Object identity, Tensor tensor) {
        return byIdentity.computeIfAbsent(identity, _ -> {
            Atom.Var added = newVar(tensor.aval());
            captured.add(tensor);
            capturedVars.add(added);
            if (lines != null) {
                lines.put(tensor, Optional.ofNullable(replayed));
            }
            return added;
        });
    }

    /** The same program with its variables numbered in order of definition, so that equal programs are equal values. */
    static Program renumber(Program program) {
        Map<Atom, Atom.Var> names = new HashMap<>();
        List<Atom.Var> params = define(names, program.params());
        List<Equation> equations = new ArrayList<>();
        for (Equation eqn : program.equations()) {
            List<Atom> ins = use(names, eqn.ins());
            equations.add(sameLine(eqn, new Equation(eqn.primitive(), ins, define(names, eqn.outs()))));
        }
        return new Program(params, equations, use(names, program.results()));
    }

    private static List<Atom.Var> define(Map<Atom, Atom.Var> names, List<Atom.Var> vars) {
        List<Atom.Var> out = new ArrayList<>();
        for (Atom.Var v : vars) {
            Atom.Var fresh = new Atom.Var(names.size(), v.aval());
            names.put(v, fresh);
            out.add(fresh);
        }
        return out;
    }

    private static List<Atom> use(Map<Atom, Atom.Var> names, List<Atom> atoms) {
        return atoms.stream()
                .map(a -> a instanceof Atom.Var v ? (Atom) names.getOrDefault(v, v) : a)
                .toList();
    }
}
