package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.error.KilnException;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Kiln with Hazelcast's jar left out, as an operator may: the other tiers serve. */
final class TestWithoutHazelcast {
    @Test
    void theOtherTiersServe_andOneMessageSaysSo() throws Exception {
        assertThat(withoutHazelcast(Serves.class)).isEqualTo("compile disk {hazelcast=1}");
    }

    @Test
    void aMemberIsAnErrorOfTheEnvironment() throws Exception {
        assertThat(withoutHazelcast(StartsMember.class))
                .startsWith("ENVIRONMENT starting the shared executable cache on 127.0.0.1");
    }

    @Test
    void theKeyIsInNoText() throws Exception {
        String secret = HexFormat.of().formatHex(Fixtures.SECRET);
        CacheConf conf = CacheConf.standard().withDisk(Fixtures.folder().toString());
        try (TieredExecutableCache cache = Fixtures.open(conf)) {
            assertThat(cache.toString() + conf + cache.stats())
                    .doesNotContain(secret)
                    .contains("disk");
        }
    }

    private static String withoutHazelcast(Class<? extends Callable<String>> work) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!element.contains("hazelcast") && !element.isEmpty()) {
                URI uri = Path.of(element).toUri();
                urls.add(uri.toURL());
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> apart = loader.loadClass(work.getName());
            assertThat(apart).isNotEqualTo(work);
            var constructor = apart.getDeclaredConstructor();
            constructor.setAccessible(true);
            return String.valueOf(((Callable<?>) constructor.newInstance()).call());
        }
    }

    /** Runs without Hazelcast's classes. */
    static final class Serves implements Callable<String> {
        @Override
        public String call() throws Exception {
            CacheConf conf =
                    CacheConf.standard().withDisk(Fixtures.folder().toString()).withShared("127.0.0.1:5701", "any");
            CacheKey key = Fixtures.key("alone");
            try (ExecutableCache cache = Fixtures.open(conf)) {
                String first = cache.get(key, key::bytes).tier();
                String second = cache.get(key, key::bytes).tier();
                CacheStats stats = cache.stats();
                return first + " " + second + " " + stats.faults();
            }
        }
    }

    /** Runs without Hazelcast's classes. */
    static final class StartsMember implements Callable<String> {
        @Override
        public String call() {
            try (CacheMember member = CacheMember.start("127.0.0.1")) {
                return "started " + member;
            } catch (KilnException e) {
                return e.category() + " " + e.problem();
            }
        }
    }
}
