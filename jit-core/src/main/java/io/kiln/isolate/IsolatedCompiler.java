package io.kiln.isolate;

import io.kiln.cache.CacheKey;
import io.kiln.compile.CompileOptions;
import io.kiln.compile.Compiler;
import io.kiln.compile.LoadedModule;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.lower.StableHloModule;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import java.io.IOException;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A compiler of programs that come from files. A plugin's compiler may end its process over such a program, so each is checked in Java, then
 * compiled in a child JVM with limits, and what killed two children is refused. One child is used again until it dies or has been idle, and it
 * dies with this process. It protects this process from crashes, memory and time; it is no sandbox: the child runs as the same user. Safe for
 * concurrent use; programs are compiled one after the other.
 */
public final class IsolatedCompiler implements AutoCloseable {
    private final PluginFile plugin;
    private final DeviceConf device;
    private final CompileOptions options;
    private final IsolationLimits limits;
    private final Quarantine quarantine;
    private final Class<?> main;

    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile @Nullable ChildProcess child; // replaced under the lock
    private volatile boolean closed;
    private final AtomicLong uses = new AtomicLong();

    private final LongAdder compiled = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder children = new LongAdder();
    private final LongAdder deaths = new LongAdder();
    private final LongAdder timeouts = new LongAdder();
    private final AtomicLong peak = new AtomicLong(-1);

    /**
     * A compiler without a child yet.
     *
     * @param device what a child's client makes of its devices: what the client that loads the executables makes of them
     * @param options what all programs are compiled with
     * @param quarantine shared by the processes that may be given the same programs, best on a folder that all of them see
     */
    public IsolatedCompiler(
            PluginFile plugin,
            DeviceConf device,
            CompileOptions options,
            IsolationLimits limits,
            Quarantine quarantine) {
        this(plugin, device, options, limits, quarantine, CompileChild.class);
    }

    IsolatedCompiler(
            PluginFile plugin,
            DeviceConf device,
            CompileOptions options,
            IsolationLimits limits,
            Quarantine quarantine,
            Class<?> main) {
        this.plugin = plugin;
        this.device = device;
        this.options = options;
        this.limits = limits;
        this.quarantine = quarantine;
        this.main = main;
    }

    /**
     * Checks a program without compiling it.
     *
     * @param name what to call it in messages
     * @param module StableHLO text, or MLIR bytecode such as the module of a {@code jax.export} artifact
     * @throws KilnException USER when it is too long or damaged, or has a custom call that is not allowed
     */
    public void check(String name, byte[] module) {
        ImportCheck.check(name, module, limits);
    }

    /**
     * The serialized executable of a program, which a child compiled and loaded once.
     *
     * @param name what to call it in messages
     * @param module StableHLO text, or MLIR bytecode such as the module of a {@code jax.export} artifact
     * @throws KilnException USER when the program is refused, does not compile, or killed the child; ENVIRONMENT when there is no child
     * @throws CancellationException when this thread was interrupted
     */
    public byte[] compile(String name, byte[] module) {
        String hash = hash(module);
        try {
            check(name, module);
            quarantine.requireHarmless(hash, name);
        } catch (KilnException e) {
            refused.increment();
            throw e;
        }
        try {
            turn.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("compiling " + name + ": interrupted while other programs are compiled");
        }
        try {
            return inChild(name, module, hash);
        } finally {
            turn.unlock();
        }
    }

    /**
     * A program loaded by {@code compiler}: from its caches without a child, else compiled in one and put into them.
     *
     * @param results how many results the program has
     * @param compiler made with the same plugin and options as this
     */
    public LoadedModule load(String name, byte[] module, int results, Compiler compiler) {
        check(name, module);
        return compiler.load(new StableHloModule(name, module), results, () -> compile(name, module));
    }

    private byte[] inChild(String name, byte[] module, String hash) {
        ChildProcess running = child();
        String crumb = "%s: compiling %s in process %d, a child of %d"
                .formatted(
                        Instant.now(),
                        LastWords.printable(name),
                        running.pid(),
                        ProcessHandle.current().pid());
        Breadcrumb breadcrumb = quarantine.enter(hash, name, limits.compile().multipliedBy(2));
        boolean died = false;
        try {
            CompileAnswer answer =
                    running.call(breadcrumb.file().toString(), crumb, module, options.bytes(), limits.compile());
            return switch (answer.kind()) {
                case COMPILED -> {
                    compiled.increment();
                    yield answer.content();
                }
                case REFUSED, READY, NOT_READY -> throw refusedByPlugin(name, answer);
            };
        } catch (ChildProcess.Lost e) {
            died = !closed;
            throw died ? death(name, breadcrumb, e) : closed(name);
        } finally {
            if (died) {
                breadcrumb.leave(); // an empty one blames nobody
            } else {
                breadcrumb.close();
            }
            running.peakBytes().ifPresent(bytes -> peak.accumulateAndGet(bytes, Math::max));
            endWhenIdle(uses.incrementAndGet());
        }
    }

    private KilnException refusedByPlugin(String name, CompileAnswer answer) {
        return KilnException.user(
                "compiling %s: the plugin %s has to accept the program, got %s"
                        .formatted(name, plugin.path().getFileName(), LastWords.printable(answer.text())),
                "check the program, or use a plugin that has its operations");
    }

    private KilnException death(String name, Breadcrumb breadcrumb, ChildProcess.Lost lost) {
        deaths.increment();
        if (lost.timedOut()) {
            timeouts.increment();
        }
        try {
            // The system can end a child for reasons of its own; the program is blamed when the child had begun with
            // it.
            if (!breadcrumb.content().isEmpty()) {
                breadcrumb.add("the child " + lost.getMessage());
            }
        } catch (IOException e) {
            lost.addSuppressed(e);
        }
        return new KilnException(
                ErrorCategory.USER,
                "compiling %s: a program that compiles within its limits is required (%s), but the child process %s"
                        .formatted(name, limits.survival(), lost.getMessage()),
                lost.timedOut()
                        ? "allow it more time (IsolationLimits.withCompile), or use a smaller program"
                        : "check where the program comes from; where it needs more memory, raise the limits"
                                + " (IsolationLimits)",
                lost);
    }

    private ChildProcess child() {
        ChildProcess running = child;
        if (closed) {
            throw closed("a program");
        }
        if (running == null || !running.isAlive()) {
            running = ChildProcess.start(main, plugin, device, limits, quarantine.folder());
            children.increment();
            child = running;
            if (closed) {
                running.close();
                throw closed("a program");
            }
        }
        return running;
    }

    private static IllegalStateException closed(String name) {
        return new IllegalStateException(
                "compiling " + name + ": an open isolated compiler is required, got a closed one");
    }

    private void endWhenIdle(long use) {
        CompletableFuture.delayedExecutor(limits.idle().toNanos(), TimeUnit.NANOSECONDS)
                .execute(() -> {
                    // A lock that is taken means work, after which this is asked again.
                    if (uses.get() == use && turn.tryLock()) {
                        try {
                            endChild();
                        } finally {
                            turn.unlock();
                        }
                    }
                });
    }

    private void endChild() {
        ChildProcess running = child;
        if (running != null) {
            running.close();
            child = null;
        }
    }

    /** What identifies a program in the quarantine: under another plugin or other limits it may live. */
    private String hash(byte[] module) {
        return CacheKey.builder()
                .add("module", module)
                .add("options", options.bytes())
                .add("plugin", plugin.sha256())
                .add("limits", limits.survival())
                .build()
                .hex();
    }

    /** The counters so far. */
    public IsolationStats stats() {
        ChildProcess running = child;
        long most = peak.get();
        return new IsolationStats(
                compiled.sum(),
                refused.sum(),
                children.sum(),
                deaths.sum(),
                timeouts.sum(),
                running == null || !running.isAlive() ? OptionalLong.of(0) : running.residentBytes(),
                most < 0 ? OptionalLong.empty() : OptionalLong.of(most));
    }

    /** Ends the child, also in the middle of a program. */
    @Override
    public void close() {
        closed = true;
        ChildProcess running = child;
        if (running != null) {
            running.close();
        }
    }
}
