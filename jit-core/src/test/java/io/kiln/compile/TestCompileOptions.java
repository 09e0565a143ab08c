package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The bytes of CompileOptionsProto, by the protocol buffers encoding. */
final class TestCompileOptions {
    /** executable_build_options {device_ordinal: -1, num_replicas: 1, num_partitions: 1}, compile_portable_executable: true. */
    private static final String STANDARD = "1a0f" + "08ffffffffffffffffff01" + "2001" + "2801" + "2001";

    private static final String KEEP_NAN = "3a21" + "0a1b" + hex("xla_cpu_enable_fast_min_max") + "1202" + "1000";

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theStandardOptionsKeepNanAndSayNothingElse() {
        assertThat(HexFormat.of().formatHex(CompileOptions.standard().bytes())).isEqualTo(STANDARD + KEEP_NAN);
    }

    @Test
    void oneThreadIsAnOverrideOfXla() {
        String name = hex("xla_cpu_multi_thread_eigen");
        assertThat(HexFormat.of().formatHex(CompileOptions.of(false).bytes()))
                .isEqualTo(STANDARD + KEEP_NAN + "3a20" + "0a1a" + name + "1202" + "1000");
    }

    @Test
    void overridesOfEveryTypeAreSortedByName() {
        byte[] bytes = new CompileOptions(new TreeMap<>(Map.of("b", "xy", "a", 300L, "c", true))).bytes();
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(STANDARD + "3a08" + "0a0161" + "1203" + "18ac02" + "3a09" + "0a0162" + "1204" + "0a027879"
                        + "3a07" + "0a0163" + "1202" + "1001");
    }

    @Test
    void anotherTypeOfValueIsNamed() {
        CompileOptions options = new CompileOptions(new TreeMap<>(Map.of("a", List.of())));
        assertThatIllegalArgumentException().isThrownBy(options::bytes).withMessageContaining("compile option a");
    }
}
