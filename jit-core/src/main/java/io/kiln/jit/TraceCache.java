package io.kiln.jit;

import io.kiln.compile.LoadedProgram;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The traces of one function by signature. A look-up compares the arguments with the signatures used last, without making a signature of
 * them; only when none fits is one made. Nothing is evicted: a function with too many signatures is an error.
 */
final class TraceCache {
    private static final System.Logger LOG = System.getLogger("io.kiln.jit");

    /** The signatures that a call's arguments are compared with before a signature is made of them. */
    private static final int RECENT = 4;

    /** The number of values of one static argument, and of traces, at which a warning is logged. */
    private static final int MANY_VALUES = 10;

    private static final int MANY_TRACES = 64;
    private static final int SHOWN_VALUES = 12;

    /** A trace and, once it was called on concrete arrays, its executable. */
    static final class Entry {
        final TracedFunction traced;
        private final ArgumentMatcher matcher;
        volatile @Nullable LoadedProgram loaded;

        Entry(TracedFunction traced) {
            this.traced = traced;
            this.matcher = new ArgumentMatcher(traced.signature());
        }
    }

    /** An entry and the leaves of the arguments that it was found for. */
    static final class Hit {
        final Entry entry;
        final Tensor[] leaves;

        Hit(Entry entry, Tensor[] leaves) {
            this.entry = entry;
            this.leaves = leaves;
        }
    }

    private final String name;
    private final IntFunction<String> names;
    private final int limit;
    private final Map<Signature, Entry> entries = new ConcurrentHashMap<>();
    private final Map<String, Set<@Nullable Object>> staticValues = new TreeMap<>();
    private volatile Entry[] recent = {};

    TraceCache(String name, IntFunction<String> names, int limit) {
        this.name = name;
        this.names = names;
        this.limit = limit;
    }

    /** The trace that fits these arguments, if it is among those used last. */
    @Nullable
    Hit find(List<? extends @Nullable Object> arguments) {
        Entry[] last = recent;
        for (int i = 0; i < last.length; i++) {
            Tensor[] leaves = last[i].matcher.match(arguments);
            if (leaves != null) {
                if (i > 0) {
                    used(last[i]);
                }
                return new Hit(last[i], leaves);
            }
        }
        return null;
    }

    /** The trace of this signature. */
    @Nullable
    Entry find(Signature signature) {
        Entry found = entries.get(signature);
        if (found != null) {
            used(found);
        }
        return found;
    }

    /** Puts an entry first; a race loses at most the order. */
    private void used(Entry entry) {
        List<Entry> next = new ArrayList<>(RECENT);
        next.add(entry);
        for (Entry other : recent) {
            if (other != entry && next.size() < RECENT) {
                next.add(other);
            }
        }
        recent = next.toArray(Entry[]::new);
    }

    /** Keeps a trace. */
    Entry put(TracedFunction traced) {
        Entry entry = new Entry(traced);
        entries.put(traced.signature(), entry);
        used(entry);
        if (entries.size() == MANY_TRACES) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "jit: {0} was traced for {1} signatures, each with a program of its own\nfix: {2}",
                    name,
                    entries.size(),
                    FEWER);
        }
        return entry;
    }

    private static final String FEWER =
            "pad the arguments to one shape, or to few (bucket: round sizes up to powers of two)";

    /** Why {@code signature} is not among the traces: what differs from the nearest one, the first by text of several. */
    String miss(Signature signature) {
        return entries.keySet().stream()
                .map(other -> SignatureDifference.of(signature, other, names))
                .min(Comparator.comparingInt(SignatureDifference.Parts::distance)
                        .thenComparing(parts -> String.join("; ", parts.texts())))
                .map(parts -> String.join("; ", parts.texts()))
                .orElse("the first call");
    }

    /**
     * Requires room for one more trace.
     *
     * @throws KilnException KILN-T014
     */
    void requireRoom(Signature signature) {
        if (entries.size() >= limit) {
            throw TraceErrors.user(
                    "KILN-T014",
                    "%s: at most %d signatures are traced, got one more: %s".formatted(name, limit, miss(signature)),
                    FEWER + ", or raise the number: .maxTraces(%d)".formatted(2 * limit));
        }
    }

    /**
     * Requires that the static values of a new signature are immutable, and warns when one argument has had many.
     *
     * @throws KilnException KILN-T012
     */
    synchronized void checkStatics(Signature signature) {
        signature.eachStatic(names, (path, value) -> {
            Purity.requireStatic(value, path);
            Set<@Nullable Object> seen = staticValues.computeIfAbsent(path, _ -> new LinkedHashSet<>());
            if (seen.size() < MANY_VALUES && seen.add(value) && seen.size() == MANY_VALUES) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "jit: {0} was traced for {1} values of the static {2}: {3}\n"
                                + "fix: make it a tensor argument if the program need not differ;"
                                + " docs/jit.md#static-arguments",
                        name,
                        seen.size(),
                        path,
                        seen.stream().limit(SHOWN_VALUES).map(String::valueOf).collect(Collectors.joining(", ")));
            }
        });
    }

    /** All traces. */
    List<Entry> all() {
        return List.copyOf(entries.values());
    }
}
