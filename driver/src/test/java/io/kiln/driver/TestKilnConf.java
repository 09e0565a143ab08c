package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.cache.InstructionSet;
import io.kiln.cluster.CacheTrust;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.plugin.DeviceConf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestKilnConf {
    /** The public key of RFC 8410's example. */
    private static final String PUBLISHER = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

    @Test
    void nothingSetIsTheDefaults() {
        assertThat(KilnConf.of(new SparkConf(false)))
                .isEqualTo(new KilnConf(
                        null,
                        true,
                        0,
                        false,
                        0,
                        null,
                        false,
                        null,
                        CacheTrust.standard(),
                        null,
                        "kiln",
                        false,
                        "auto",
                        true,
                        DeviceConf.standard()));
    }

    @Test
    void everySettingHasADocAndIsRead() {
        SparkConf conf = new SparkConf(false);
        Map.of(
                        "spark.kiln.plugin", "/p.so",
                        "spark.kiln.plugin.install", "false",
                        "spark.kiln.batchRows", "77",
                        "spark.kiln.threads", "true",
                        "spark.kiln.executions", "3",
                        "spark.kiln.cpu.newest", "AVX2",
                        "spark.kiln.cache.trust", "network",
                        "spark.kiln.cache.dir", "/c",
                        "spark.kiln.offHeapVectors", "false")
                .forEach(conf::set);
        conf.set("spark.kiln.cache.readOnly", "true")
                .set("spark.kiln.cache.encrypt", "true")
                .set("spark.kiln.cache.keyDays", "7")
                .set("spark.kiln.cache.explain", "true")
                .set("spark.kiln.cache.published.dir", "/published")
                .set("spark.kiln.cache.published.trusted", PUBLISHER + ", " + PUBLISHER)
                .set("spark.kiln.cache.published.key", "/publisher.pem")
                .set("spark.kiln.cache.member", "cache-1:5701,[::1]:5702")
                .set("spark.kiln.cache.cluster", "models")
                .set("spark.kiln.quarantine.dir", "none")
                .set("spark.kiln.device.visible", "1,2")
                .set("spark.kiln.device.memoryFraction", "0.5")
                .set("spark.kiln.device.preallocate", "true")
                .set("spark.kiln.device.allocator", "bfc")
                .set("spark.kiln.device.cpuCount", "3");
        DeviceConf device = new DeviceConf(List.of(1, 2), 0.5, true, "bfc", 3);
        CacheTrust trust = new CacheTrust(
                true,
                true,
                Duration.ofDays(7),
                new CacheTrust.Published("/published", true, List.of(PUBLISHER, PUBLISHER), "/publisher.pem"));
        assertThat(KilnConf.of(conf))
                .isEqualTo(new KilnConf(
                        "/p.so",
                        false,
                        77,
                        true,
                        3,
                        InstructionSet.AVX2,
                        true,
                        "/c",
                        trust,
                        "cache-1:5701,[::1]:5702",
                        "models",
                        true,
                        null,
                        false,
                        device));
        assertThat(KilnConf.settings()).hasSize(24).allSatisfy(setting -> {
            assertThat(conf.contains(setting.key())).isTrue();
            assertThat(setting.doc()).endsWith(".");
        });
    }

    @Test
    void aPublisherThatIsNoKeyIsAUsageError() {
        SparkConf conf = new SparkConf(false)
                .set("spark.kiln.cache.published.dir", "/published")
                .set("spark.kiln.cache.published.trusted", "bm8=");
        assertThatThrownBy(() -> KilnConf.of(conf))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USAGE))
                .hasMessageContaining("an Ed25519 public key in Base64 is required, got bm8=");
    }

    @ParameterizedTest
    @CsvSource({
        "spark.kiln.batchRows,none",
        "spark.kiln.batchRows,0",
        "spark.kiln.threads,maybe",
        "spark.kiln.executions,-1",
        "spark.kiln.cache.trust,all",
        "spark.kiln.cache.keyDays,0",
        "spark.kiln.cache.published.dir,/published",
        "spark.kiln.cache.published.trusted,bm8=",
        "spark.kiln.cache.member,cache-1:5701",
        "spark.kiln.cache.member,cache-1",
        "spark.kiln.cpu.newest,avx2",
        "spark.kiln.batchrows,4"
    })
    void aValueOrKeyThatIsNoneIsAUsageError(String key, String value) {
        assertThatThrownBy(() -> KilnConf.of(new SparkConf(false).set(key, value)))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USAGE))
                .hasMessageContaining(key);
    }
}
