package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The cases whose model files this version of Kiln does not read; each is skipped by name. */
final class UnreadCases implements CaseKind {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public void run(Path file, Consumer<CaseResult> results) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        String name = file.getFileName().toString();
        if (name.equals("meta.json") && folder != null) {
            String model = folder.getFileName().toString();
            if (Files.exists(folder.resolve("model.jaxexport"))) {
                results.accept(CaseResult.skipped("jaxexport", model, "jax.export artifacts are not read yet"));
            } else if (Files.exists(folder.resolve("model.onnx"))) {
                results.accept(CaseResult.skipped("onnx", model, "ONNX models are not read yet"));
            }
        } else if (name.endsWith(".json")) {
            JsonNode root = JSON.readTree(file.toFile());
            for (JsonNode each : root.path("cases")) {
                if (each.has("vjp") || each.has("export")) {
                    numerics(each, results);
                }
            }
        }
    }

    /** A numerics case counts twice: in Kiln's language, and as its artifact. */
    private static void numerics(JsonNode each, Consumer<CaseResult> results) {
        String name = each.path("name").asText();
        results.accept(
                CaseResult.skipped("numerics", name, "the cases' operations are not bound to Kiln's language yet"));
        if (each.has("export")) {
            results.accept(CaseResult.skipped("numerics-export", name, "jax.export artifacts are not read yet"));
        }
    }
}
