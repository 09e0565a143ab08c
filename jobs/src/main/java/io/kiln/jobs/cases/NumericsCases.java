package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.compile.LocalRuntime;
import io.kiln.jobs.cases.numerics.ExportCheck;
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
        try (LocalRuntime runtime = LocalRuntime.open(plugin, line -> {});
                ExportCheck exports = new ExportCheck(runtime)) {
            NumericsCheck check = new NumericsCheck(runtime);
            for (JsonNode each : cases) {
                results.accept(counterpart(each, folder, check));
                if (each.has("export")) {
                    results.accept(artifact(each, folder, exports));
                }
            }
        }
    }

    private static CaseResult artifact(JsonNode each, Path folder, ExportCheck exports) {
        String name = each.path("name").asText();
        try {
            NumericsCase c = NumericsCase.read(each, folder);
            Path file = folder.resolve(each.path("export").asText());
            return ended(ARTIFACT, c, exports.differences(c, file));
        } catch (ExportCheck.NotInPlugin e) {
            return CaseResult.skipped(ARTIFACT, name, String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            return failed(ARTIFACT, name, e);
        }
    }

    private static CaseResult ended(String kind, NumericsCase c, List<String> differences) {
        if (differences.isEmpty()) {
            return CaseResult.passed(kind, c.name(), "");
        }
        String text = String.join("; ", differences);
        return c.strict()
                ? CaseResult.failed(kind, c.name(), text)
                : CaseResult.passed(kind, c.name(), "left to the implementation: " + text);
    }

    private static CaseResult failed(String kind, String name, Exception e) {
        return CaseResult.failed(
                kind,
                name,
                String.valueOf(e.getMessage()).lines().findFirst().orElse("") + " ("
                        + e.getClass().getSimpleName() + ")");
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
            return ended(LANGUAGE, c, check.onDevice(c, row.get()));
        } catch (IOException | RuntimeException e) {
            return failed(LANGUAGE, name, e);
        }
    }
}
