package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.compile.CompileOptions;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The installed plugin, driven through its handles. */
@Timeout(180)
final class TestPjrtExecution {
    private static final byte[] OPTIONS = CompileOptions.of(false).bytes();
    private static final String F = "tensor<1024xf32>";

    private long before;
    private PjrtClient client;

    @BeforeEach
    void open() {
        before = PjrtHandles.live();
        PluginFile file = PluginFinder.find(null, true, System.err::println);
        client = file.load().createClient(file.createOptions(DeviceConf.standard()));
    }

    @AfterEach
    void everyHandleIsClosed() {
        client.close();
        client.close();
        // Not equal: tensors that other tests dropped may be freed meanwhile.
        assertThat(PjrtHandles.live()).isLessThanOrEqualTo(before);
    }

    private static byte[] module(String signature, String body) {
        return ("module { func.func public @main" + signature + " { " + body + " } }").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] square() {
        return module("(%x: " + F + ") -> " + F, "%0 = stablehlo.multiply %x, %x : " + F + " return %0 : " + F);
    }

    private static MemorySegment ramp(Arena arena) {
        MemorySegment data = arena.allocate(4096, 64);
        for (int i = 0; i < 1024; i++) {
            data.setAtIndex(JAVA_FLOAT, i, i * 0.5f);
        }
        return data;
    }

    private PjrtBuffer upload(MemorySegment data, boolean zeroCopy) {
        return client.bufferFromHost(data, PjrtType.F32.code(), new long[] {data.byteSize() / 4}, zeroCopy);
    }

    private static void requireSquares(MemorySegment result) {
        for (int i = 0; i < 1024; i++) {
            assertThat(result.getAtIndex(JAVA_FLOAT, i)).isEqualTo(i * 0.5f * (i * 0.5f));
        }
    }

    @Test
    void theClientSaysWhatItIs() {
        assertThat(client.platformName()).isEqualTo("cpu");
        assertThat(client.devices()).hasSize(1);
        assertThat(client.devices().get(0).kind()).isNotBlank();
        assertThat(client.plugin().apiMajor()).isZero();
        assertThat(client.plugin().apiMinor()).isEqualTo(81);
        assertThat(client.plugin().attributes()).containsKeys("xla_version", "stablehlo_current_version");
    }

    @Test
    void compiledAndLoadedExecutablesGiveTheSame() {
        try (Arena arena = Arena.ofShared();
                PjrtExecutable compiled = client.compile(square(), OPTIONS);
                PjrtExecutable loaded = client.load(compiled.serialize(), OPTIONS)) {
            assertThat(compiled.outputs()).isEqualTo(1);
            for (PjrtExecutable executable : List.of(compiled, loaded)) {
                try (PjrtBuffer in = upload(ramp(arena), true);
                        PjrtBuffer out = executable.execute(in)[0]) {
                    MemorySegment copy = arena.allocate(4096, 64);
                    out.toHost(copy);
                    requireSquares(copy);
                    requireSquares(out.hostView());
                    assertThat(out.hostView().isReadOnly()).isTrue();
                }
            }
        }
    }

    @Test
    void alignedHostMemoryIsAliasedAndACopyIsNot() {
        try (Arena arena = Arena.ofShared();
                PjrtBuffer aliased = upload(ramp(arena), true);
                PjrtBuffer copied = upload(ramp(arena), false)) {
            MemorySegment data = ramp(arena);
            try (PjrtBuffer same = upload(data, true);
                    PjrtBuffer other = upload(data, false)) {
                assertThat(same.hostView().address()).isEqualTo(data.address());
                assertThat(other.hostView().address()).isNotEqualTo(data.address());
            }
            assertThat(aliased.byteSize()).isEqualTo(copied.byteSize()).isEqualTo(4096);
        }
    }

    @Test
    void inputsMayBeFreedAsSoonAsTheirBufferIsClosed() {
        try (PjrtExecutable executable = client.compile(square(), OPTIONS)) {
            for (int round = 0; round < 200; round++) {
                PjrtBuffer out;
                try (Arena arena = Arena.ofShared();
                        PjrtBuffer in = upload(ramp(arena), true)) {
                    out = executable.execute(in)[0];
                }
                try (out) {
                    requireSquares(out.hostView());
                }
            }
        }
    }

    @Test
    void aCompileErrorHasThePluginsText() {
        assertThatThrownBy(() -> client.compile("module { nonsense }".getBytes(StandardCharsets.UTF_8), OPTIONS))
                .isInstanceOfSatisfying(PjrtException.class, e -> {
                    assertThat(e.function()).isEqualTo("PJRT_Client_Compile");
                    assertThat(e.code()).isNotEqualTo(PjrtErrorCode.OK);
                    assertThat(e.detail()).containsIgnoringCase("nonsense");
                });
    }

    @Test
    void aWrongNumberOrShapeOfInputsIsAnError() {
        try (Arena arena = Arena.ofShared();
                PjrtExecutable executable = client.compile(square(), OPTIONS);
                PjrtBuffer small = upload(arena.allocate(8, 64), true)) {
            assertThatThrownBy(executable::execute).isInstanceOf(PjrtException.class);
            assertThatThrownBy(() -> {
                        try (PjrtBuffer out = executable.execute(small)[0]) {
                            out.awaitReady();
                        }
                    })
                    .isInstanceOf(PjrtException.class);
        }
    }

    @Test
    void aDonatedBufferCannotBeUsedAgain() {
        byte[] donating = module(
                "(%x: " + F + " {tf.aliasing_output = 0 : i32}) -> " + F,
                "%0 = stablehlo.multiply %x, %x : " + F + " return %0 : " + F);
        try (Arena arena = Arena.ofShared();
                PjrtExecutable executable = client.compile(donating, OPTIONS);
                PjrtBuffer copied = upload(ramp(arena), false)) {
            long address = copied.hostView().address();
            try (PjrtBuffer out = executable.execute(copied)[0]) {
                requireSquares(out.hostView());
                assertThat(out.hostView().address()).isEqualTo(address);
            }
            assertThatThrownBy(() -> executable.execute(copied)).isInstanceOf(PjrtException.class);
            MemorySegment borrowed = ramp(arena);
            try (PjrtBuffer in = upload(borrowed, true);
                    PjrtBuffer out = executable.execute(in)[0]) {
                requireSquares(out.hostView());
            }
            assertThat(borrowed.getAtIndex(JAVA_FLOAT, 3)).isEqualTo(1.5f);
        }
    }

    @Test
    void scalarsAndEmptyArraysGoThrough() {
        byte[] both = module(
                "(%s: tensor<f32>, %e: tensor<0xf32>) -> (tensor<f32>, tensor<0xf32>)",
                "return %s, %e : tensor<f32>, tensor<0xf32>");
        try (Arena arena = Arena.ofShared();
                PjrtExecutable executable = client.compile(both, OPTIONS)) {
            MemorySegment one = arena.allocate(4, 64);
            one.set(JAVA_FLOAT, 0, 7f);
            try (PjrtBuffer scalar = client.bufferFromHost(one, PjrtType.F32.code(), new long[0], true);
                    PjrtBuffer empty =
                            client.bufferFromHost(arena.allocate(0, 64), PjrtType.F32.code(), new long[] {0}, true)) {
                PjrtBuffer[] out = executable.execute(scalar, empty);
                try (PjrtBuffer first = out[0];
                        PjrtBuffer second = out[1]) {
                    assertThat(first.hostView().get(JAVA_FLOAT, 0)).isEqualTo(7f);
                    assertThat(second.byteSize()).isZero();
                    second.toHost(arena.allocate(0));
                }
            }
        }
    }

    @Test
    void useAfterCloseNamesTheObject() {
        PjrtExecutable executable = client.compile(square(), OPTIONS);
        executable.close();
        executable.close();
        assertThatIllegalStateException().isThrownBy(executable::serialize).withMessageContaining("executable");
        try (Arena arena = Arena.ofShared()) {
            PjrtBuffer buffer = upload(ramp(arena), true);
            buffer.close();
            assertThatIllegalStateException()
                    .isThrownBy(buffer::hostView)
                    .withMessageContaining("buffer of 4096 bytes");
        }
        client.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> client.compile(square(), OPTIONS))
                .withMessageContaining("client of cpu");
    }

    @Test
    void aClientLivesAsLongAsItsBuffers() {
        try (Arena arena = Arena.ofShared();
                PjrtExecutable executable = client.compile(square(), OPTIONS);
                PjrtBuffer in = upload(ramp(arena), true)) {
            client.close();
            try (PjrtBuffer out = executable.execute(in)[0]) {
                requireSquares(out.hostView());
            }
        }
    }

    @Test
    void wrongMemoryIsRefusedBeforeThePluginSeesIt() {
        try (Arena arena = Arena.ofShared();
                PjrtBuffer buffer = upload(ramp(arena), true)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> buffer.toHost(arena.allocate(4095)))
                    .withMessageContaining("4096 bytes");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> buffer.toHost(arena.allocate(4096).asReadOnly()))
                    .withMessageContaining("read-only");
        }
    }

    @Test
    void memoryOfTheJavaHeapIsCopiedInAndOut() {
        MemorySegment data = MemorySegment.ofArray(new float[1024]);
        try (Arena arena = Arena.ofConfined();
                PjrtExecutable executable = client.compile(square(), OPTIONS);
                PjrtBuffer in = upload(data.copyFrom(ramp(arena)), true)) {
            assertThat(in.mayAlias()).isFalse();
            data.fill((byte) 0);
            try (PjrtBuffer out = executable.execute(in)[0]) {
                MemorySegment result = MemorySegment.ofArray(new float[1024]);
                out.toHost(result);
                requireSquares(result);
            }
        }
    }

    @Test
    void closingWhileOthersExecuteIsSafe() throws Exception {
        try (Arena arena = Arena.ofShared();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            MemorySegment data = ramp(arena);
            for (int round = 0; round < 20; round++) {
                PjrtExecutable executable = client.compile(square(), OPTIONS);
                PjrtBuffer in = upload(data, true);
                List<Future<?>> running = new ArrayList<>();
                for (int t = 0; t < 8; t++) {
                    running.add(threads.submit(() -> executeUntilClosed(executable, in)));
                }
                in.close();
                executable.close();
                for (Future<?> each : running) {
                    each.get();
                }
            }
        }
    }

    private static void executeUntilClosed(PjrtExecutable executable, PjrtBuffer in) {
        try {
            for (int i = 0; i < 50; i++) {
                try (PjrtBuffer out = executable.execute(in)[0]) {
                    out.awaitReady();
                }
            }
        } catch (IllegalStateException closed) {
            assertThat(closed).hasMessageContaining("an open one is required");
        }
    }

    @Test
    void tenThousandExecutionsLeaveNoHandleAndAFlatResidentSize() throws IOException {
        String type = "tensor<16384xf32>";
        byte[] large = module(
                "(%x: " + type + ") -> " + type, "%0 = stablehlo.multiply %x, %x : " + type + " return %0 : " + type);
        try (Arena arena = Arena.ofShared();
                PjrtExecutable executable = client.compile(large, OPTIONS)) {
            MemorySegment data = arena.allocate(65536, 64);
            execute(executable, data, 1_000);
            long handles = PjrtHandles.live();
            long resident = residentKilobytes();
            execute(executable, data, 10_000);
            assertThat(PjrtHandles.live()).isLessThanOrEqualTo(handles);
            // One result in ten that is not freed would be 64 MB; the Java heap may grow meanwhile.
            assertThat(residentKilobytes() - resident).isLessThan(48 * 1024);
        }
    }

    private void execute(PjrtExecutable executable, MemorySegment data, int times) {
        for (int i = 0; i < times; i++) {
            try (PjrtBuffer in = upload(data, true);
                    PjrtBuffer out = executable.execute(in)[0]) {
                out.awaitReady();
            }
        }
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anUnknownCreateOptionTypeIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.plugin().createClient(Map.of("cpu_device_count", List.of())))
                .withMessageContaining("cpu_device_count");
    }
}
