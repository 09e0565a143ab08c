package io.kiln.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TestCacheKey {
    @Test
    void theHashIsOverLengthsNamesAndContents() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (String[] entry : new String[][] {{"program", "module @m"}, {"größe", "7"}}) {
            byte[] name = entry[0].getBytes(StandardCharsets.UTF_8);
            byte[] content = entry[1].getBytes(StandardCharsets.UTF_8);
            out.writeInt(name.length);
            out.writeLong(content.length);
            out.write(name);
            out.write(content);
        }
        String expected =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));

        CacheKey key =
                CacheKey.builder().add("program", "module @m").add("größe", "7").build();

        assertThat(key.hex()).isEqualTo(expected);
        assertThat(HexFormat.of().formatHex(key.bytes())).isEqualTo(expected);
        assertThat(key.describe()).containsExactly("program: module @m", "größe: 7");
    }

    @Test
    void whereOneEntryEndsAndTheNextBeginsCounts() {
        Set<String> keys = new HashSet<>();
        keys.add(CacheKey.builder().add("a", "bc").build().hex());
        keys.add(CacheKey.builder().add("ab", "c").build().hex());
        keys.add(CacheKey.builder().add("a", "b").add("c", "").build().hex());
        keys.add(CacheKey.builder().add("a", "").add("b", "c").build().hex());
        keys.add(CacheKey.builder().add("b", "c").add("a", "").build().hex());
        keys.add(CacheKey.builder().build().hex());

        assertThat(keys).hasSize(6);
    }

    @Test
    void keysAreEqualByHashAlone() {
        CacheKey key = CacheKey.builder().add("a", "b").build();

        assertThat(new CacheKey(key.hex(), List.of("seen elsewhere")))
                .isEqualTo(key)
                .hasSameHashCodeAs(key);
    }

    @Test
    void longOrBinaryContentIsDescribedByLengthAndHash() {
        List<String> lines = CacheKey.builder()
                .add("program", "x".repeat(5000))
                .add("options", new byte[] {0, 1, 2})
                .build()
                .describe();

        assertThat(lines.get(0)).matches("program: 5000 bytes, sha256 [0-9a-f]{12}");
        assertThat(lines.get(1)).matches("options: 3 bytes, sha256 [0-9a-f]{12}");
    }

    @Test
    void aNameTwiceIsAnError() {
        assertThatThrownBy(() -> CacheKey.builder().add("a", "b").add("a", "c"))
                .hasMessage("making a cache key: one entry a name is required, got a second a");
    }

    @Test
    void onlyLowerCaseHexadecimalIsAKey() {
        assertThatThrownBy(() -> new CacheKey("../../etc/passwd", List.of()))
                .hasMessageContaining("64 lower-case hexadecimal digits");
        assertThatThrownBy(() -> new CacheKey("A".repeat(64), List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theDifferenceNamesTheEntriesThatDiffer() {
        CacheKey a = CacheKey.builder()
                .add("platform", "cpu: x86")
                .add("options", "1")
                .add("flags", "")
                .build();
        CacheKey b = CacheKey.builder()
                .add("platform", "cpu: arm")
                .add("options", "1")
                .add("host", "h")
                .build();

        assertThat(a.difference(a)).isEmpty();
        assertThat(a.difference(b))
                .containsExactly("platform: cpu: x86, was cpu: arm", "flags: , was absent", "host: absent, was h");
    }
}
