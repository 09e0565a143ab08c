package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
            Optional<String> failure = CommandRun.failure(line);
            return failure.isPresent() ? List.of(failure.get()) : compare.apply(JSON.readTree(metrics.toFile()));
        } finally {
            WorkFolder.delete(work);
        }
    }
}
