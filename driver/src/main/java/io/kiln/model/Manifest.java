package io.kiln.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code manifest.json}: all of a model but its program and weights, and the hashes of these. */
final class Manifest {
    private static final int VERSION = 1;

    private Manifest() {}

    /** The manifest's bytes: the same for the same model. */
    static byte[] json(Model model, Map<String, byte[]> files) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("format", VERSION);
        root.put("name", model.name());
        root.put("inputs", model.inputs().stream().map(Manifest::input).toList());
        root.put(
                "outputs",
                model.outputs().stream().map(o -> typed(o.name(), o.row())).toList());
        root.put("weights", model.weights().stream().map(Weight::name).toList());
        root.put("nulls", model.nulls());
        root.put("metrics", model.metrics());
        root.put("parent", model.parent());
        Map<String, Object> hashes = new java.util.TreeMap<>();
        files.forEach((name, bytes) -> hashes.put(name, Map.of("bytes", bytes.length, "sha256", Sha256.hex(bytes))));
        root.put("files", hashes);
        try {
            return Json.MAPPER
                    .writer()
                    .without(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .withDefaultPrettyPrinter()
                    .writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new KilnException(
                    io.kiln.error.ErrorCategory.USER,
                    "writing model %s: its metrics must be numbers, text, lists and maps".formatted(model.name()),
                    "leave other objects out of the metrics",
                    e);
        }
    }

    private static Map<String, Object> typed(String name, ShapedArray row) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("name", name);
        node.put("dtype", row.dtype().toString());
        node.put("shape", row.shape());
        return node;
    }

    private static Map<String, Object> input(ModelInput input) {
        Map<String, Object> node = typed(input.name(), input.row());
        List<Object> columns = new ArrayList<>();
        for (ModelColumn column : input.columns()) {
            columns.add(
                    column.isText()
                            ? Map.of("name", column.name(), "categories", column.categories())
                            : Map.of("name", column.name()));
        }
        node.put("columns", columns);
        return node;
    }

    /** Refuses a manifest of another version before anything else is read. */
    static void requireVersion(String file, JsonNode root) {
        if (root.path("format").asInt(-1) != VERSION) {
            throw KilnException.user(
                    "reading %s: required format %d, got %s".formatted(file, VERSION, root.path("format")),
                    "use the version of Kiln that wrote this model, or train it again");
        }
    }

    /** The model that a manifest describes, with its program and weights. */
    static Model model(String file, JsonNode root, Program program, List<Weight> weights) {
        List<ModelInput> inputs = new ArrayList<>();
        for (JsonNode node : list(file, root, "inputs")) {
            inputs.add(new ModelInput(text(file, node, "name"), row(file, node), columns(file, node)));
        }
        List<ModelOutput> outputs = new ArrayList<>();
        for (JsonNode node : list(file, root, "outputs")) {
            outputs.add(new ModelOutput(text(file, node, "name"), row(file, node)));
        }
        JsonNode parent = root.path("parent");
        try {
            return new Model(
                    text(file, root, "name"),
                    inputs,
                    outputs,
                    program,
                    ordered(file, list(file, root, "weights"), weights),
                    text(file, root, "nulls"),
                    metrics(root),
                    parent.isTextual() ? parent.textValue() : null);
        } catch (KilnException e) {
            throw e.problem().startsWith("making") ? bad(file, e.problem()) : e;
        }
    }

    private static List<Weight> ordered(String file, JsonNode names, List<Weight> weights) {
        Map<String, Weight> byName = new LinkedHashMap<>();
        weights.forEach(weight -> byName.put(weight.name(), weight));
        List<Weight> ordered = new ArrayList<>();
        for (JsonNode name : names) {
            Weight weight = byName.remove(name.asText());
            if (weight == null) {
                throw bad(file, "it names weight " + name + ", which " + ModelFolder.WEIGHTS + " does not have");
            }
            ordered.add(weight);
        }
        if (!byName.isEmpty()) {
            throw bad(
                    file,
                    "it does not name weight " + byName.keySet().iterator().next() + " of " + ModelFolder.WEIGHTS);
        }
        return ordered;
    }

    private static Map<String, Object> metrics(JsonNode root) {
        JsonNode node = root.path("metrics");
        return node.isObject() ? Json.MAPPER.convertValue(node, new TypeReference<Map<String, Object>>() {}) : Map.of();
    }

    private static List<ModelColumn> columns(String file, JsonNode input) {
        List<ModelColumn> columns = new ArrayList<>();
        for (JsonNode node : list(file, input, "columns")) {
            List<String> categories = new ArrayList<>();
            for (JsonNode category : node.path("categories")) {
                categories.add(category.asText());
            }
            columns.add(new ModelColumn(text(file, node, "name"), categories));
        }
        return columns;
    }

    private static ShapedArray row(String file, JsonNode node) {
        String name = text(file, node, "dtype");
        List<Integer> shape = new ArrayList<>();
        for (JsonNode dim : list(file, node, "shape")) {
            if (!dim.isIntegralNumber() || !dim.canConvertToInt() || dim.intValue() < 0) {
                throw bad(file, "a dimension must be a whole number from 0, got " + dim);
            }
            shape.add(dim.intValue());
        }
        return new ShapedArray(dtype(file, name), shape);
    }

    private static DType dtype(String file, String name) {
        @Nullable DType found = null;
        for (DType dtype : DType.values()) {
            found = dtype.toString().equals(name) ? dtype : found;
        }
        if (found == null) {
            throw bad(file, "a dtype must be bool, i32, i64, f32 or f64, got " + name);
        }
        return found;
    }

    private static JsonNode list(String file, JsonNode node, String field) {
        if (!node.path(field).isArray()) {
            throw bad(file, "required a list " + field);
        }
        return node.path(field);
    }

    private static String text(String file, JsonNode node, String field) {
        if (!node.path(field).isTextual()) {
            throw bad(file, "required text for " + field);
        }
        return node.path(field).textValue();
    }

    private static KilnException bad(String file, String what) {
        return KilnException.user(
                "reading " + file + ": " + what, "the model was changed or damaged: copy it again, or train it again");
    }
}
