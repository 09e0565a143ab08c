package io.kiln.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TestHostRecord {
    private static final HostRecord AVX2 = new HostRecord("amd64", List.of("sse2", "avx2", "fma"));
    private static final HostRecord AVX512 = new HostRecord("amd64", List.of("avx512f", "sse2", "avx2", "fma"));

    @Test
    void aHostRunsWhatNeedsNoMoreThanItHas() {
        assertThat(AVX512.runs(AVX2)).isTrue();
        assertThat(AVX2.runs(AVX2)).isTrue();
        assertThat(AVX2.runs(AVX512)).isFalse();
        assertThat(new HostRecord("aarch64", AVX2.features()).runs(AVX2)).isFalse();
    }

    @Test
    void whatAHostLacksIsNamed() {
        assertThat(AVX2.lacks(AVX512)).containsExactly("avx512f");
        assertThat(AVX512.lacks(AVX2)).isEmpty();
        assertThat(new HostRecord("aarch64", List.of("neon")).lacks(AVX2)).containsExactly("amd64");
    }

    @Test
    void theTextIsCanonical_andReadBack() {
        assertThat(AVX512.text()).isEqualTo("amd64:avx2,avx512f,fma,sse2");
        assertThat(HostRecord.parse(AVX512.text())).isEqualTo(AVX512);
        assertThat(HostRecord.parse("riscv64:")).isEqualTo(new HostRecord("riscv64", List.of()));
        assertThatThrownBy(() -> HostRecord.parse("amd64")).hasMessageContaining("arch:features is required");
    }

    @Test
    void thisHostHasFeatures_andRunsItsOwn() {
        HostRecord host = HostRecord.local();

        assertThat(host.features()).isNotEmpty();
        assertThat(host.runs(HostRecord.parse(host.text()))).isTrue();
    }
}
