package io.kiln.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format: an 8-byte little-endian length, a JSON header with the dtype, shape and place of each array, then the arrays'
 * bytes one after the other. Every length is checked before it is used.
 *
 * <p>Source of the format: github.com/huggingface/safetensors, README.
 */
public final class Safetensors {
    private static final int MAX_HEADER = 100_000_000;

    private Safetensors() {}

    private record Entry(String name, ShapedArray aval, long begin, long end) {}

    /** The bytes of a file with these weights, in their order. */
    public static byte[] write(List<Weight> weights) {
        Map<String, Object> header = new LinkedHashMap<>();
        long offset = 0;
        for (Weight weight : weights) {
            ShapedArray aval = weight.value().aval();
            long end = offset + aval.byteSize();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", aval.dtype().name());
            entry.put("shape", aval.shape());
            entry.put("data_offsets", List.of(offset, end));
            header.put(weight.name(), entry);
            offset = end;
        }
        byte[] json = json(header);
        ByteBuffer out =
                ByteBuffer.allocate(Math.toIntExact(8 + json.length + offset)).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(json.length).put(json);
        for (Weight weight : weights) {
            out.put(weight.value().data().asByteBuffer());
        }
        return out.array();
    }

    /** The header, padded with spaces so that the arrays begin at a multiple of 8 bytes. */
    private static byte[] json(Map<String, Object> header) {
        try {
            String text = Json.MAPPER
                    .writer()
                    .without(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .writeValueAsString(header);
            int length = text.getBytes(StandardCharsets.UTF_8).length;
            return (text + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("names and numbers always print as JSON", e);
        }
    }

    /**
     * The arrays of a file, in the order of their bytes.
     *
     * @param source the file's name, for messages
     * @throws KilnException of category USER naming the file and what is wrong with it
     */
    public static List<Weight> read(String source, byte[] file) {
        if (file.length < 8) {
            throw bad(source, "required at least 8 bytes, got " + file.length);
        }
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > Math.min(MAX_HEADER, file.length - 8L)) {
            throw bad(
                    source,
                    "its header must have 2 to %d bytes, got %d"
                            .formatted(Math.min(MAX_HEADER, file.length - 8), length));
        }
        int data = 8 + (int) length;
        List<Weight> weights = new ArrayList<>();
        long expected = 0;
        for (Entry entry : header(source, file, (int) length)) {
            if (entry.begin != expected || entry.end > file.length - data) {
                throw bad(
                        source,
                        "array %s must begin at byte %d and end by %d of the data, got %d to %d"
                                .formatted(entry.name, expected, file.length - data, entry.begin, entry.end));
            }
            expected = entry.end;
            MemorySegment bytes = MemorySegment.ofArray(file).asSlice(data + entry.begin, entry.end - entry.begin);
            if (entry.aval.dtype() == DType.BOOL) {
                requireBooleans(source, entry, bytes);
            }
            weights.add(new Weight(entry.name, HostArray.of(entry.aval, bytes)));
        }
        if (expected != file.length - data) {
            throw bad(source, "its arrays end at byte %d of %d bytes of data".formatted(expected, file.length - data));
        }
        return weights;
    }

    private static List<Entry> header(String source, byte[] file, int length) {
        JsonNode root;
        try {
            root = Json.MAPPER.readTree(new String(file, 8, length, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw bad(source, "its header is not JSON: " + e.getOriginalMessage());
        }
        if (root == null || !root.isObject()) {
            throw bad(source, "its header must be a JSON object");
        }
        List<Entry> entries = new ArrayList<>();
        root.properties().forEach(field -> {
            if (!field.getKey().equals("__metadata__")) {
                entries.add(entry(source, field.getKey(), field.getValue()));
            }
        });
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        return entries;
    }

    private static Entry entry(String source, String name, JsonNode node) {
        JsonNode dtype = node.path("dtype");
        JsonNode offsets = node.path("data_offsets");
        if (!dtype.isTextual() || !node.path("shape").isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw bad(source, "array %s must have dtype, shape and two data_offsets".formatted(name));
        }
        List<Integer> shape = new ArrayList<>();
        for (JsonNode dim : node.path("shape")) {
            if (!dim.canConvertToInt() || !dim.isIntegralNumber() || dim.intValue() < 0) {
                throw bad(source, "a dimension of array %s must be a whole number from 0, got %s".formatted(name, dim));
            }
            shape.add(dim.intValue());
        }
        if (!offsets.get(0).canConvertToLong() || !offsets.get(1).canConvertToLong()) {
            throw bad(source, "data_offsets of array %s must be whole numbers, got %s".formatted(name, offsets));
        }
        long begin = offsets.get(0).longValue();
        long end = offsets.get(1).longValue();
        ShapedArray aval = aval(source, name, dtype.textValue(), shape);
        if (begin < 0 || end < begin || end - begin != aval.byteSize()) {
            throw bad(
                    source,
                    "array %s of %s has %d bytes, got data_offsets %d to %d"
                            .formatted(name, aval, aval.byteSize(), begin, end));
        }
        return new Entry(name, aval, begin, end);
    }

    private static ShapedArray aval(String source, String name, String dtype, List<Integer> shape) {
        DType type = dtype(source, name, dtype);
        try {
            return new ShapedArray(type, shape);
        } catch (KilnException e) {
            throw bad(source, "the shape of array %s is too large: %s".formatted(name, shape));
        }
    }

    private static void requireBooleans(String source, Entry entry, MemorySegment bytes) {
        for (long i = 0; i < bytes.byteSize(); i++) {
            byte value = bytes.get(ValueLayout.JAVA_BYTE, i);
            if (value != 0 && value != 1) {
                throw bad(source, "array %s holds booleans, 0 or 1, got %d".formatted(entry.name, value));
            }
        }
    }

    private static DType dtype(String source, String array, String name) {
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        throw bad(source, "array %s must be of one of %s, got %s".formatted(array, List.of(DType.values()), name));
    }

    private static KilnException bad(String source, String what) {
        return KilnException.user(
                "reading weights from " + source + ": " + what,
                "the file is damaged or no safetensors file: copy or train the model again");
    }
}
