package io.kiln.pjrt;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.plugin.PluginInstaller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The header in the plugin's wheel is the contract. */
final class TestHeader {
    private static final Pattern SLOT = Pattern.compile("_PJRT_API_STRUCT_FIELD\\((PJRT_\\w+)\\);");

    private static String header() throws IOException {
        Path library = PluginInstaller.install("cpu", System.err::println).path();
        return Files.readString(library.resolveSibling("pjrt_c_api.h"));
    }

    @Test
    void slotsFollowTheHeader() throws IOException {
        List<String> slots =
                SLOT.matcher(header()).results().map(m -> m.group(1)).toList();
        assertThat(Arrays.stream(PjrtFunction.values()).map(PjrtFunction::toString))
                .containsExactlyElementsOf(slots)
                .hasSize(118);
        // struct_size, extension_start and the version by value come first.
        assertThat(PjrtFunction.ERROR_DESTROY.offset()).isEqualTo(40);
        assertThat(Arrays.stream(PjrtFunction.values())
                        .mapToInt(PjrtFunction::offset)
                        .max())
                .hasValue(40 + 117 * 8);
    }

    @Test
    void generatedSourcesFollowTheHeader() throws IOException {
        Path sources =
                Path.of(System.getProperty("kiln.repository", "..")).resolve("jit-core/src/main/java/io/kiln/pjrt");
        for (Map.Entry<String, String> file : HeaderGenerator.generate(header()).entrySet()) {
            // The formatter may break lines elsewhere.
            assertThat(Files.readString(sources.resolve(file.getKey())))
                    .as("HeaderGenerator writes %s", file.getKey())
                    .isEqualToIgnoringWhitespace(file.getValue());
        }
    }

    /** Sizes and offsets as gcc 12 lays them out from the same header, written down once. */
    @Test
    void layoutsAreThoseOfACompiler() {
        assertThat(List.of(
                        PjrtStructs.ExecuteOptions.STRUCT_SIZE,
                        PjrtStructs.NamedValue.STRUCT_SIZE,
                        PjrtStructs.ClientBufferFromHostBuffer.STRUCT_SIZE,
                        PjrtStructs.ClientCreate.STRUCT_SIZE,
                        PjrtStructs.DeviceMemoryStats.STRUCT_SIZE))
                .containsExactly(112, 56, 120, 88, 192);
        assertThat(PjrtStructs.ExecuteOptions.NUM_TASKS).isEqualTo(88);
        assertThat(PjrtStructs.ExecuteOptions.NON_DONATABLE_INPUT_INDICES).isEqualTo(56);
        assertThat(PjrtStructs.DeviceMemoryStats.PEAK_POOL_BYTES).isEqualTo(176);
        assertThat(PjrtFunction.COMPILE.offset()).isEqualTo(752);
        assertThat(PjrtFunction.CLIENT_DMA_MAP.offset()).isEqualTo(920);
        assertThat(PjrtStructs.ExecutableSerialize.SERIALIZED_EXECUTABLE_DELETER)
                .isEqualTo(48);
    }
}
