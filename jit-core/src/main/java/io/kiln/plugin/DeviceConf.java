package io.kiln.plugin;

import io.kiln.error.KilnException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a client makes of its devices.
 *
 * @param visible the devices to use, by their number on the machine; empty for all
 * @param memoryFraction the part of a GPU's memory that this process may take, above 0 and at most 1
 * @param preallocate whether that part is taken at once, or as it is needed
 * @param allocator how a GPU's memory is handed out: {@code default}, {@code bfc}, {@code cuda_async} or {@code platform}
 * @param cpuCount how many devices a CPU is; more than one is for trying out what several GPUs do
 */
public record DeviceConf(
        List<Integer> visible, double memoryFraction, boolean preallocate, String allocator, int cpuCount)
        implements Serializable {
    /** One setting: the last part of its key, what holds when it is not set, and what it does. */
    public record Setting(String key, @Nullable String byDefault, String doc) {}

    private static final Setting VISIBLE = new Setting(
            "visible",
            null,
            "Which devices to use, numbers by commas. Not set: those that Spark assigns, else all of the machine.");
    private static final Setting MEMORY_FRACTION = new Setting(
            "memoryFraction", "0.75", "The part of a GPU's memory that a process may take, above 0 and at most 1.");
    private static final Setting PREALLOCATE = new Setting(
            "preallocate",
            "false",
            "Whether that part of a GPU's memory is taken at once; off, processes can share it.");
    private static final Setting ALLOCATOR = new Setting(
            "allocator", "default", "How a GPU's memory is handed out: default, bfc, cuda_async or platform.");
    private static final Setting CPU_COUNT = new Setting(
            "cpuCount", "1", "How many devices a CPU is; more than one is for trying out what several GPUs do.");
    private static final List<String> ALLOCATORS = List.of("default", "bfc", "cuda_async", "platform");
    private static final int MOST = 1024;

    /** A configuration; the list is copied. */
    public DeviceConf {
        visible = List.copyOf(visible);
    }

    /** All settings. */
    public static List<Setting> settings() {
        return List.of(VISIBLE, MEMORY_FRACTION, PREALLOCATE, ALLOCATOR, CPU_COUNT);
    }

    /** What holds when nothing is set. */
    public static DeviceConf standard() {
        return of("", key -> null);
    }

    /**
     * The configuration that {@code conf} says.
     *
     * @param prefix what stands before the keys of the settings, such as {@code kiln.device.}
     * @param conf a key's value, null where there is none
     * @throws KilnException USAGE for a value that is none
     */
    public static DeviceConf of(String prefix, Function<String, @Nullable String> conf) {
        Values values = new Values(prefix, conf);
        String allocator = values.text(ALLOCATOR);
        if (!ALLOCATORS.contains(allocator)) {
            throw values.bad(ALLOCATOR, "one of " + String.join(", ", ALLOCATORS), allocator);
        }
        return new DeviceConf(
                values.numbers(VISIBLE),
                values.fraction(MEMORY_FRACTION),
                values.flag(PREALLOCATE),
                allocator,
                values.number(CPU_COUNT, values.text(CPU_COUNT), 1));
    }

    /** This configuration with other devices. */
    public DeviceConf withVisible(List<Integer> devices) {
        return new DeviceConf(devices, memoryFraction, preallocate, allocator, cpuCount);
    }

    /** The create options for a platform's plugin: a plugin may refuse a name that it does not know, so each gets its own only. */
    Map<String, Object> createOptions(String platform) {
        Map<String, Object> options = new TreeMap<>();
        switch (platform) {
            case PluginName.CPU -> options.put("cpu_device_count", (long) cpuCount);
            case PluginName.CUDA -> {
                options.put("memory_fraction", (float) memoryFraction);
                options.put("preallocate", preallocate);
                options.put("allocator", allocator);
                if (!visible.isEmpty()) {
                    options.put(
                            "visible_devices",
                            visible.stream().mapToLong(Integer::longValue).toArray());
                }
            }
            default -> {
                // Nothing is known of what the plugin knows.
            }
        }
        return options;
    }

    /** The values of settings, read and checked. */
    private record Values(String prefix, Function<String, @Nullable String> conf) {
        private String text(Setting setting) {
            String value = conf.apply(prefix + setting.key());
            String byDefault = setting.byDefault();
            return value == null || value.isBlank() ? byDefault == null ? "" : byDefault : value.strip();
        }

        private List<Integer> numbers(Setting setting) {
            return Stream.of(text(setting).split(",", -1))
                    .filter(part -> !part.isBlank())
                    .map(part -> number(setting, part.strip(), 0))
                    .distinct()
                    .toList();
        }

        private int number(Setting setting, String text, int least) {
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= MOST) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below with the value
            }
            throw bad(setting, "whole numbers from " + least + " to " + MOST, text);
        }

        private double fraction(Setting setting) {
            try {
                double fraction = Double.parseDouble(text(setting));
                if (fraction > 0 && fraction <= 1) {
                    return fraction;
                }
            } catch (NumberFormatException e) {
                // said below with the value
            }
            throw bad(setting, "a number above 0 and at most 1", text(setting));
        }

        private boolean flag(Setting setting) {
            return switch (text(setting)) {
                case "true" -> true;
                case "false" -> false;
                default -> throw bad(setting, "true or false", text(setting));
            };
        }

        private KilnException bad(Setting setting, String required, String got) {
            return KilnException.usage(
                    "reading %s%s: required %s, got %s".formatted(prefix, setting.key(), required, got),
                    setting.byDefault() == null
                            ? "leave it out, or set it to a value such as 0,1"
                            : "set it to a value such as " + setting.byDefault());
        }
    }
}
