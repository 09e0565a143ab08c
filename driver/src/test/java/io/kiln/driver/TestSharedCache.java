package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class TestSharedCache {
    private static SparkConf channel() {
        return new SparkConf(false)
                .set("spark.authenticate", "true")
                .set("spark.network.crypto.enabled", "true")
                .set("spark.network.crypto.cipher", "AES/GCM/NoPadding")
                .set("spark.network.crypto.authEngineVersion", "2")
                .set("spark.network.crypto.saslFallback", "false");
    }

    @Test
    void theKeyTravelsOnlyOverTheChannelThatTheDesignNames() {
        assertThat(SharedCache.missing(channel())).isEmpty();
        assertThat(SharedCache.missing(new SparkConf(false))).hasSize(5);
    }

    @Test
    void sparksOwnDefaultsOfAnySettingAreNotEnough() {
        for (String key : new String[] {
            "spark.authenticate",
            "spark.network.crypto.enabled",
            "spark.network.crypto.cipher",
            "spark.network.crypto.authEngineVersion",
            "spark.network.crypto.saslFallback"
        }) {
            assertThat(SharedCache.missing(channel().remove(key)))
                    .singleElement()
                    .asString()
                    .startsWith(key + "=");
        }
        assertThat(SharedCache.missing(channel().set("spark.network.crypto.cipher", "AES/CTR/NoPadding")))
                .containsExactly("spark.network.crypto.cipher=AES/GCM/NoPadding");
        assertThat(SharedCache.missing(channel().set("spark.network.crypto.saslFallback", "true")))
                .hasSize(1);
    }

    @Test
    void theSettingsThatTasksCarryHoldTheAddressAndNoSecret() {
        KilnConf conf = KilnConf.of(new SparkConf(false).set("spark.kiln.cache.dir", "/c"));
        var cache = new SharedCache("127.0.0.1:1", "kiln-1", Optional.empty(), null)
                .workerConf(conf)
                .cache();
        assertThat(cache.address()).isEqualTo("127.0.0.1:1");
        assertThat(cache.diskFolder()).isEqualTo("/c");
        assertThat(cache.trust()).isEqualTo(conf.cacheTrust());
        assertThat(cache.explains()).isFalse();
        assertThat(SharedCache.none(Optional.empty()).workerConf(conf).cache().address())
                .isNull();
        assertThat(SharedCache.none(Optional.empty())
                        .workerConf(KilnConf.of(new SparkConf(false).set("spark.kiln.cache.dir", "none")))
                        .cache()
                        .diskFolder())
                .isNull();
    }

    @Test
    void aNamedMemberIsSharedThroughByEveryApplication_alsoWithoutThePlugin() {
        KilnConf conf = KilnConf.of(new SparkConf(false)
                .set("spark.kiln.cache.member", "127.0.0.1:5701")
                .set(
                        "spark.kiln.cache.published.trusted",
                        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="));
        var cache = SharedCache.named(conf).orElseThrow().workerConf(conf).cache();
        assertThat(cache.address()).isEqualTo("127.0.0.1:5701");
        assertThat(cache.clusterName()).isEqualTo("kiln");
        assertThat(cache.trust().published().member()).isTrue();
        assertThat(cache.trust().published().folder()).isNull();
        assertThat(SharedCache.named(KilnConf.of(new SparkConf(false)))).isEmpty();
    }

    @Test
    void localModeSharesNothingAndSaysNothing() {
        assertThat(LocalSpark.kiln().workerConf().cache().address()).isNull();
        assertThat(SharedCache.of(LocalSpark.session().sparkContext()).note()).isEmpty();
    }
}
