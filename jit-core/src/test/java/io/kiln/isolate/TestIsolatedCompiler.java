package io.kiln.isolate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.LocalExecutableCache;
import io.kiln.compile.CompileOptions;
import io.kiln.compile.Compiler;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtExecutable;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that end the process that compiles them end a child, and this process goes on. All deaths here are real. */
@Timeout(120)
final class TestIsolatedCompiler {
    private static final IsolationLimits LIMITS = IsolationLimits.standard();

    @TempDir
    Path folder;

    private PluginFile plugin;
    private Quarantine quarantine;

    @BeforeEach
    void open() {
        plugin = PluginFinder.find(null, true, System.err::println);
        quarantine = new Quarantine(folder.resolve("a quarantine"));
    }

    private IsolatedCompiler compiler(IsolationLimits limits) {
        return new IsolatedCompiler(plugin, DeviceConf.standard(), CompileOptions.of(false), limits, quarantine);
    }

    private static KilnException failure(IsolatedCompiler compiler, String name, byte[] module) {
        try {
            compiler.compile(name, module);
        } catch (KilnException e) {
            return e;
        }
        throw new AssertionError(name + " was compiled");
    }

    private List<Path> breadcrumbs() throws IOException {
        try (Stream<Path> files = Files.list(quarantine.folder())) {
            return files.filter(f -> !f.getFileName().toString().startsWith("hs_err"))
                    .toList();
        }
    }

    private static void await(BooleanSupplier condition, String what) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void oneChildCompilesMany_andWhatItHandsBackLoadsHere() throws IOException {
        long handles = PjrtHandles.live();
        try (IsolatedCompiler compiler = compiler(LIMITS);
                PjrtClient client = plugin.load().createClient(plugin.createOptions(DeviceConf.standard()))) {
            for (int i = 1; i <= 3; i++) {
                byte[] executable = compiler.compile("sines", Modules.sines(i));
                try (PjrtExecutable loaded =
                        client.load(executable, CompileOptions.of(false).bytes())) {
                    assertThat(loaded.outputs()).isEqualTo(1);
                }
            }
            IsolationStats stats = compiler.stats();
            assertThat(stats.children()).isEqualTo(1);
            assertThat(stats.compiled()).isEqualTo(3);
            assertThat(stats.deaths()).isZero();
            if (Files.exists(Path.of("/proc/self/status"))) {
                assertThat(stats.childBytes().getAsLong()).satisfies(TestIsolatedCompiler::isProcessSized);
                assertThat(stats.peakChildBytes().getAsLong()).satisfies(TestIsolatedCompiler::isProcessSized);
            }
            assertThat(breadcrumbs()).isEmpty();
        }
        assertThat(PjrtHandles.live()).isLessThanOrEqualTo(handles);
    }

    private static void isProcessSized(Long bytes) {
        assertThat(bytes).isBetween(20L << 20, 8L << 30);
    }

    @Test
    void aProgramThatThePluginRefusesIsAnError_andTheChildGoesOn() {
        try (IsolatedCompiler compiler = compiler(LIMITS)) {
            assertThat(failure(compiler, "nonsense", Modules.bytes("module { nonsense }")))
                    .hasMessageContaining("compiling nonsense: the plugin")
                    .hasMessageContaining("custom op 'nonsense' is unknown")
                    .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER));
            compiler.compile("sines", Modules.sines(1));
            assertThat(compiler.stats().children()).isEqualTo(1);
            assertThat(compiler.stats().deaths()).isZero();
        }
    }

    @Test
    void aProgramThatAbortsThePluginIsNamed_withTheSignalAndTheLastWords() throws IOException {
        try (IsolatedCompiler compiler = compiler(LIMITS)) {
            KilnException death = failure(compiler, "overflowing", Modules.overflowing());
            assertThat(death)
                    .hasMessageContaining("compiling overflowing: ")
                    .hasMessageContaining("the child process was ended by signal 6 (SIGABRT)")
                    .hasMessageContaining("overflow in static extent product");
            assertThat(Files.readString(breadcrumbs().getFirst()))
                    .contains("compiling overflowing in process ")
                    .contains("was ended by signal 6");
            compiler.compile("sines", Modules.sines(1));
            assertThat(compiler.stats().children()).isEqualTo(2);
            assertThat(compiler.stats().deaths()).isEqualTo(1);
        }
    }

    @Test
    void aProgramThatFillsTheStackEndsTheChildOnly() {
        try (IsolatedCompiler compiler = compiler(LIMITS)) {
            assertThat(failure(compiler, "nested", Modules.nested())).hasMessageContaining("signal 11 (SIGSEGV)");
        }
    }

    @Test
    void anotherProcessRefusesAProgramThatTwoDiedOf_withoutAChild() throws Exception {
        for (int i = 0; i < 2; i++) {
            Process process =
                    ChildJvms.start(IsolatedMain.class, quarantine.folder().toString(), "overflowing");
            assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("signal 6");
            process.waitFor();
        }
        try (IsolatedCompiler compiler = compiler(LIMITS)) {
            assertThat(failure(compiler, "again", Modules.overflowing()))
                    .hasMessageContaining("compiling again: a program that fewer than 2 processes died of is required")
                    .hasMessageContaining("compiling overflowing in process")
                    .hasMessageContaining("fix: use another program");
            assertThat(compiler.stats().children()).isZero();
            assertThat(compiler.stats().refused()).isEqualTo(1);
            compiler.compile("sines", Modules.sines(1));
        }
        try (IsolatedCompiler other = compiler(LIMITS.withNativeBytes(0))) {
            // under other limits it is another case
            assertThat(failure(other, "again", Modules.overflowing())).hasMessageContaining("signal 6");
        }
    }

    @Test
    void aProgramThatTakesTooLongIsGivenUp() {
        try (IsolatedCompiler compiler = compiler(LIMITS.withCompile(Duration.ofMillis(300)))) {
            assertThat(failure(compiler, "long", Modules.sines(40_000)))
                    .hasMessageContaining("had no answer after PT0.3S and was killed")
                    .hasMessageContaining("fix: allow it more time");
            assertThat(compiler.stats().timeouts()).isEqualTo(1);
            assertThat(compiler.stats().childBytes()).hasValue(0);
        }
    }

    @Test
    void aProgramThatNeedsMoreMemoryThanTheLimitEndsTheChildOnly() {
        IsolationLimits small = new IsolationLimits(
                LIMITS.start(), LIMITS.compile(), LIMITS.idle(), 48 << 20, 160 << 20, 64 << 20, 64 << 20, Set.of());
        try (IsolatedCompiler compiler = compiler(small)) {
            compiler.compile("sines", Modules.sines(1));
            assertThat(failure(compiler, "large", Modules.sines(40_000))).hasMessageContaining("but the child process");
            assertThat(compiler.stats().deaths()).isEqualTo(1);
        }
    }

    @Test
    void aChildThatIsKilledInMidCompileIsAnErrorThatSaysSo() throws Exception {
        try (IsolatedCompiler compiler = compiler(LIMITS)) {
            compiler.compile("sines", Modules.sines(1));
            ProcessHandle child = ProcessHandle.current()
                    .children()
                    .filter(c -> c.info().arguments().stream()
                            .anyMatch(a -> List.of(a).contains(CompileChild.class.getName())))
                    .findFirst()
                    .orElseThrow();
            CompletableFuture<KilnException> failure =
                    CompletableFuture.supplyAsync(() -> failure(compiler, "long", Modules.sines(40_000)));
            await(() -> hasBreadcrumb(), "a breadcrumb");
            child.destroyForcibly();
            assertThat(failure.get(30, TimeUnit.SECONDS)).hasMessageContaining("was ended by signal 9 (SIGKILL)");
            compiler.compile("sines", Modules.sines(1));
        }
    }

    private boolean hasBreadcrumb() {
        try {
            for (Path file : breadcrumbs()) {
                if (Files.size(file) > 0) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aChildEndsWithItsParent_andTheProgramIsNotBlamed() throws Exception {
        Process parent = ChildJvms.start(IsolatedMain.class, quarantine.folder().toString(), "long");
        ProcessHandle child;
        try {
            await(this::hasBreadcrumb, "a breadcrumb");
            child = parent.children().findFirst().orElseThrow();
        } finally {
            parent.destroyForcibly().waitFor();
        }
        child.onExit().get(30, TimeUnit.SECONDS);
        assertThat(breadcrumbs()).isEmpty();
    }

    @Test
    void aChildWithoutWorkEnds_andTheNextProgramStartsAnother() {
        try (IsolatedCompiler compiler = compiler(LIMITS.withIdle(Duration.ofMillis(50)))) {
            compiler.compile("sines", Modules.sines(1));
            await(() -> compiler.stats().childBytes().equals(OptionalLong.of(0)), "the end of an idle child");
            compiler.compile("sines", Modules.sines(2));
            assertThat(compiler.stats().children()).isEqualTo(2);
            assertThat(compiler.stats().deaths()).isZero();
        }
    }

    @Test
    void aHitOfTheCacheNeedsNoChild() {
        try (ExecutableCache cache = new LocalExecutableCache();
                IsolatedCompiler first = compiler(LIMITS);
                IsolatedCompiler second = compiler(LIMITS)) {
            PjrtPlugin loaded = plugin.load();
            try (PjrtClient client = loaded.createClient(plugin.createOptions(DeviceConf.standard()));
                    Compiler cold = new Compiler(loaded, client, cache, CompileOptions.of(false));
                    Compiler warm = new Compiler(loaded, client, cache, CompileOptions.of(false))) {
                assertThat(first.load("sines", Modules.sines(2), 1, cold).tier())
                        .isEqualTo("compile");
                assertThat(second.load("sines", Modules.sines(2), 1, warm).tier())
                        .isNotEqualTo("compile");
                assertThat(second.load("sines", Modules.sines(2), 1, warm)
                                .executable()
                                .outputs())
                        .isEqualTo(1);
                assertThat(cold.stats().compiles()).isEqualTo(1);
                assertThat(warm.stats().compiles()).isZero();
                assertThat(warm.stats().jvmHits()).isEqualTo(1);
            }
            CacheStats stats = cache.stats();
            assertThat(stats.compiles()).isEqualTo(1);
            assertThat(first.stats().children()).isEqualTo(1);
            assertThat(second.stats().children()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                ForgedChildren.Endless.class,
                ForgedChildren.Negative.class,
                ForgedChildren.WrongNumber.class,
                ForgedChildren.UnknownKind.class,
                ForgedChildren.Babbler.class
            })
    void aChildThatForgesItsAnswerIsEnded(Class<?> main) {
        IsolationLimits limits = LIMITS.withCompile(Duration.ofSeconds(3));
        try (IsolatedCompiler compiler = new IsolatedCompiler(
                plugin, DeviceConf.standard(), CompileOptions.of(false), limits, quarantine, main)) {
            assertThat(failure(compiler, "sines", Modules.sines(1)))
                    .hasMessageContaining(
                            main == ForgedChildren.Babbler.class
                                    ? "had no answer after PT3S and was killed"
                                    : "gave no proper answer and was killed: ")
                    .message()
                    .doesNotContain("\u001b")
                    .hasSizeLessThan(8000);
            assertThat(compiler.stats().childBytes()).hasValue(0);
        }
    }

    @Test
    void aChildThatPrintsInsteadOfGreetingIsAnErrorOfTheEnvironment() {
        try (IsolatedCompiler compiler = new IsolatedCompiler(
                plugin,
                DeviceConf.standard(),
                CompileOptions.of(false),
                LIMITS,
                quarantine,
                ForgedChildren.Printer.class)) {
            assertThat(failure(compiler, "sines", Modules.sines(1)))
                    .hasMessageContaining(
                            "starting a compile child: a JVM with the plugin loaded is required, it gave no")
                    .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT));
            assertThat(quarantine.deaths("00")).isEmpty();
        }
    }

    @Test
    void aPluginThatIsNoneIsSaidByTheChild() throws IOException {
        Path none = Files.writeString(folder.resolve("none pjrt.so"), "no library");
        PluginFile wrong = new PluginFile(none, "00", "a test", "cpu");
        try (IsolatedCompiler compiler =
                new IsolatedCompiler(wrong, DeviceConf.standard(), CompileOptions.of(false), LIMITS, quarantine)) {
            assertThat(failure(compiler, "sines", Modules.sines(1)))
                    .hasMessageContaining("it said loading the PJRT plugin")
                    .hasMessageContaining("none pjrt.so");
        }
    }

    @Test
    void aCloseEndsACompileThatRuns() throws Exception {
        IsolatedCompiler compiler = compiler(LIMITS);
        CompletableFuture<byte[]> running =
                CompletableFuture.supplyAsync(() -> compiler.compile("long", Modules.sines(40_000)));
        await(this::hasBreadcrumb, "a breadcrumb");
        compiler.close();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> running.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(IllegalStateException.class);
        assertThat(breadcrumbs()).isEmpty();
    }
}
