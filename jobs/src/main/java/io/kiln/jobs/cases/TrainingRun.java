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
import java.util.function.Function;

/** Runs of {@code kiln train} for one case, in this JVM and in f64. */
final class TrainingRun {
    private static final JsonMapper JSON = new JsonMapper();

    private final List<String> arguments;

    /** Runs with these arguments. */
    TrainingRun(List<String> arguments) {
        this.arguments = List.copyOf(arguments);
    }

    /** What a run's metrics differ in; a run that fails differs in its exit code. */
    List<String> differences(List<String> more, Function<JsonNode, List<String>> compare) throws IOException {
        Path work = Files.createTempDirectory("kiln-case-");
        try {
            Path metrics = work.resolve("metrics.json");
            List<String> line = new ArrayList<>(List.of("train", "--progress", "none", "--dtype", "f64"));
            line.addAll(arguments);
            line.addAll(more);
            line.addAll(List.of("--output", work.resolve("model").toString(), "--metrics", metrics.toString()));
            StringWriter err = new StringWriter();
            int code = Main.execute(
                    new PrintWriter(new StringWriter()), new PrintWriter(err, true), line.toArray(String[]::new));
            return code == 0
                    ? compare.apply(JSON.readTree(metrics.toFile()))
                    : List.of("exit code " + code + ": " + err.toString().strip());
        } finally {
            WorkFolder.delete(work);
        }
    }
}
