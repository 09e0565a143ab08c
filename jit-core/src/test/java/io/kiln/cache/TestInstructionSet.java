package io.kiln.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestInstructionSet {
    private static final HostRecord NEW = new HostRecord(
            "amd64",
            List.of(
                    "sse2",
                    "sse4_2",
                    "popcnt",
                    "avx",
                    "f16c",
                    "avx2",
                    "fma",
                    "bmi2",
                    "avx512f",
                    "avx512_vnni",
                    "avx512_bf16",
                    "amx_tile",
                    "gfni",
                    "vaes",
                    "constant_tsc",
                    "hypervisor"));
    private static final HostRecord OLD =
            new HostRecord("amd64", List.of("sse2", "sse4_2", "popcnt", "avx", "f16c", "avx2", "fma", "bmi2", "pti"));

    @Test
    void codeNeedsWhatTheSetLeavesIn() {
        assertThat(InstructionSet.SSE4_2.needs(NEW).features())
                .containsExactly("bmi2", "gfni", "popcnt", "sse2", "sse4_2");
        assertThat(InstructionSet.AVX.needs(NEW).features())
                .contains("avx", "f16c")
                .doesNotContain("avx2", "fma");
        assertThat(InstructionSet.AVX2.needs(NEW).features())
                .containsExactly("avx", "avx2", "bmi2", "f16c", "fma", "gfni", "popcnt", "sse2", "sse4_2");
        assertThat(InstructionSet.AVX512.needs(NEW).features())
                .contains("avx512f")
                .doesNotContain("avx512_vnni", "avx512_bf16", "amx_tile");
        assertThat(InstructionSet.NEON
                        .needs(new HostRecord("aarch64", List.of("asimd", "atomics", "sve", "sve2", "svebf16")))
                        .features())
                .containsExactly("asimd", "atomics", "svebf16");
    }

    /** The old machine's code runs on the new one; the new one's has an instruction that the set does not leave out. */
    @Test
    void unlikeMachinesRunEachOthersCodeUnlessOneLacksAnInstruction() {
        HostRecord byOld = InstructionSet.AVX2.needs(OLD);
        HostRecord byNew = InstructionSet.AVX2.needs(NEW);

        assertThat(NEW.runs(byOld)).isTrue();
        assertThat(OLD.lacks(byNew)).containsExactly("gfni");
        assertThat(OLD.lacks(NEW)).contains("avx512f");
    }

    @Test
    void aNameThatXlaWouldIgnoreIsAUsageError() {
        assertThat(InstructionSet.parse("AVX2")).isEqualTo(InstructionSet.AVX2);
        for (String wrong : List.of("avx2", "AVX-512", "", "host")) {
            assertThatThrownBy(() -> InstructionSet.parse(wrong))
                    .isInstanceOfSatisfying(
                            KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USAGE))
                    .hasMessageContaining("SSE4_2, AVX, AVX2, AVX512, NEON");
        }
    }

    @Test
    void anotherArchitectureIsAnErrorOfTheEnvironment() {
        assertThatThrownBy(() -> InstructionSet.NEON.needs(OLD))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT))
                .hasMessageContaining("a processor of aarch64 is required, got one of amd64");
    }
}
