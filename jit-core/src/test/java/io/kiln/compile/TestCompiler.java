package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.cache.CacheKey;
import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.LocalExecutableCache;
import io.kiln.cache.NoCache;
import io.kiln.cache.SerializedExecutable;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Interpreter;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtExecutable;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs compiled, cached and run by the installed plugin, compared with the reference interpreter. */
@Timeout(120)
final class TestCompiler {
    private static final ShapedArray X = ShapedArray.of(DType.F32, 4, 3);

    private long before;
    private PjrtPlugin plugin;
    private PjrtClient client;
    private final ExecutableCache cache = new LocalExecutableCache();

    @BeforeEach
    void open() {
        before = PjrtHandles.live();
        PluginFile file = PluginFinder.find(null, true, System.err::println);
        plugin = file.load();
        client = plugin.createClient(file.createOptions(DeviceConf.standard()));
    }

    @AfterEach
    void everyHandleIsClosed() {
        client.close();
        // Not equal: tensors that other tests dropped may be freed meanwhile.
        assertThat(PjrtHandles.live()).isLessThanOrEqualTo(before);
    }

    private Compiler compiler(ExecutableCache with) {
        return new Compiler(plugin, client, with, CompileOptions.of(false));
    }

    private static Program program(Function<Tensor, Tensor> f) {
        return Trace.trace(in -> List.of(f.apply(in.get(0))), List.of(X)).program();
    }

    private static Program squares() {
        return program(x -> x.times(x).plus(x));
    }

    private static HostArray ramp() {
        return HostArray.ofDoubles(X, i -> i * 0.25 - 1);
    }

    @Test
    void resultsAreThoseOfTheInterpreter() {
        Program program = squares();
        try (Compiler compiler = compiler(cache)) {
            LoadedProgram loaded = compiler.load(program, "squares", Set.of());
            assertThat(loaded.call(List.of(ramp()))).isEqualTo(Interpreter.run(program, List.of(ramp())));
            assertThat(loaded.tier()).isEqualTo("compile");
            assertThat(loaded.program()).isSameAs(program);
        }
    }

    @Test
    void sixtyFourThreadsOfOneKeyCompileOnce() throws Exception {
        Program program = squares();
        try (Compiler compiler = compiler(cache);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<List<HostArray>>> results = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                results.add(threads.submit(() -> {
                    start.await();
                    return compiler.load(program, "squares", Set.of()).call(List.of(ramp()));
                }));
            }
            start.countDown();
            for (Future<List<HostArray>> each : results) {
                assertThat(each.get()).isEqualTo(Interpreter.run(program, List.of(ramp())));
            }
            CompilerStats stats = compiler.stats();
            assertThat(stats.compiles()).isEqualTo(1);
            assertThat(stats.jvmHits()).isEqualTo(63);
            assertThat(stats.seconds()).isPositive();
        }
    }

    @Test
    void aSecondCompilerLoadsWhatTheFirstOneCompiled() {
        try (Compiler first = compiler(cache);
                Compiler second = compiler(cache)) {
            first.load(squares(), "squares", Set.of());
            LoadedProgram loaded = second.load(squares(), "another name", Set.of());
            assertThat(loaded.tier()).isEqualTo("memory");
            assertThat(loaded.call(List.of(ramp()))).isEqualTo(Interpreter.run(squares(), List.of(ramp())));
            assertThat(second.stats().compiles()).isZero();
            assertThat(second.stats().hits()).containsEntry("memory", 1L);
        }
    }

    @Test
    void withoutACacheEachCompilerCompiles() {
        try (NoCache none = new NoCache();
                Compiler first = compiler(none);
                Compiler second = compiler(none)) {
            assertThat(first.load(squares(), "a", Set.of()).tier()).isEqualTo("compile");
            assertThat(second.load(squares(), "a", Set.of()).tier()).isEqualTo("compile");
        }
    }

    private Compiler bounded(long bytes) {
        return new Compiler(plugin, client, cache, CompileOptions.of(false), NativeGuard.NONE, bytes);
    }

    private static Program power(int exponent) {
        return program(x -> x.pow(exponent));
    }

    @Test
    void whatIsUsedLongestAgoIsLetGoFirst() {
        long one;
        try (Compiler compiler = bounded(Long.MAX_VALUE)) {
            compiler.load(power(3), "a", Set.of());
            one = compiler.loadedBytes();
            assertThat(one).isPositive();
        }
        try (Compiler compiler = bounded(one * 5 / 2)) {
            LoadedProgram a = compiler.load(power(3), "a", Set.of());
            LoadedProgram b = compiler.load(power(5), "b", Set.of());
            assertThat(compiler.keeps(a)).isTrue(); // a use: now b is the older one
            LoadedProgram c = compiler.load(power(7), "c", Set.of());

            assertThat(List.of(compiler.holds(a), compiler.holds(b), compiler.holds(c)))
                    .containsExactly(true, false, true);
            assertThat(compiler.loadedBytes()).isBetween(one, one * 5 / 2);
        }
    }

    @Test
    void whatIsLetGoStaysOpenWhileItIsHeld_andIsFoundAgain() {
        try (Compiler compiler = bounded(1)) {
            LoadedProgram held = compiler.load(power(3), "held", Set.of());
            compiler.load(power(5), "next", Set.of());
            assertThat(compiler.holds(held)).isFalse();
            System.gc();

            assertThat(held.call(List.of(ramp()))).isEqualTo(Interpreter.run(power(3), List.of(ramp())));
            assertThat(compiler.load(power(3), "again", Set.of()).executable()).isSameAs(held.executable());
            assertThat(compiler.stats().jvmHits()).isEqualTo(1);
            assertThat(compiler.holds(held)).isTrue();
        }
    }

    @Test
    void whatIsLetGoIsClosedWhenNobodyHoldsIt_andLoadedAgainWhenAskedFor() {
        try (Compiler compiler = bounded(1)) {
            PjrtExecutable dropped =
                    compiler.load(power(3), "dropped", Set.of()).executable();
            compiler.load(power(5), "next", Set.of());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!dropped.isClosed() && System.nanoTime() < end) {
                System.gc();
                Thread.onSpinWait();
            }

            assertThat(dropped.isClosed()).isTrue();
            LoadedProgram again = compiler.load(power(3), "again", Set.of());
            assertThat(again.tier()).isEqualTo("memory");
            assertThat(again.call(List.of(ramp()))).isEqualTo(Interpreter.run(power(3), List.of(ramp())));
        }
    }

    @Test
    void aClosedCompilerClosesAlsoWhatItLetGo() {
        LoadedProgram held;
        try (Compiler compiler = bounded(1)) {
            held = compiler.load(power(3), "held", Set.of());
            compiler.load(power(5), "next", Set.of());
            assertThat(held.executable().isClosed()).isFalse();
        }
        assertThat(held.executable().isClosed()).isTrue();
    }

    /** A cache whose one entry is intact for the cache and nothing that a plugin can load. */
    private static final class Useless implements ExecutableCache {
        private final byte[] bytes;
        private final List<String> rejected = new ArrayList<>();

        Useless(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public Cached get(CacheKey key, Compile compile) {
            return new Cached(new SerializedExecutable(bytes, 0), "disk");
        }

        @Override
        public void reject(CacheKey key, String reason) {
            rejected.add(key.hex() + " " + reason);
        }

        @Override
        public CacheStats stats() {
            return CacheStats.NONE;
        }

        @Override
        public void close() {}
    }

    @Test
    void bytesThatDoNotLoadAreRejectedAndCompiled() {
        for (byte[] bytes : List.of(new byte[0], "no executable".getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
            Useless useless = new Useless(bytes);
            try (Compiler compiler = compiler(useless)) {
                LoadedProgram loaded = compiler.load(squares(), "squares", Set.of());
                assertThat(loaded.tier()).isEqualTo("compile");
                assertThat(useless.rejected).containsExactly(loaded.key().hex() + " load");
                assertThat(loaded.call(List.of(ramp()))).isEqualTo(Interpreter.run(squares(), List.of(ramp())));
                assertThat(compiler.stats().rejects()).isEqualTo(1);
                assertThat(compiler.stats().compiles()).isEqualTo(1);
            }
        }
    }

    @Test
    void anExecutableOfAnotherProgramIsRejected() {
        byte[] two;
        try (Compiler compiler = compiler(cache)) {
            Program program = Trace.trace(in -> List.of(in.get(0), in.get(0).exp()), List.of(X))
                    .program();
            two = compiler.load(program, "two results", Set.of()).executable().serialize();
        }
        Useless useless = new Useless(two);
        try (Compiler compiler = compiler(useless)) {
            assertThat(compiler.load(squares(), "squares", Set.of()).call(List.of(ramp())))
                    .isEqualTo(Interpreter.run(squares(), List.of(ramp())));
            assertThat(useless.rejected).hasSize(1);
        }
    }

    @Test
    void aFailedCompileIsToldByNameAndNotRemembered() {
        CompileOptions wrong =
                new CompileOptions(new java.util.TreeMap<>(java.util.Map.of("no_such_xla_option", true)));
        try (Compiler compiler = new Compiler(plugin, client, cache, wrong)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> compiler.load(squares(), "squares", Set.of()))
                        .isInstanceOfSatisfying(KilnException.class, e -> {
                            assertThat(e.category()).isEqualTo(ErrorCategory.INTERNAL);
                            assertThat(e.problem()).contains("compiling squares", "no_such_xla_option");
                        });
            }
            assertThat(compiler.stats().compiles()).isZero();
        }
    }

    @Test
    void theKeyIsOfWhatChangesTheCodeAndOfNoName() {
        try (Compiler compiler = compiler(cache);
                Compiler threaded = new Compiler(plugin, client, cache, CompileOptions.of(true))) {
            CacheKey key = compiler.key(squares(), Set.of());
            assertThat(compiler.load(squares(), "one", Set.of()).key()).isEqualTo(key);
            assertThat(compiler.load(squares(), "two", Set.of()).key()).isEqualTo(key);
            assertThat(compiler.key(squares(), Set.of(0))).isNotEqualTo(key);
            assertThat(compiler.key(program(x -> x.times(x)), Set.of())).isNotEqualTo(key);
            assertThat(threaded.key(squares(), Set.of())).isNotEqualTo(key);
            assertThat(key.describe().stream().map(line -> line.substring(0, line.indexOf(':'))))
                    .containsExactly(
                            "format",
                            "stablehlo",
                            "compile options",
                            "xla options",
                            "plugin sha256",
                            "pjrt api",
                            "platform",
                            "platform version",
                            "device kind",
                            "host",
                            "xla flags");
        }
    }

    @Test
    void arraysStayOnTheDeviceAndCanBeDonated() {
        try (Compiler compiler = compiler(cache)) {
            LoadedProgram step = compiler.load(program(x -> x.times(0.5)), "step", Set.of(0));
            List<DeviceArray> state = step.callOnDevice(List.of(onDevice(ramp())));
            DeviceArray first = state.get(0);
            for (int i = 0; i < 9; i++) {
                state = step.callOnDevice(state);
            }
            assertThat(first.toString()).isEqualTo("f32[4,3] on device, donated to step");
            assertThatExceptionOfType(KilnException.class)
                    .isThrownBy(first::toHost)
                    .withMessageContaining("donated to step");
            try (DeviceArray last = state.get(0)) {
                assertThat(last.toHost()).isEqualTo(HostArray.ofDoubles(X, i -> (i * 0.25 - 1) / 1024));
                assertThat(last.aval()).isEqualTo(X);
            }
        }
    }

    private DeviceArray onDevice(HostArray array) {
        return new DeviceArray(array.aval(), Transfers.copy(client.devices().get(0), array), "a test");
    }

    @Test
    void aCallOfSmallHostArraysLeavesNoNativeMemoryToTheCollector() {
        try (Compiler compiler = compiler(cache)) {
            LoadedProgram loaded = compiler.load(squares(), "squares", Set.of());
            long live = PjrtHandles.live();
            DeviceArray result = loaded.callOnDevice(List.of(ramp())).get(0);
            assertThat(PjrtHandles.live()).isLessThanOrEqualTo(live);
            HostArray once = Interpreter.run(squares(), List.of(ramp())).get(0);
            assertThat(result.toHost()).isEqualTo(once);
            assertThat(loaded.callOnDevice(List.of(result)).get(0).toHost())
                    .isEqualTo(Interpreter.run(squares(), List.of(once)).get(0));
        }
    }

    @Test
    void aResultInTheHeapIsDonatedAndClosedAsOneOnTheDevice() {
        try (Compiler compiler = compiler(cache)) {
            LoadedProgram step = compiler.load(program(x -> x.times(0.5)), "step", Set.of(0));
            DeviceArray first = step.callOnDevice(List.of(ramp())).get(0);
            DeviceArray second = step.callOnDevice(List.of(first)).get(0);
            assertThatExceptionOfType(KilnException.class)
                    .isThrownBy(() -> step.callOnDevice(List.of(first)))
                    .withMessageContaining("donated to step");
            second.close();
            assertThatIllegalStateException()
                    .isThrownBy(second::toHost)
                    .withMessage("using an array f32[4,3] on device: an open one is required, got a closed one");
        }
    }

    @Test
    void hostArraysBesideOnesOnTheDeviceAreReadAlsoWhenLarge() {
        ShapedArray large = ShapedArray.of(DType.F32, HostArray.SMALL);
        HostArray x = HostArray.ofDoubles(large, i -> i % 101);
        for (ShapedArray other : List.of(large, ShapedArray.of(DType.F32))) {
            HostArray y = HostArray.ofDoubles(other, i -> i % 7 + 0.5);
            Program sum = Trace.trace(in -> List.of(in.get(0).plus(in.get(1))), List.of(large, other))
                    .program();
            try (Compiler compiler = compiler(cache);
                    DeviceArray there = onDevice(x)) {
                LoadedProgram loaded = compiler.load(sum, "sum", Set.of());
                List<HostArray> expected = Interpreter.run(sum, List.of(x, y));
                assertThat(loaded.call(List.of(there, y))).isEqualTo(expected);
                assertThat(loaded.call(List.of(x, y))).isEqualTo(expected);
            }
        }
    }

    @Test
    void aDonatedHostArrayKeepsItsContent() {
        try (Compiler compiler = compiler(cache)) {
            HostArray x = ramp();
            compiler.load(squares(), "squares", Set.of(0)).call(List.of(x));
            assertThat(x).isEqualTo(ramp());
        }
    }

    @Test
    void argumentsThatDoNotFitAreTheUsersError() {
        try (Compiler compiler = compiler(cache)) {
            LoadedProgram loaded = compiler.load(squares(), "squares", Set.of());
            assertThatThrownBy(() -> loaded.call(List.of()))
                    .isInstanceOfSatisfying(
                            KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                    .hasMessageContaining("calling squares: 1 arguments are required, got 0");
            assertThatThrownBy(() -> loaded.call(List.of(HostArray.of(1f, 2f))))
                    .hasMessageContaining("argument 0 must be f32[4,3], got f32[2]");
        }
    }

    @Test
    void everyDtypeGoesThrough() {
        try (Compiler compiler = compiler(cache)) {
            for (HostArray array : List.of(
                    HostArray.of(true, false, true),
                    HostArray.of(1, -2, Integer.MAX_VALUE),
                    HostArray.of(1L, -2L, Long.MIN_VALUE),
                    HostArray.of(0.1f, -0f, Float.NaN),
                    HostArray.of(0.1, -0.0, Double.POSITIVE_INFINITY),
                    HostArray.scalar(3.5),
                    HostArray.zeros(ShapedArray.of(DType.F32, 0, 2)))) {
                Program same = Trace.trace(in -> in, List.of(array.aval())).program();
                assertThat(compiler.load(same, "same", Set.of()).call(List.of(array)))
                        .containsExactly(array);
            }
        }
    }

    @Test
    void aClosedCompilerRefuses() {
        Compiler compiler = compiler(cache);
        LoadedProgram loaded = compiler.load(squares(), "squares", Set.of());
        compiler.close();
        compiler.close();
        assertThatIllegalStateException().isThrownBy(() -> compiler.load(squares(), "squares", Set.of()));
        assertThatIllegalStateException().isThrownBy(() -> loaded.call(List.of(ramp())));
    }

    @Test
    void unreachableDeviceArraysAreFreed() {
        try (Compiler compiler = compiler(cache)) {
            LoadedProgram loaded = compiler.load(squares(), "squares", Set.of());
            long live = PjrtHandles.live();
            for (int i = 0; i < 100; i++) {
                loaded.callOnDevice(List.of(onDevice(ramp())));
            }
            assertThat(PjrtHandles.live()).isGreaterThan(live);
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (PjrtHandles.live() > live && System.nanoTime() < deadline) {
                System.gc();
                Thread.onSpinWait();
            }
            assertThat(PjrtHandles.live()).isLessThanOrEqualTo(live);
        }
    }

    @Test
    void theLocalRuntimeRunsWithoutSpark() {
        try (LocalRuntime runtime = LocalRuntime.open(null, line -> {})) {
            LoadedProgram loaded = runtime.compiler().load(squares(), "squares", Set.of());
            assertThat(loaded.call(List.of(ramp()))).isEqualTo(Interpreter.run(squares(), List.of(ramp())));
            assertThat(runtime.plugin().sha256()).isEqualTo(plugin.sha256());
        }
    }
}
