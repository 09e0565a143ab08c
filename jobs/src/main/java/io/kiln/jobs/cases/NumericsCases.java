package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.compile.LocalRuntime;
import io.kiln.jobs.cases.numerics.NumericsCase;
import io.kiln.jobs.cases.numerics.NumericsCheck;
import io.kiln.jobs.cases.numerics.NumericsTable;
import io.kiln.jobs.cases.numerics.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Single operations and composed transforms as JAX computed them. A case counts twice, under a kind of its own each time:
 * its counterpart in Kiln's language, values and vjp together, and its jax.export artifact.
 */
final class NumericsCases implements CaseKind {
    private static final String LANGUAGE = "numerics";
    private static final String ARTIFACT = "numerics-export";
    private static final JsonMapper JSON = new JsonMapper();

    private final @Nullable String plugin;

    NumericsCases(@Nullable String plugin) {
        this.plugin = plugin;
    }

    @Override
    public void run(Path file, Consumer<CaseResult> results) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (!file.getFileName().toString().endsWith(".json") || folder == null) {
            return;
        }
        List<JsonNode> cases = JSON.readTree(file.toFile())
                .path("cases")
                .valueStream()
                .filter(each -> each.has("call") && each.has("outputs"))
                .toList();
        if (cases.isEmpty()) {
            return;
        }
        try (LocalRuntime runtime = LocalRuntime.open(plugin, line -> {})) {
            NumericsCheck check = new NumericsCheck(runtime);
            for (JsonNode each : cases) {
                results.accept(counterpart(each, folder, check));
                if (each.has("export")) {
                    results.accept(CaseResult.skipped(
                            ARTIFACT, each.path("name").asText(), "jax.export artifacts are not read yet"));
                }
            }
        }
    }

    private static CaseResult counterpart(JsonNode each, Path folder, NumericsCheck check) {
        String name = each.path("name").asText();
        Optional<Row> row = NumericsTable.find(name);
        if (row.isEmpty()) {
            return CaseResult.skipped(
                    LANGUAGE,
                    name,
                    "the table has no counterpart of " + each.path("call").asText());
        }
        try {
            NumericsCase c = NumericsCase.read(each, folder);
            List<String> differences = check.onDevice(c, row.get());
            if (differences.isEmpty()) {
                return CaseResult.passed(LANGUAGE, name, "");
            }
            String text = String.join("; ", differences);
            return c.strict()
                    ? CaseResult.failed(LANGUAGE, name, text)
                    : CaseResult.passed(LANGUAGE, name, "left to the implementation: " + text);
        } catch (IOException | RuntimeException e) {
            return CaseResult.failed(
                    LANGUAGE,
                    name,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse("") + " ("
                            + e.getClass().getSimpleName() + ")");
        }
    }
}
