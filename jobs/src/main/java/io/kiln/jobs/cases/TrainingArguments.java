package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.driver.train.Algorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an oracle asks of {@code kiln train}.
 *
 * @param algorithm the one that the task's words mean
 * @param arguments the options that say the same as the oracle's sentences
 * @param scale what the command's objective is multiplied with to be the oracle's
 * @param unsupported why it cannot be asked of this version, or null
 */
record TrainingArguments(
        @Nullable Algorithm algorithm,
        List<String> arguments,
        double scale,
        @Nullable String unsupported) {
    static TrainingArguments of(JsonNode oracle, Path file) {
        Algorithm algorithm = algorithmOf(oracle);
        if (algorithm == null) {
            return unsupported(
                    "no algorithm for '%s' yet".formatted(oracle.path("task").asText()));
        }
        Path data = find(file, oracle.path("data").asText());
        if (data == null) {
            return unsupported("there is no " + oracle.path("data").asText() + " above the oracle");
        }
        StatedRows rows = StatedRows.of(oracle);
        if (rows.unsupported() != null) {
            return unsupported(rows.unsupported());
        }
        List<String> line = new ArrayList<>(List.of("--algorithm", algorithm.id(), "--input", data.toString()));
        line.addAll(rows.arguments());
        if (oracle.path("weight").isTextual()) {
            line.addAll(List.of("--weight", oracle.path("weight").asText()));
        }
        if (!algorithm.isSupervised()) {
            int k = oracle.path("k")
                    .asInt(oracle.path("n_components")
                            .asInt(oracle.path("n_clusters").asInt()));
            line.addAll(List.of("--k", String.valueOf(k)));
            return new TrainingArguments(algorithm, List.copyOf(line), 1, null);
        }
        StatedObjective objective = StatedObjective.of(oracle, algorithm == Algorithm.LINEAR_REGRESSION);
        if (objective.unsupported() != null) {
            return unsupported(objective.unsupported());
        }
        if (objective.l1() > 0) {
            line.addAll(List.of("--l1", String.valueOf(objective.l1())));
        }
        line.addAll(List.of("--l2", String.valueOf(objective.l2()), "--max-iter", "2000", "--tolerance", "1e-12"));
        return new TrainingArguments(algorithm, List.copyOf(line), objective.scale(), null);
    }

    /** The algorithm that the task's words mean. */
    static @Nullable Algorithm algorithmOf(JsonNode oracle) {
        String task = oracle.path("task").asText().toLowerCase(Locale.ROOT);
        if (task.contains("multinomial") || task.contains("softmax")) {
            return Algorithm.MULTINOMIAL;
        }
        if (task.contains("logistic")) {
            return oracle.path("classes").asInt(2) > 2 ? Algorithm.MULTINOMIAL : Algorithm.LOGISTIC_REGRESSION;
        }
        if (task.contains("poisson")) {
            return Algorithm.POISSON;
        }
        if (task.matches(".*k-?means.*")) {
            return Algorithm.KMEANS;
        }
        if (task.matches(".*(\\bpca\\b|principal component).*")) {
            return Algorithm.PCA;
        }
        boolean linear = task.matches(".*(linear regression|ridge|lasso|elastic[- ]?net|least squares|\\bols\\b).*");
        return linear ? Algorithm.LINEAR_REGRESSION : null;
    }

    private static @Nullable Path find(Path oracle, String data) {
        for (Path at = oracle.toAbsolutePath().getParent(); at != null; at = at.getParent()) {
            if (Files.exists(at.resolve(data))) {
                return at.resolve(data);
            }
        }
        return null;
    }

    private static TrainingArguments unsupported(String reason) {
        return new TrainingArguments(null, List.of(), 1, reason);
    }
}
