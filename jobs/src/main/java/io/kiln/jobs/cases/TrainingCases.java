package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.jobs.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Training oracles: {@code kiln train} must reach the stated optimum, coefficients and quality within their tolerances. */
final class TrainingCases implements CaseKind {
    private static final String KIND = "training";
    private static final JsonMapper JSON = new JsonMapper();

    private final List<String> arguments;

    TrainingCases(List<String> arguments) {
        this.arguments = List.copyOf(arguments);
    }

    @Override
    public void run(Path file, Consumer<CaseResult> results) throws IOException {
        if (!file.getFileName().toString().endsWith(".json")) {
            return;
        }
        JsonNode oracle = JSON.readTree(file.toFile());
        if (!oracle.has("objective") || !oracle.has("task") || !oracle.has("data")) {
            return;
        }
        String name = oracle.path("name").asText(file.getFileName().toString());
        TrainingArguments asked = TrainingArguments.of(oracle, file);
        results.accept(
                asked.unsupported() == null
                        ? check(name, oracle, asked)
                        : CaseResult.skipped(KIND, name, asked.unsupported()));
    }

    private CaseResult check(String name, JsonNode oracle, TrainingArguments asked) throws IOException {
        Path work = Files.createTempDirectory("kiln-case-");
        try {
            Path metrics = work.resolve("metrics.json");
            List<String> line = new ArrayList<>(List.of("train", "--progress", "none", "--dtype", "f64"));
            line.addAll(asked.arguments());
            line.addAll(List.of("--output", work.resolve("model").toString(), "--metrics", metrics.toString()));
            line.addAll(arguments);
            StringWriter err = new StringWriter();
            int code = Main.execute(
                    new PrintWriter(new StringWriter()), new PrintWriter(err, true), line.toArray(String[]::new));
            if (code != 0) {
                return CaseResult.failed(
                        KIND, name, "exit code " + code + ": " + err.toString().strip());
            }
            JsonNode found = JSON.readTree(metrics.toFile());
            List<String> differences = RegressionOracle.differences(oracle, found, asked.scale());
            return differences.isEmpty()
                    ? CaseResult.passed(
                            KIND,
                            name,
                            "objective %s, %s iterations".formatted(found.path("objective"), found.path("iterations")))
                    : CaseResult.failed(KIND, name, String.join("; ", differences));
        } finally {
            WorkFolder.delete(work);
        }
    }
}
