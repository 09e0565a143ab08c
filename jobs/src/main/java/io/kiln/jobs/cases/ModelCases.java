package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;

/** Whole models: {@code kiln score} must give each row the expected outputs, whichever way the table lays its features out. */
final class ModelCases implements CaseKind {
    private static final String KIND = "jaxexport";
    private static final JsonMapper JSON = new JsonMapper();
    private static final int SHOWN = 3;

    /** How many rows of a label or a thresholded output may differ: ties of floats. */
    private static final double TIES = 1e-3;

    private final List<String> arguments;

    ModelCases(List<String> arguments) {
        this.arguments = List.copyOf(arguments);
    }

    @Override
    public void run(Path file, Consumer<CaseResult> results) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !file.getFileName().toString().equals("meta.json")) {
            return;
        }
        String name = folder.getFileName().toString();
        if (Files.exists(folder.resolve("model.onnx"))) {
            results.accept(CaseResult.skipped("onnx", name, "ONNX models are not read yet"));
        } else if (Files.exists(folder.resolve("model.jaxexport"))) {
            results.accept(check(name, folder, JSON.readTree(file.toFile())));
        }
    }

    private CaseResult check(String name, Path folder, JsonNode meta) throws IOException {
        Map<Object, Row> expected = byId(folder.resolve("expected.parquet"), meta);
        List<String> differences = new ArrayList<>();
        List<String> layouts = new ArrayList<>(List.of("input.parquet"));
        if (meta.path("inputs").size() == 1) {
            layouts.addAll(List.of("input_fixed.parquet", "input_list.parquet"));
        }
        for (String layout : layouts) {
            if (Files.exists(folder.resolve(layout))) {
                String problem = score(folder, layout, meta, expected);
                if (problem != null) {
                    differences.add(layout + ": " + problem);
                }
            }
        }
        return differences.isEmpty()
                ? CaseResult.passed(KIND, name, "%d rows".formatted(expected.size()))
                : CaseResult.failed(KIND, name, String.join("; ", differences));
    }

    private @Nullable String score(Path folder, String layout, JsonNode meta, Map<Object, Row> expected)
            throws IOException {
        Path work = Files.createTempDirectory("kiln-case-");
        try {
            String output = work.resolve("out").toString();
            List<String> line = new ArrayList<>(List.of(
                    "score",
                    "--model",
                    folder.resolve("model.jaxexport").toString(),
                    "--input",
                    folder.resolve(layout).toString(),
                    "--output",
                    output,
                    "--keep",
                    id(meta),
                    "--progress",
                    "none"));
            int position = 0;
            for (JsonNode input : meta.path("inputs")) {
                String columns = layout.equals("input.parquet") ? columns(input.path("columns")) : "features";
                line.addAll(List.of("--bind", position++ + "=" + columns));
            }
            List<String> outputs = new ArrayList<>();
            meta.path("outputs").forEach(each -> outputs.add(each.path("name").asText()));
            line.addAll(List.of("--output-columns", String.join(",", outputs)));
            line.addAll(arguments);
            Optional<String> failure = CommandRun.failure(line);
            return failure.isPresent() ? failure.get() : difference(meta, expected, byId(work.resolve("out"), meta));
        } finally {
            WorkFolder.delete(work);
        }
    }

    private static String columns(JsonNode columns) {
        List<String> names = new ArrayList<>();
        columns.forEach(column -> names.add(column.asText()));
        return columns.isTextual() ? columns.asText() : String.join(",", names);
    }

    private static String id(JsonNode meta) {
        return meta.path("id_column").asText("id");
    }

    private static Map<Object, Row> byId(Path table, JsonNode meta) {
        Map<Object, Row> rows = new HashMap<>();
        for (Row row : SparkSession.active().read().parquet(table.toString()).collectAsList()) {
            rows.put(row.getAs(id(meta)), row);
        }
        return rows;
    }

    private static @Nullable String difference(JsonNode meta, Map<Object, Row> expected, Map<Object, Row> got) {
        if (!got.keySet().equals(expected.keySet())) {
            return "%d rows are expected, got %d, or other ids".formatted(expected.size(), got.size());
        }
        for (JsonNode output : meta.path("outputs")) {
            String name = output.path("name").asText();
            boolean exact = !output.path("dtype").asText().matches("b?f\\d+");
            List<String> wrong = new ArrayList<>();
            for (Map.Entry<Object, Row> row : expected.entrySet()) {
                Object want = row.getValue().getAs(name);
                Object found =
                        java.util.Objects.requireNonNull(got.get(row.getKey())).getAs(name);
                if (!same(
                        want,
                        found,
                        output.path("rtol").asDouble(),
                        output.path("atol").asDouble())) {
                    wrong.add("id %s: want %s, got %s".formatted(row.getKey(), want, found));
                }
            }
            if (wrong.size() > (exact ? TIES * expected.size() : 0)) {
                return "%s differs in %d rows: %s"
                        .formatted(
                                name, wrong.size(), String.join("; ", wrong.subList(0, Math.min(SHOWN, wrong.size()))));
            }
        }
        return null;
    }

    private static boolean same(@Nullable Object want, @Nullable Object got, double rtol, double atol) {
        if (want instanceof Number a && got instanceof Number b) {
            double x = a.doubleValue();
            double y = b.doubleValue();
            return Double.compare(x, y) == 0 || Math.abs(y - x) <= atol + rtol * Math.abs(x);
        }
        if (want instanceof Seq<?> a && got instanceof Seq<?> b) {
            boolean same = a.length() == b.length();
            for (int i = 0; same && i < a.length(); i++) {
                same = same(a.apply(i), b.apply(i), rtol, atol);
            }
            return same;
        }
        return want == null ? got == null : want.equals(got);
    }
}
