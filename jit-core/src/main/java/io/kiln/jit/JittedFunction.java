package io.kiln.jit;

import io.kiln.compile.DeviceArray;
import io.kiln.compile.LoadedProgram;
import io.kiln.compile.LocalRuntime;
import io.kiln.core.ConcreteArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A function with its traces by signature: what is behind {@link Jitted1} to {@link Jitted6}. */
final class JittedFunction {
    /** The traces that are kept; the one used longest ago makes room. */
    static final int CACHED_TRACES = 256;

    private final String name;
    private final UserFunction function;
    private final Set<Integer> donated;
    private final Set<Integer> statics;
    private final Map<Signature, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable Signature last;
    private String whyTraced = "not called yet";
    private long calls;
    private long traces;
    private long compiles;
    private long traceNanos;
    private long loadNanos;

    JittedFunction(String name, UserFunction function, Set<Integer> donated, Set<Integer> statics) {
        this.name = name;
        this.function = function;
        this.donated = Set.copyOf(donated);
        this.statics = Set.copyOf(statics);
    }

    /** A trace and, once it was called on concrete arrays, its executable. */
    private static final class Entry {
        private final TracedFunction traced;
        private volatile @Nullable LoadedProgram loaded;

        Entry(TracedFunction traced) {
            this.traced = traced;
        }
    }

    JittedFunction named(String other) {
        return new JittedFunction(other, function, donated, statics);
    }

    JittedFunction donate(Set<Integer> positions) {
        return new JittedFunction(name, function, positions, statics);
    }

    JittedFunction staticArguments(Set<Integer> positions) {
        return new JittedFunction(name, function, donated, positions);
    }

    /** The result for these arguments: run by the plugin, or recorded where a trace is active. */
    Object call(List<@Nullable Object> arguments) {
        Signature.Flat flat = Signature.of(arguments, statics);
        Entry entry = entry(flat.signature());
        if (Trace.isActive()) {
            return entry.traced.call(label(), flat.leaves());
        }
        List<ConcreteArray> args = new ArrayList<>();
        for (Tensor tensor : entry.traced.traced().operands(flat.leaves())) {
            args.add(tensor.array());
        }
        List<DeviceArray> outs = loaded(entry).callOnDevice(args);
        return entry.traced.unflatten(outs.stream().map(Tensor::of).toList());
    }

    /** The name in programs that call this: of a source line, which moves, only the method. */
    private String label() {
        int line = name.indexOf('(');
        return line < 0 ? name : name.substring(name.lastIndexOf('.', line) + 1, line);
    }

    private LoadedProgram loaded(Entry entry) {
        LoadedProgram known = entry.loaded;
        if (known != null) {
            return known;
        }
        int consts = entry.traced.traced().captured().size();
        Set<Integer> lent = entry.traced.signature().leavesOf(donated).stream()
                .map(i -> i + consts)
                .collect(Collectors.toSet());
        long start = System.nanoTime();
        LoadedProgram made =
                LocalRuntime.standard().compiler().load(entry.traced.traced().program(), name, lent);
        synchronized (this) {
            if (entry.loaded == null) {
                entry.loaded = made;
                loadNanos += System.nanoTime() - start;
                compiles += made.compiledHere() ? 1 : 0;
            }
        }
        return made;
    }

    /** One trace a signature: concurrent callers of a new one wait for it. */
    private synchronized Entry entry(Signature signature) {
        calls++;
        Entry known = entries.get(signature);
        if (known != null) {
            return known;
        }
        whyTraced = why(signature);
        long start = System.nanoTime();
        TracedFunction traced = TracedFunction.trace(name, function, signature);
        traceNanos += System.nanoTime() - start;
        traces++;
        last = signature;
        Entry entry = new Entry(traced);
        // What captured a tensor of the trace around it is of use in that trace only.
        if (traced.traced().isClosed()) {
            entries.put(signature, entry);
            if (entries.size() > CACHED_TRACES) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
        return entry;
    }

    private String why(Signature signature) {
        if (entries.isEmpty()) {
            return "the first call";
        }
        Signature closest = null;
        for (Signature other : entries.keySet()) {
            if (closest == null || signature.distance(other) < signature.distance(closest)) {
                closest = other;
            }
        }
        return closest == null ? "the first call" : signature.difference(closest);
    }

    synchronized JitStats stats() {
        return new JitStats(calls, traces, compiles, traceNanos / 1e9, loadNanos / 1e9);
    }

    synchronized String explain() {
        Entry shown = last == null ? null : entries.get(last);
        String program = shown == null ? "" : "\n" + shown.traced.traced().program();
        String donations = donated.isEmpty()
                ? ""
                : ", donated arguments "
                        + donated.stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
        return "%s%s: %d calls, %d traces (%.3f s), %d compiles (%.3f s with loading)%nthe last trace was made for: %s%nsignature: %s%s"
                .formatted(
                        name,
                        donations,
                        calls,
                        traces,
                        traceNanos / 1e9,
                        compiles,
                        loadNanos / 1e9,
                        whyTraced,
                        last == null ? "none" : last,
                        program);
    }
}
