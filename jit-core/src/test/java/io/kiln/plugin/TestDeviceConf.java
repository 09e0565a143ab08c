package io.kiln.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestDeviceConf {
    private static DeviceConf of(Map<String, String> settings) {
        return DeviceConf.of("kiln.device.", settings::get);
    }

    /** A GPU's plugin refuses a name that it does not know, so each platform gets its own only. */
    @Test
    void eachPlatformGetsTheOptionsThatItsPluginKnows() {
        DeviceConf conf = of(Map.of(
                "kiln.device.visible", "1, 3",
                "kiln.device.memoryFraction", "0.25",
                "kiln.device.preallocate", "true",
                "kiln.device.allocator", "cuda_async",
                "kiln.device.cpuCount", "2"));
        assertThat(conf.createOptions("cpu")).isEqualTo(Map.of("cpu_device_count", 2L));
        Map<String, Object> cuda = new HashMap<>(conf.createOptions("cuda"));
        assertThat((long[]) cuda.remove("visible_devices")).containsExactly(1, 3);
        assertThat(cuda).isEqualTo(Map.of("memory_fraction", 0.25f, "preallocate", true, "allocator", "cuda_async"));
        assertThat(conf.createOptions("")).isEmpty();
        assertThat(conf.createOptions("tpu")).isEmpty();
    }

    @Test
    void memoryOfAGpuIsSaidAlways() {
        assertThat(DeviceConf.standard().createOptions("cuda"))
                .isEqualTo(Map.of("memory_fraction", 0.75f, "preallocate", false, "allocator", "default"));
        assertThat(DeviceConf.standard().withVisible(List.of(2)).createOptions("cuda"))
                .containsKey("visible_devices");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "visible       | gpu0 | whole numbers from 0 to 1024",
                "visible       | -1   | whole numbers from 0 to 1024",
                "memoryFraction| 0    | a number above 0 and at most 1",
                "memoryFraction| 1.5  | a number above 0 and at most 1",
                "memoryFraction| NaN  | a number above 0 and at most 1",
                "preallocate   | yes  | true or false",
                "allocator     | tcmalloc | one of default, bfc, cuda_async, platform",
                "cpuCount      | 0    | whole numbers from 1 to 1024"
            })
    void badValuesAreNamed(String key, String value, String required) {
        assertThatThrownBy(() -> of(Map.of("kiln.device." + key, value)))
                .isInstanceOfSatisfying(KilnException.class, e -> {
                    assertThat(e.category()).isEqualTo(ErrorCategory.USAGE);
                    assertThat(e.problem())
                            .isEqualTo("reading kiln.device.%s: required %s, got %s".formatted(key, required, value));
                });
    }
}
