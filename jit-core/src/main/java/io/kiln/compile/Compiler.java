package io.kiln.compile;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.HostRecord;
import io.kiln.cache.InstructionSet;
import io.kiln.cache.SingleFlight;
import io.kiln.core.Program;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.lower.Lowering;
import io.kiln.lower.StableHloModule;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtErrorCode;
import io.kiln.pjrt.PjrtException;
import io.kiln.pjrt.PjrtExecutable;
import io.kiln.pjrt.PjrtPlugin;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Programs to loaded executables, for one client: from this JVM, else from the executable cache, else by the plugin's compiler. What is
 * loaded stays so for the next who asks, the {@value #LOADED_BYTES} bytes used last of it, and as long as somebody holds its
 * {@link LoadedProgram}. Safe for concurrent use; callers that ask for a key at once wait for one load.
 */
public final class Compiler implements AutoCloseable {
    /** Goes into every key, and changes when what Kiln stores under a key changes. */
    private static final String FORMAT = "kiln-executable-1";

    /** The bound of the executables that stay loaded though nobody holds them. */
    private static final long LOADED_BYTES = 1L << 30;

    /** What an executable counts for whose plugin cannot serialize it. */
    private static final long UNKNOWN_BYTES = 1L << 20;

    private final PjrtPlugin plugin;
    private final PjrtClient client;
    private final ExecutableCache cache;
    private final NativeGuard guard;
    private final byte[] options;
    private final String xlaOptions;
    private final String processor;
    private final LoadedExecutables loaded;
    private final SingleFlight<CacheKey, LoadedExecutables.Loaded> flights = new SingleFlight<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final LongAdder compiles = new LongAdder();
    private final LongAdder jvmHits = new LongAdder();
    private final LongAdder rejects = new LongAdder();
    private final LongAdder compileNanos = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final Map<String, LongAdder> hits = new ConcurrentHashMap<>();

    /**
     * A compiler with nothing loaded.
     *
     * @param client a client of {@code plugin}, owned by the caller and open as long as this
     * @param cache where executables are looked for before compiling, owned by the caller
     */
    public Compiler(PjrtPlugin plugin, PjrtClient client, ExecutableCache cache, CompileOptions options) {
        this(plugin, client, cache, options, NativeGuard.NONE);
    }

    /**
     * A compiler with nothing loaded, whose programs reach native code through a guard.
     *
     * @param client a client of {@code plugin}, owned by the caller and open as long as this
     * @param cache where executables are looked for before compiling, owned by the caller
     */
    public Compiler(
            PjrtPlugin plugin, PjrtClient client, ExecutableCache cache, CompileOptions options, NativeGuard guard) {
        this(plugin, client, cache, options, guard, LOADED_BYTES);
    }

    Compiler(
            PjrtPlugin plugin,
            PjrtClient client,
            ExecutableCache cache,
            CompileOptions options,
            NativeGuard guard,
            long loadedBytes) {
        this.guard = guard;
        this.loaded = new LoadedExecutables(loadedBytes);
        this.plugin = plugin;
        this.client = client;
        this.cache = cache;
        this.options = options.bytes();
        this.xlaOptions = options.overrides().toString();
        InstructionSet set = options.instructionSet();
        // Unlike processors that compile for one instruction set are to find each other's code; the cache refuses what
        // needs more.
        this.processor = set == null
                ? HostRecord.local().text()
                : set.needs(HostRecord.local()).arch() + " up to " + set;
    }

    /** The client that programs are loaded on. */
    public PjrtClient client() {
        return client;
    }

    /**
     * The program, loaded.
     *
     * @param name what to call it in messages; no part of the key
     * @param donated parameters whose memory results may take
     * @throws KilnException INTERNAL if the plugin cannot compile it; not remembered
     * @throws java.util.concurrent.CancellationException when this thread was interrupted while it waited for another's load
     */
    public LoadedProgram load(Program program, String name, Set<Integer> donated) {
        StableHloModule module = Lowering.lower(program, name, donated);
        CacheKey key = key(module);
        LoadedExecutables.Loaded found = loaded.find(key);
        if (found != null) {
            jvmHits.increment();
        } else {
            int results = program.results().size();
            found = loadOnce(key, () -> guarded(key, name, turn -> fromCache(module, key, results, turn)));
        }
        return new LoadedProgram(name, program, donated, key, found);
    }

    /**
     * A module that Kiln did not write, loaded.
     *
     * @param results how many results it has
     * @param compile its serialized executable, asked for where no cache has it: made with the same plugin and options as this compiler's
     * @throws KilnException what {@code compile} throws, or INTERNAL if what it makes does not load
     */
    public LoadedModule load(StableHloModule module, int results, Supplier<byte[]> compile) {
        CacheKey key = key(module);
        LoadedExecutables.Loaded found = loaded.find(key);
        if (found != null) {
            jvmHits.increment();
        } else {
            found = loadOnce(
                    key, () -> guarded(key, module.name(), turn -> fromOutside(module, key, results, compile, turn)));
        }
        return new LoadedModule(module.name(), key, found);
    }

    /** Whether the executable of {@code program} stays loaded though nobody may hold it. */
    public boolean holds(LoadedProgram program) {
        return loaded.holds(program.key());
    }

    /** {@link #holds}, and a use of it, as a load is. */
    public boolean keeps(LoadedProgram program) {
        return holds(program) && loaded.find(program.key()) != null;
    }

    /** Bytes of the executables that stay loaded though nobody may hold them, by their serialized length. */
    public long loadedBytes() {
        return loaded.bytes();
    }

    private LoadedExecutables.Loaded loadOnce(CacheKey key, Supplier<LoadedExecutables.Loaded> load) {
        AtomicBoolean here = new AtomicBoolean();
        LoadedExecutables.Loaded found = flights.run(
                key,
                () -> {
                    LoadedExecutables.Loaded other = loaded.find(key);
                    if (other != null) {
                        return other;
                    }
                    here.set(true);
                    return load.get();
                },
                () -> {});
        if (!here.get()) {
            jvmHits.increment();
        }
        if (closed.get()) {
            // closed meanwhile: what was put after the close has no other owner
            loaded.close();
        }
        return found;
    }

    private LoadedExecutables.Loaded guarded(
            CacheKey key, String name, Function<NativeGuard.Turn, LoadedExecutables.Loaded> load) {
        requireOpen();
        try (NativeGuard.Turn turn = guard.enter(key, name)) {
            return load.apply(turn);
        }
    }

    private LoadedExecutables.Loaded fromCache(
            StableHloModule module, CacheKey key, int results, NativeGuard.Turn turn) {
        AtomicReference<@Nullable PjrtExecutable> compiled = new AtomicReference<>();
        ExecutableCache.Cached cached;
        try {
            cached = cache.get(key, () -> {
                PjrtExecutable executable = compile(module, turn);
                closeIfPresent(compiled.getAndSet(executable));
                return serialize(executable);
            });
        } catch (RuntimeException | Error e) {
            closeIfPresent(compiled.get());
            throw e;
        }
        PjrtExecutable mine = compiled.get();
        byte[] bytes = cached.bytes();
        long size = bytes == null ? UNKNOWN_BYTES : bytes.length;
        if (mine != null) {
            return loaded.add(key, mine, ExecutableCache.Cached.COMPILED, size);
        }
        PjrtExecutable executable = bytes == null ? null : deserialize(bytes, results, turn);
        if (executable != null) {
            hits.computeIfAbsent(cached.tier(), tier -> new LongAdder()).increment();
            return loaded.add(key, executable, cached.tier(), size);
        }
        if (bytes != null) {
            rejects.increment();
            cache.reject(key, ExecutableCache.DID_NOT_LOAD);
        }
        return loaded.add(key, compile(module, turn), ExecutableCache.Cached.COMPILED, size);
    }

    /** The executable that another process compiles: only its bytes come here. */
    private LoadedExecutables.Loaded fromOutside(
            StableHloModule module, CacheKey key, int results, Supplier<byte[]> compile, NativeGuard.Turn turn) {
        Supplier<byte[]> timed = () -> {
            long start = System.nanoTime();
            try {
                byte[] made = compile.get();
                compiles.increment();
                return made;
            } finally {
                compileNanos.add(System.nanoTime() - start);
            }
        };
        ExecutableCache.Cached cached = cache.get(key, timed::get);
        boolean hit = !cached.tier().equals(ExecutableCache.Cached.COMPILED);
        byte[] bytes = cached.bytes() == null ? timed.get() : cached.bytes();
        PjrtExecutable executable = deserialize(bytes, results, turn);
        if (executable == null && hit) {
            rejects.increment();
            cache.reject(key, ExecutableCache.DID_NOT_LOAD);
            hit = false;
            bytes = timed.get();
            executable = deserialize(bytes, results, turn);
        }
        if (executable == null) {
            throw KilnException.internal(
                    "loading %s: what a child compiled and loaded has to load here too, with %d results"
                            .formatted(module.name(), results));
        }
        if (hit) {
            hits.computeIfAbsent(cached.tier(), tier -> new LongAdder()).increment();
        }
        return loaded.add(key, executable, hit ? cached.tier() : ExecutableCache.Cached.COMPILED, bytes.length);
    }

    private static void closeIfPresent(@Nullable PjrtExecutable executable) {
        if (executable != null) {
            executable.close();
        }
    }

    private PjrtExecutable compile(StableHloModule module, NativeGuard.Turn turn) {
        turn.begins("compiling");
        long start = System.nanoTime();
        try {
            PjrtExecutable executable = CompileWatch.PROCESS.over(module, () -> client.compile(module.text(), options));
            compiles.increment();
            return executable;
        } catch (PjrtException e) {
            throw new KilnException(
                    ErrorCategory.INTERNAL,
                    "compiling %s: the plugin %s has to accept the program, got %s: %s"
                            .formatted(module.name(), plugin.path().getFileName(), e.code(), e.detail()),
                    e.code() == PjrtErrorCode.UNIMPLEMENTED
                            ? "use a plugin that has these operations, or write the function with others"
                            : "report this with the program, which `kiln inspect` prints",
                    e);
        } finally {
            compileNanos.add(System.nanoTime() - start);
        }
    }

    /** The executable's bytes, or null if the plugin has no such thing. */
    private static byte @Nullable [] serialize(PjrtExecutable executable) {
        try {
            return executable.serialize();
        } catch (PjrtException e) {
            // Whatever the plugin's reason is, the executable works: it is just not shared.
            return null;
        }
    }

    /** The executable of verified bytes, or null if it does not load or is not one of {@code results} results. */
    private @Nullable PjrtExecutable deserialize(byte[] bytes, int results, NativeGuard.Turn turn) {
        turn.begins("loading");
        long start = System.nanoTime();
        try {
            PjrtExecutable executable = client.load(bytes, options);
            if (executable.outputs() == results) {
                return executable;
            }
            executable.close();
            return null;
        } catch (PjrtException e) {
            return null;
        } finally {
            loadNanos.add(System.nanoTime() - start);
        }
    }

    /** The cache key of a program's executable. */
    public CacheKey key(Program program, Set<Integer> donated) {
        return key(Lowering.lower(program, "", donated));
    }

    /** The cache key of a module's executable. */
    public CacheKey key(StableHloModule module) {
        return CacheKey.builder()
                .add("format", FORMAT)
                .add("stablehlo", module.text())
                .add("compile options", options)
                // Again, in words: these are what a person can compare.
                .add("xla options", xlaOptions)
                .add("plugin sha256", plugin.sha256())
                .add("pjrt api", plugin.apiMajor() + "." + plugin.apiMinor())
                .add("platform", client.platformName())
                .add("platform version", client.platformVersion())
                .add("device kind", client.devices().get(0).kind())
                .add("host", processor)
                .add("xla flags", xlaFlags(System.getenv("XLA_FLAGS")))
                .build();
    }

    /** XLA reads its flags from the environment at the first compile; their order does not count. */
    private static String xlaFlags(@Nullable String flags) {
        return flags == null
                ? ""
                : Stream.of(flags.strip().split("\\s+")).sorted().collect(Collectors.joining(" "));
    }

    /** The counters so far. */
    public CompilerStats stats() {
        TreeMap<String, Long> byTier = new TreeMap<>();
        hits.forEach((tier, count) -> byTier.put(tier, count.sum()));
        return new CompilerStats(
                compiles.sum(), jvmHits.sum(), byTier, rejects.sum(), compileNanos.sum() / 1e9, loadNanos.sum() / 1e9);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("compiling a program: an open compiler is required, got a closed one");
        }
    }

    /** Closes all executables; calls that run on them end first. */
    @Override
    public void close() {
        closed.set(true);
        loaded.close();
    }
}
