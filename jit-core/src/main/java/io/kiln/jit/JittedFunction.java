package io.kiln.jit;

import io.kiln.compile.LoadedProgram;
import io.kiln.compile.LocalRuntime;
import io.kiln.core.SourceLine;
import io.kiln.core.SourceLines;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import java.io.NotSerializableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A function with its traces by signature: what is behind {@link Jitted1} to {@link Jitted6}. */
final class JittedFunction {
    /** The misses of the trace cache that are kept to be explained. */
    private static final int EXPLAINED = 16;

    /**
     * What a jitted function was told.
     *
     * @param name what messages call it
     * @param donated the arguments whose memory results may take
     * @param statics the arguments that are part of the signature by value
     * @param maxTraces how many signatures are traced at most
     * @param checked whether each trace is made twice and compared
     */
    record Options(String name, Set<Integer> donated, Set<Integer> statics, int maxTraces, boolean checked) {
        /** The traces that are kept of a function that was not told otherwise. */
        static final int MAX_TRACES = 256;

        /** Copies the sets, which have no argument in common. */
        Options {
            donated = Set.copyOf(donated);
            statics = Set.copyOf(statics);
            Set<Integer> both = new TreeSet<>(donated);
            both.retainAll(statics);
            if (!both.isEmpty()) {
                throw KilnException.user(
                        "jit: a static argument has no memory to donate, so an argument must be one or the other, got both for %s"
                                .formatted(both),
                        "leave the position out of donate(...)");
            }
        }

        Options named(String other) {
            return new Options(other, donated, statics, maxTraces, checked);
        }

        Options donate(Set<Integer> positions) {
            return new Options(name, positions, statics, maxTraces, checked);
        }

        Options staticArguments(Set<Integer> positions) {
            Set<Integer> all =
                    Stream.concat(statics.stream(), positions.stream()).collect(Collectors.toSet());
            return new Options(name, donated, all, maxTraces, checked);
        }

        Options maxTraces(int n) {
            return new Options(name, donated, statics, n, checked);
        }

        Options check() {
            return new Options(name, donated, statics, maxTraces, true);
        }
    }

    private final Options options;
    private final UserFunction function;
    private final List<GivenFunction> code;
    private final TraceCache cache;
    private final Deque<String> misses = new ArrayDeque<>(); // guarded by this
    private final LongAdder calls = new LongAdder();
    private final LongAdder runs = new LongAdder();
    private final LongAdder runNanos = new LongAdder();
    private @Nullable TracedFunction last; // this and the following: guarded by this
    private String whyTraced = "not called yet";
    private String whyLoaded = "none yet";
    private boolean warned;
    private long traces;
    private long compiles;
    private long traceNanos;
    private long loadNanos;

    private JittedFunction(Options options, UserFunction function, List<GivenFunction> code) {
        this.options = options;
        this.function = function;
        this.code = code;
        this.cache = new TraceCache(options.name(), code.get(0)::parameterName, options.maxTraces());
    }

    /** A function that calls {@code given}, the user's, by {@code function}. */
    static JittedFunction of(Object given, UserFunction function) {
        String name = SourceLine.ofCaller().orElse("a jitted function");
        List<GivenFunction> code = Purity.examine(given);
        Options options = new Options(name, Set.of(), code.get(0).statics(), Options.MAX_TRACES, CheckMode.EVERYWHERE);
        return new JittedFunction(options, function, code);
    }

    Options options() {
        return options;
    }

    /** This function, told otherwise; it has its own traces. */
    JittedFunction with(Options other) {
        return new JittedFunction(other, function, code);
    }

    /** The result for these arguments: run by the plugin, or recorded where a trace is active. */
    Object call(List<@Nullable Object> arguments) {
        calls.increment();
        if (Trace.isActive() && Trace.recordsLines()) {
            // The programs that are kept were traced without their lines.
            Signature.Flat flat = flatten(arguments);
            return TracedFunction.trace(options.name(), function, flat.signature())
                    .call(label(), flat.leaves());
        }
        TraceCache.Hit hit = cache.find(arguments);
        if (hit == null) {
            hit = trace(arguments);
        }
        TracedFunction traced = hit.entry.traced;
        if (Trace.isActive()) {
            return traced.call(label(), List.of(hit.leaves));
        }
        return run(hit.entry, hit.leaves);
    }

    private Object run(TraceCache.Entry entry, Tensor[] leaves) {
        LoadedProgram loaded = loaded(entry);
        long start = System.nanoTime();
        Object result = entry.traced.run(loaded, leaves);
        runNanos.add(System.nanoTime() - start);
        runs.increment();
        return result;
    }

    /** The name in programs that call this: of a source line, which moves, only the method. */
    private String label() {
        String name = options.name();
        int line = name.indexOf('(');
        return line < 0 ? name : name.substring(name.lastIndexOf('.', line) + 1, line);
    }

    private LoadedProgram loaded(TraceCache.Entry entry) {
        LoadedProgram known = entry.loaded;
        if (known != null) {
            return known;
        }
        Set<Integer> lent = Set.copyOf(entry.traced.parametersOf(options.donated()));
        long start = System.nanoTime();
        LoadedProgram made =
                LocalRuntime.standard().compiler().load(entry.traced.traced().program(), options.name(), lent);
        synchronized (this) {
            if (entry.loaded == null) {
                whyLoaded = "%s (key %s): %s".formatted(made.tier(), made.keyText(), keyDifference(made));
                entry.loaded = made;
                loadNanos += System.nanoTime() - start;
                compiles += made.compiledHere() ? 1 : 0;
            }
        }
        return made;
    }

    /** What differs in the cache key from the nearest executable of this function. */
    private String keyDifference(LoadedProgram made) {
        List<String> fewest = null;
        for (TraceCache.Entry other : cache.all()) {
            LoadedProgram loaded = other.loaded;
            if (loaded != null) {
                List<String> parts = made.keyDifference(loaded);
                fewest = fewest == null || parts.size() < fewest.size() ? parts : fewest;
            }
        }
        if (fewest == null) {
            return "the first of this function";
        }
        return fewest.isEmpty() ? "the key of an executable that is loaded" : String.join("; ", fewest);
    }

    /** One trace a signature: concurrent callers of a new one wait for it. */
    private TraceCache.Hit trace(List<@Nullable Object> arguments) {
        Signature.Flat flat = flatten(arguments);
        Tensor[] leaves = flat.leaves().toArray(Tensor[]::new);
        TraceCache.Entry known = cache.find(flat.signature());
        return new TraceCache.Hit(known == null ? trace(flat.signature()) : known, leaves);
    }

    private Signature.Flat flatten(List<@Nullable Object> arguments) {
        return Signature.of(arguments, options.statics(), code.get(0)::parameterName);
    }

    /** The function traced for these arguments with the lines of its equations, beside the traces that are kept. */
    <R> Stages.Traced<R> stage(List<@Nullable Object> arguments) {
        SourceLines lines = new SourceLines();
        return new Stages.Traced<>(options, Trace.withLines(lines, () -> alone(arguments)), lines);
    }

    /** The function lowered for these arguments; no lines are looked up, which take longer than the trace. */
    <R> Stages.Lowered<R> lower(List<@Nullable Object> arguments) {
        return new Stages.Traced<R>(options, alone(arguments), new SourceLines()).lower();
    }

    private TracedFunction alone(List<@Nullable Object> arguments) {
        Signature signature = flatten(arguments).signature();
        cache.checkStatics(signature);
        TracedFunction traced = TracedFunction.trace(options.name(), function, signature);
        if (!traced.traced().isClosed()) {
            throw KilnException.user(
                    options.name()
                            + ": the stages of a function stand alone, but it uses a tensor of the trace around it",
                    "take its stages outside of the traced function, or pass the tensor as an argument");
        }
        return traced;
    }

    private synchronized TraceCache.Entry trace(Signature signature) {
        TraceCache.Entry known = cache.find(signature);
        if (known != null) {
            return known;
        }
        cache.requireRoom(signature);
        cache.checkStatics(signature);
        String why = cache.miss(signature);
        long start = System.nanoTime();
        TracedFunction traced = options.checked()
                ? CheckMode.trace(options.name(), function, signature)
                : TracedFunction.trace(options.name(), function, signature);
        traceNanos += System.nanoTime() - start;
        traces++;
        last = traced;
        if (!warned) {
            warned = true;
            Purity.warnOfMutableConstants(code);
        }
        // What captured a tensor of the trace around it is of use in that trace only.
        boolean kept = traced.traced().isClosed();
        whyTraced = kept ? why : why + "; it uses a tensor of the trace around it, so this trace is not kept (capture)";
        misses.addLast("%d. %s%s"
                .formatted(
                        traces,
                        whyTraced,
                        SourceLine.ofCaller().map(l -> "\n     at " + l).orElse("")));
        if (misses.size() > EXPLAINED) {
            misses.removeFirst();
        }
        return kept ? cache.put(traced) : new TraceCache.Entry(traced);
    }

    static NotSerializableException notSerializable() {
        return new NotSerializableException(
                "a jitted function holds executables of this process: serialize the function that it was made of");
    }

    synchronized JitStats stats() {
        return new JitStats(
                calls.sum(), traces, compiles, runs.sum(), traceNanos / 1e9, loadNanos / 1e9, runNanos.sum() / 1e9);
    }

    synchronized String explain() {
        JitStats stats = stats();
        String donations = options.donated().isEmpty()
                ? ""
                : ", donated arguments "
                        + options.donated().stream()
                                .sorted()
                                .map(String::valueOf)
                                .collect(Collectors.joining(", "));
        List<String> lines = new ArrayList<>();
        lines.add("%s%s: %d calls, %d traces (%.3f s), %d compiles (%.3f s with loading), %d runs (%.3f s)"
                .formatted(
                        options.name(),
                        donations,
                        stats.calls(),
                        traces,
                        stats.traceSeconds(),
                        compiles,
                        stats.loadSeconds(),
                        stats.runs(),
                        stats.runSeconds()));
        lines.add("the last trace was made for: " + whyTraced);
        if (!misses.isEmpty()) {
            lines.add("traced for (the last " + misses.size() + "):");
            misses.forEach(miss -> lines.add("  " + miss));
        }
        lines.add("the last executable: " + whyLoaded);
        lines.add("signature: " + (last == null ? "none" : last.signature()));
        if (last != null) {
            List<Tensor> hoisted = last.traced().captured();
            if (!hoisted.isEmpty()) {
                lines.add(
                        "hoisted constants: %d (%,d bytes), the first parameters of the program; trace(...).sources() has their lines"
                                .formatted(
                                        hoisted.size(),
                                        hoisted.stream()
                                                .mapToLong(t -> t.aval().byteSize())
                                                .sum()));
            }
            lines.add(last.traced().program().toString());
        }
        return String.join("\n", lines);
    }
}
