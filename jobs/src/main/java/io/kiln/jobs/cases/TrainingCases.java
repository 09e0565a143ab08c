package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.driver.train.Algorithm;
import java.io.IOException;
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
        List<String> line = new ArrayList<>(asked.arguments());
        line.addAll(arguments);
        TrainingRun run = new TrainingRun(line);
        List<String> found = new ArrayList<>();
        List<String> differences = asked.algorithm() == Algorithm.KMEANS
                ? KMeansOracle.differences(oracle, run)
                : run.differences(List.of(), metrics -> {
                    found.add("objective %s, %s iterations"
                            .formatted(metrics.path("objective"), metrics.path("iterations")));
                    return asked.algorithm() == Algorithm.PCA
                            ? PcaOracle.differences(oracle, metrics)
                            : RegressionOracle.differences(oracle, metrics, asked.scale());
                });
        return differences.isEmpty()
                ? CaseResult.passed(KIND, name, String.join("; ", found))
                : CaseResult.failed(KIND, name, String.join("; ", differences));
    }
}
