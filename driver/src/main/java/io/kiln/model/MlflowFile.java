package io.kiln.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The {@code MLmodel} file of a version, by which MLflow's tools know what a folder holds: a flavor {@code kiln} and the signature. The
 * format is that of the MLflow documentation, "MLflow Models, Storage Format".
 */
final class MlflowFile {
    static final String NAME = "MLmodel";

    private static final YAMLMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build());

    private MlflowFile() {}

    /** The file's text. */
    static String text(Model model, String run, String created) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("artifact_path", model.name());
        root.put("flavors", Map.of("kiln", Map.of("data", ".", "name", model.name())));
        root.put("run_id", run);
        Map<String, Object> signature = new LinkedHashMap<>();
        List<Map<String, Object>> outputs = new ArrayList<>();
        model.outputs().forEach(output -> outputs.add(tensor(output.name(), output.row())));
        try {
            signature.put("inputs", Json.MAPPER.writeValueAsString(inputs(model)));
            signature.put("outputs", Json.MAPPER.writeValueAsString(outputs));
            root.put("signature", signature);
            root.put("utc_time_created", created.replace('T', ' ').replace("Z", ""));
            return YAML.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw KilnException.internal("writing an MLmodel file: " + e.getOriginalMessage());
        }
    }

    /** A schema of columns where the model names its columns, else of tensors: MLflow does not mix them. */
    private static List<Map<String, Object>> inputs(Model model) {
        boolean columns = model.inputs().stream()
                .allMatch(input -> !input.columns().isEmpty()
                        && input.columns().size() == input.row().elements());
        List<Map<String, Object>> schema = new ArrayList<>();
        for (ModelInput input : model.inputs()) {
            if (columns) {
                input.columns()
                        .forEach(column -> schema.add(column(column, input.row().dtype())));
            } else {
                schema.add(tensor(input.name(), input.row()));
            }
        }
        return schema;
    }

    private static Map<String, Object> column(ModelColumn column, DType dtype) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("type", column.isText() ? "string" : columnType(dtype));
        node.put("name", column.name());
        node.put("required", true);
        return node;
    }

    /** The narrowest of MLflow's column types that holds every value of a dtype. */
    private static String columnType(DType dtype) {
        String numpy = numpy(dtype);
        if (numpy.equals("bool")) {
            return "boolean";
        }
        if (numpy.startsWith("float")) {
            return dtype.byteSize() <= Float.BYTES ? "float" : "double";
        }
        boolean unsigned = numpy.startsWith("u");
        return dtype.byteSize() < (unsigned ? Integer.BYTES : Long.BYTES) ? "integer" : "long";
    }

    private static Map<String, Object> tensor(String name, ShapedArray row) {
        List<Integer> shape = new ArrayList<>(List.of(-1));
        shape.addAll(row.shape());
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("dtype", numpy(row.dtype()));
        spec.put("shape", shape);
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("name", name);
        node.put("type", "tensor");
        node.put("tensor-spec", spec);
        return node;
    }

    /** NumPy's name; a bfloat16, which NumPy lacks, reaches a table as a float. */
    private static String numpy(DType dtype) {
        String name = dtype.toString().toLowerCase(Locale.ROOT);
        if (name.equals("bf16")) {
            return "float32";
        }
        return name.replaceFirst("^f(?=\\d)", "float")
                .replaceFirst("^i(?=\\d)", "int")
                .replaceFirst("^u(?=\\d)", "uint")
                .replaceFirst("^c(?=\\d)", "complex");
    }
}
