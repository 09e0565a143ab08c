package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.kiln.pjrt.PjrtStructs.NamedValue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Maps as the C API has them: arrays of {@code PJRT_NamedValue}. */
final class PjrtNamedValues {
    private PjrtNamedValues() {}

    /** An array of the entries of {@code values}, exactly as wide as the header says: a plugin steps through it by that width. */
    static MemorySegment write(Arena arena, Map<String, ?> values) {
        MemorySegment array = arena.allocate(Math.max(1, (long) NamedValue.STRUCT_SIZE * values.size()), 8);
        long at = 0;
        for (Map.Entry<String, ?> entry : new TreeMap<>(values).entrySet()) {
            MemorySegment item = array.asSlice(at, NamedValue.STRUCT_SIZE);
            byte[] name = entry.getKey().getBytes(StandardCharsets.UTF_8);
            item.set(JAVA_LONG, 0, NamedValue.STRUCT_SIZE);
            item.set(ADDRESS, NamedValue.NAME, arena.allocateFrom(entry.getKey()));
            item.set(JAVA_LONG, NamedValue.NAME_SIZE, name.length);
            item.set(JAVA_LONG, NamedValue.VALUE_SIZE, 1);
            writeValue(arena, item, entry.getKey(), entry.getValue());
            at += NamedValue.STRUCT_SIZE;
        }
        return array;
    }

    private static void writeValue(Arena arena, MemorySegment item, String name, Object value) {
        switch (value) {
            case String text -> {
                item.set(JAVA_INT, NamedValue.TYPE, PjrtStructs.VALUE_STRING);
                item.set(ADDRESS, NamedValue.STRING_VALUE, arena.allocateFrom(text));
                item.set(JAVA_LONG, NamedValue.VALUE_SIZE, text.getBytes(StandardCharsets.UTF_8).length);
            }
            case Boolean flag -> {
                item.set(JAVA_INT, NamedValue.TYPE, PjrtStructs.VALUE_BOOL);
                item.set(JAVA_BYTE, NamedValue.BOOL_VALUE, (byte) (flag ? 1 : 0));
            }
            case Float number -> {
                item.set(JAVA_INT, NamedValue.TYPE, PjrtStructs.VALUE_FLOAT);
                item.set(JAVA_FLOAT, NamedValue.FLOAT_VALUE, number);
            }
            case Integer number -> writeLong(item, number);
            case Long number -> writeLong(item, number);
            case long[] numbers -> {
                item.set(JAVA_INT, NamedValue.TYPE, PjrtStructs.VALUE_INT64_LIST);
                item.set(ADDRESS, NamedValue.INT64_ARRAY_VALUE, arena.allocateFrom(JAVA_LONG, numbers));
                item.set(JAVA_LONG, NamedValue.VALUE_SIZE, numbers.length);
            }
            default ->
                throw new IllegalArgumentException(
                        "passing the option %s to a plugin: a String, Long, Float, Boolean or long[] is required, got %s"
                                .formatted(name, value.getClass().getSimpleName()));
        }
    }

    private static void writeLong(MemorySegment item, long number) {
        item.set(JAVA_INT, NamedValue.TYPE, PjrtStructs.VALUE_INT64);
        item.set(JAVA_LONG, NamedValue.INT64_VALUE, number);
    }

    /** The entries of a plugin's array, by name. */
    @SuppressWarnings("restricted")
    static Map<String, Object> read(MemorySegment array, long count) {
        Map<String, Object> values = new TreeMap<>();
        MemorySegment at = array;
        for (long i = 0; i < count; i++) {
            // A newer plugin's entries may be wider than the header says.
            long width =
                    Math.max(NamedValue.STRUCT_SIZE, at.reinterpret(Long.BYTES).get(JAVA_LONG, 0) + 7 & -8L);
            MemorySegment item = at.reinterpret(width);
            PjrtArgs fields = new PjrtArgs(item);
            values.put(fields.textAt(NamedValue.NAME, NamedValue.NAME_SIZE), readValue(fields));
            at = MemorySegment.ofAddress(at.address() + width);
        }
        return Collections.unmodifiableMap(values);
    }

    private static Object readValue(PjrtArgs item) {
        long size = item.longAt(NamedValue.VALUE_SIZE);
        return switch (item.intAt(NamedValue.TYPE)) {
            case PjrtStructs.VALUE_STRING -> item.textAt(NamedValue.STRING_VALUE, NamedValue.VALUE_SIZE);
            case PjrtStructs.VALUE_INT64 -> item.longAt(NamedValue.INT64_VALUE);
            case PjrtStructs.VALUE_INT64_LIST ->
                Arrays.stream(item.array(NamedValue.INT64_ARRAY_VALUE, size * Long.BYTES)
                                .toArray(JAVA_LONG))
                        .boxed()
                        .toList();
            case PjrtStructs.VALUE_FLOAT -> item.memory().get(JAVA_FLOAT, NamedValue.FLOAT_VALUE);
            case PjrtStructs.VALUE_BOOL -> item.booleanAt(NamedValue.BOOL_VALUE);
            default -> "a value of unknown type " + item.intAt(NamedValue.TYPE);
        };
    }
}
