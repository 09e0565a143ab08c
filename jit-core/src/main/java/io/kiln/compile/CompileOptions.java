package io.kiln.compile;

import io.kiln.cache.InstructionSet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a plugin is to compile: one replica, one partition, for whichever device it is loaded on.
 *
 * @param overrides XLA's debug options by name, such as {@code xla_cpu_multi_thread_eigen}; values are Boolean, Long or String
 */
public record CompileOptions(SortedMap<String, Object> overrides) {
    private static final int VARINT = 0;
    private static final int LENGTH = 2;

    // Field numbers of xla/pjrt/proto/compile_options.proto.
    private static final int BUILD_OPTIONS = 3;
    private static final int PORTABLE = 4;
    private static final int OVERRIDES = 7;
    private static final int DEVICE_ORDINAL = 1;
    private static final int REPLICAS = 4;
    private static final int PARTITIONS = 5;

    /** Options; the map is copied. */
    public CompileOptions {
        overrides = Collections.unmodifiableSortedMap(new TreeMap<>(overrides));
    }

    /** Right values and otherwise the plugin's defaults: an execution may use all cores. */
    public static CompileOptions standard() {
        return of(true);
    }

    /** Executions on all cores, or on one thread each: better where as many tasks as cores execute at once. */
    public static CompileOptions of(boolean threads) {
        SortedMap<String, Object> overrides = new TreeMap<>();
        // Without this, the CPU plugin's minimum and maximum lose a NaN: maximum(1, NaN) is 1.
        overrides.put("xla_cpu_enable_fast_min_max", false);
        if (!threads) {
            overrides.put("xla_cpu_multi_thread_eigen", false);
        }
        return new CompileOptions(overrides);
    }

    /** These, with code that uses no instruction newer than {@code newest}; null for all that the compiling processor has. */
    public CompileOptions upTo(@Nullable InstructionSet newest) {
        SortedMap<String, Object> limited = new TreeMap<>(overrides);
        limited.remove(InstructionSet.OPTION);
        if (newest != null) {
            limited.put(InstructionSet.OPTION, newest.name());
        }
        return new CompileOptions(limited);
    }

    /** The instruction set that the code is limited to, or null. */
    public @Nullable InstructionSet instructionSet() {
        Object name = overrides.get(InstructionSet.OPTION);
        return name == null ? null : InstructionSet.parse(name.toString());
    }

    /**
     * The bytes of {@code CompileOptionsProto}. XLA's debug options are given as overrides only: a {@code debug_options} message would
     * replace all of its defaults.
     */
    public byte[] bytes() {
        ByteArrayOutputStream build = new ByteArrayOutputStream();
        varint(build, DEVICE_ORDINAL, -1);
        varint(build, REPLICAS, 1);
        varint(build, PARTITIONS, 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bytes(out, BUILD_OPTIONS, build.toByteArray());
        varint(out, PORTABLE, 1);
        for (Map.Entry<String, Object> override : overrides.entrySet()) {
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            switch (override.getValue()) {
                case String text -> bytes(value, 1, text.getBytes(StandardCharsets.UTF_8));
                case Boolean flag -> varint(value, 2, flag ? 1 : 0);
                case Long number -> varint(value, 3, number);
                default ->
                    throw new IllegalArgumentException(
                            "writing the compile option %s: a Boolean, Long or String is required, got %s"
                                    .formatted(override.getKey(), override.getValue()));
            }
            ByteArrayOutputStream entry = new ByteArrayOutputStream();
            bytes(entry, 1, override.getKey().getBytes(StandardCharsets.UTF_8));
            bytes(entry, 2, value.toByteArray());
            bytes(out, OVERRIDES, entry.toByteArray());
        }
        return out.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, int field, long value) {
        out.write(field << 3 | VARINT);
        varint(out, value);
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] content) {
        out.write(field << 3 | LENGTH);
        varint(out, content.length);
        out.writeBytes(content);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
