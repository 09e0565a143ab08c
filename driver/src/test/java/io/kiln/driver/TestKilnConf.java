package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.cache.InstructionSet;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestKilnConf {
    @Test
    void nothingSetIsTheDefaults() {
        assertThat(KilnConf.of(new SparkConf(false)))
                .isEqualTo(new KilnConf(null, true, 0, false, 0, null, false, null, true));
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
        assertThat(KilnConf.of(conf))
                .isEqualTo(new KilnConf("/p.so", false, 77, true, 3, InstructionSet.AVX2, true, "/c", false));
        assertThat(KilnConf.settings()).hasSize(9).allSatisfy(setting -> {
            assertThat(conf.contains(setting.key())).isTrue();
            assertThat(setting.doc()).endsWith(".");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "spark.kiln.batchRows,none",
        "spark.kiln.batchRows,0",
        "spark.kiln.threads,maybe",
        "spark.kiln.executions,-1",
        "spark.kiln.cache.trust,all",
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
