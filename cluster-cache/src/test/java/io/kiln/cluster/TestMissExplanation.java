package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.HostRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TestMissExplanation {
    private static final String HOST = "amd64:avx,avx2,bmi1,bmi2,f16c,fma,popcnt,sse2";

    private static CacheKey key(String program, String plugin, String host) {
        return CacheKey.builder()
                .add("stablehlo", program)
                .add("plugin sha256", plugin)
                .add("host", host)
                .build();
    }

    @Test
    void theNearestKeyIsTheOneWithTheFewestDifferences_theLatestOfSeveral() {
        CacheKey sameProgram = key("f", "p", HOST);
        CacheKey other = key("g", "q", HOST + ",xop");
        MissExplanation misses = new MissExplanation(() -> List.of(other, sameProgram));

        CacheKey missed = key("f", "q", HOST);

        assertThat(misses.missed(missed))
                .isEqualTo("cache miss: executable " + missed + " is in no tier; the nearest, " + sameProgram
                        + ", differs in\n  plugin sha256: q, was p");
        CacheKey next = key("f", "r", HOST);
        assertThat(misses.missed(next)).contains("the nearest, " + missed, "plugin sha256: r, was q");
    }

    @Test
    void featuresOfAProcessorAreComparedOneByOne() {
        MissExplanation misses = new MissExplanation(() -> List.of(key("f", "p", HOST + ",sse4a")));

        assertThat(misses.missed(key("f", "p", HOST + ",avx512f,avx512bw")))
                .endsWith("differs in\n  host: with avx512f avx512bw, without sse4a");
    }

    @Test
    void withoutAnotherKeyThereIsNothingToCompareWith_andAKnownKeyIsSaidToBe() {
        MissExplanation misses = new MissExplanation(List::of);
        CacheKey first = key("f", "p", HOST);

        assertThat(misses.missed(first)).endsWith("there is no other to compare it with");
        misses.found(first);
        assertThat(misses.missed(first)).endsWith("it was, and its entry was refused or dropped");
    }

    @Test
    void manyKeysAreForgottenOldestFirst_andTheDiskIsAskedOnce() {
        AtomicInteger asked = new AtomicInteger();
        MissExplanation misses = new MissExplanation(() -> {
            asked.incrementAndGet();
            return List.of(key("f", "p", HOST));
        });
        for (int i = 0; i < 300; i++) {
            misses.missed(key("g", "q" + i, "arm"));
        }

        assertThat(misses.missed(key("f", "r", HOST))).doesNotContain("was p");
        assertThat(asked).hasValue(1);
    }

    /** A process that compiles what an earlier one, with another plugin, left on the disk. */
    @Test
    void theNextProcessIsToldWhatChanged() throws Exception {
        Path folder = Fixtures.folder();
        CacheConf conf = CacheConf.standard().withDisk(folder.toString());
        CacheKey before = key("f", "p", HOST);
        CacheKey now = key("f", "q", HOST);
        // By another plugin on a larger processor, so that nothing of it may be loaded here.
        HostRecord larger = new HostRecord("amd64", List.of("avx512f", "sse2"));
        try (ExecutableCache first = TieredExecutableCache.open(conf, Fixtures.target("cd".repeat(32), larger), null)) {
            first.get(key("unlike", "x", "arm"), () -> new byte[] {1});
            first.get(before, () -> new byte[] {1});
        }

        assertThat(logged(conf, now)).isEmpty();
        Files.delete(folder.resolve("v3").resolve(now.hex()));
        Files.write(folder.resolve("v3").resolve("0".repeat(64)), new byte[] {1});
        assertThat(logged(conf.withExplanations(true), now))
                .singleElement()
                .asString()
                .contains("the nearest, " + before, "\n  plugin sha256: q, was p")
                .doesNotContain("stablehlo");
        assertThat(logged(conf.withExplanations(true), now)).isEmpty();
    }

    private static List<String> logged(CacheConf conf, CacheKey key) {
        try (CacheLog log = new CacheLog();
                ExecutableCache cache = TieredExecutableCache.open(conf, Fixtures.TARGET, null)) {
            cache.get(key, () -> new byte[] {2});
            return log.lines();
        }
    }
}
