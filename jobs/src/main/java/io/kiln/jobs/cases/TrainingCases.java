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
            List<String> differences = compare(oracle, found);
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

    /** What of the metrics is outside the oracle's tolerances, each with by how much; empty when nothing is. */
    static List<String> compare(JsonNode oracle, JsonNode found) {
        JsonNode tolerances = oracle.path("tolerances");
        List<String> differences = new ArrayList<>();
        if (oracle.has("rows_used")) {
            near("rows", oracle.path("rows_used"), found.path("rows"), 0, differences);
        }
        double optimum = oracle.path("optimum").asDouble();
        // Below the optimum is as wrong as above it: then another objective was minimised.
        near(
                "objective",
                oracle.path("optimum"),
                found.path("objective"),
                tolerances.path("optimum_relative").asDouble(1e-6) * Math.abs(optimum),
                differences);
        double coefficient = tolerances.path("coefficient_abs").asDouble(1e-3);
        JsonNode coefficients = found.path("coefficients");
        oracle.path("coefficients")
                .properties()
                .forEach(each -> near(
                        each.getKey(), each.getValue(), coefficients.path(each.getKey()), coefficient, differences));
        if (oracle.path("coefficients").size() != coefficients.size()) {
            differences.add("%d coefficients, want %d"
                    .formatted(coefficients.size(), oracle.path("coefficients").size()));
        }
        near("intercept", oracle.path("intercept"), found.path("intercept"), coefficient, differences);
        for (String quality : List.of("accuracy", "r2")) {
            if (tolerances.has(quality + "_abs")) {
                near(
                        quality,
                        oracle.path(quality),
                        found.path(quality),
                        tolerances.path(quality + "_abs").asDouble(),
                        differences);
            }
        }
        return differences;
    }

    private static void near(String what, JsonNode want, JsonNode got, double tolerance, List<String> differences) {
        if (!got.isNumber()) {
            differences.add(what + " is missing, want " + want);
        } else if (!(Math.abs(got.asDouble() - want.asDouble()) <= tolerance)) {
            differences.add("%s %s, want %s, off by %.3g where %.3g is allowed"
                    .formatted(what, got, want, Math.abs(got.asDouble() - want.asDouble()), tolerance));
        }
    }
}
