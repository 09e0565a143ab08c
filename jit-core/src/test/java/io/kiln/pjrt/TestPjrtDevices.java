package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.compile.CompileOptions;
import io.kiln.plugin.PluginFinder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several devices of one client, and plugins with shorter and longer function tables than the header's. */
@Timeout(120)
final class TestPjrtDevices {
    private static final byte[] OPTIONS = CompileOptions.of(false).bytes();
    private static final byte[] TWICE = """
        module @twice {
          func.func public @main(%a: tensor<4xf32>) -> tensor<4xf32> {
            %0 = stablehlo.add %a, %a : tensor<4xf32>
            return %0 : tensor<4xf32>
          }
        }
        """.getBytes(StandardCharsets.UTF_8);

    private final PjrtPlugin plugin =
            PluginFinder.find("cpu", true, System.err::println).load();

    /** Other tests of this process left arrays to the garbage collector, which may free some of them meanwhile. */
    private final long before = PjrtHandles.live();

    @AfterEach
    void nothingIsLeft() {
        assertThat(PjrtHandles.live()).isLessThanOrEqualTo(before);
    }

    private static PjrtBuffer ones(PjrtDevice device, Arena arena) {
        MemorySegment data = arena.allocateFrom(JAVA_FLOAT, 1, 1, 1, 1);
        return device.client().bufferFromHost(device, data, PjrtType.F32.code(), new long[] {4}, false);
    }

    private static void runsOn(PjrtExecutable executable, PjrtDevice device) {
        try (Arena arena = Arena.ofConfined();
                PjrtBuffer in = ones(device, arena);
                PjrtBuffer out = executable.execute(in)[0]) {
            assertThat(out.device()).isSameAs(device);
            MemorySegment result = arena.allocate(16, 64);
            out.toHost(result);
            assertThat(result.toArray(JAVA_FLOAT)).containsExactly(2, 2, 2, 2);
        }
    }

    @Test
    void oneExecutableRunsOnEachDeviceAlsoWhenItWasLoadedFromItsBytes() {
        try (PjrtClient client = plugin.createClient(Map.of("cpu_device_count", 2L));
                PjrtExecutable compiled = client.compile(TWICE, OPTIONS);
                PjrtExecutable loaded = client.load(compiled.serialize(), OPTIONS)) {
            assertThat(client.devices())
                    .hasSize(2)
                    .extracting(PjrtDevice::hardwareId)
                    .containsExactly(0, 1);
            for (PjrtDevice device : client.devices()) {
                runsOn(compiled, device);
                runsOn(loaded, device);
            }
        }
    }

    @Test
    void inputsOfAnotherDeviceOrClientNeverReachThePlugin() {
        try (PjrtClient client = plugin.createClient(Map.of("cpu_device_count", 2L));
                PjrtClient other = plugin.createClient(Map.of("cpu_device_count", 1L));
                PjrtExecutable twice = client.compile(TWICE, OPTIONS);
                Arena arena = Arena.ofConfined();
                PjrtBuffer first = ones(client.devices().get(0), arena);
                PjrtBuffer foreign = ones(other.devices().get(0), arena)) {
            assertThatThrownBy(() -> twice.executeOn(client.devices().get(1), first))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("running a program on device 1")
                    .hasMessageContaining("got one on device 0");
            assertThatThrownBy(() -> twice.execute(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a device of the same client is required");
        }
    }

    /** The real plugin's functions in a table of another size and version. */
    private PjrtApi table(Arena arena, int minor, long size) {
        MemorySegment real = plugin.api().table();
        MemorySegment copy = arena.allocate(size, 8);
        copy.copyFrom(real.asSlice(0, Math.min(size, real.byteSize())));
        for (long at = real.byteSize(); at < size; at += 8) {
            copy.set(ADDRESS, at, MemorySegment.ofAddress(0xdead)); // functions that this version of Kiln does not know
        }
        copy.set(JAVA_LONG, 0, size);
        copy.set(JAVA_INT, 36, minor);
        return PjrtApi.of(copy, "a test");
    }

    private void works(PjrtApi api) {
        try (PjrtClient client = PjrtClient.create(plugin, api, Map.of("cpu_device_count", 1L));
                PjrtExecutable twice = client.compile(TWICE, OPTIONS)) {
            runsOn(twice, client.devices().get(0));
        }
    }

    @Test
    void aPluginOfTheOldestApiWorksAndLacksWhatIsNewer() {
        try (Arena arena = Arena.ofConfined()) {
            long end = PjrtFunction.CLIENT_DMA_MAP.offset();
            PjrtApi oldest = table(arena, PjrtApi.LEAST_MINOR, end);
            works(oldest);
            assertThat(oldest.has(PjrtFunction.CLIENT_DMA_MAP)).isFalse();
            assertThatThrownBy(() -> oldest.call(PjrtFunction.CLIENT_DMA_MAP, PjrtArgs.of(arena, 8)))
                    .isInstanceOf(PjrtException.class)
                    .hasMessageContaining("not in this plugin");
        }
    }

    @Test
    void aNewerPluginWithALongerTableWorks() {
        try (Arena arena = Arena.ofConfined()) {
            works(table(arena, 200, plugin.api().table().byteSize() + 512));
        }
    }
}
