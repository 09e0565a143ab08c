package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares k-means with an oracle: from given first centres the inertia, the centres and their sizes; with seeds of its own each of ten runs
 * is no more than 1.02 times the worst inertia of the oracle's runs, and the best of them no more than 1.02 times the best.
 */
final class KMeansOracle {
    private static final double SLACK = 1.02;
    private static final int RUNS = 10;

    private KMeansOracle() {}

    /** What differs in the runs; empty when nothing does. */
    static List<String> differences(JsonNode oracle, TrainingRun run) throws IOException {
        List<String> differences = new ArrayList<>();
        JsonNode fixed = oracle.path("fixed_init");
        if (fixed.path("rows").isArray()) {
            List<String> rows = new ArrayList<>();
            fixed.path("rows").forEach(row -> rows.add(row.asText()));
            differences.addAll(
                    run.differences(List.of("--init-rows", String.join(",", rows)), found -> fromRows(oracle, found)));
        }
        double best =
                oracle.path("best_inertia").asDouble(oracle.path("optimum").asDouble(Double.NaN));
        if (!differences.isEmpty() || Double.isNaN(best)) {
            return differences;
        }
        List<Double> inertias = new ArrayList<>();
        for (int seed = 0; seed < RUNS && differences.isEmpty(); seed++) {
            differences.addAll(run.differences(List.of("--seed", String.valueOf(seed)), found -> {
                inertias.add(found.path("objective").asDouble(Double.NaN));
                return List.of();
            }));
        }
        if (differences.isEmpty()) {
            differences.addAll(ofSeeds(oracle, best, inertias));
        }
        return differences;
    }

    /** Runs of several seeds. */
    static List<String> ofSeeds(JsonNode oracle, double best, List<Double> inertias) {
        List<String> differences = new ArrayList<>();
        double least = inertias.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
        double most = inertias.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
        if (!(least <= SLACK * best)) {
            differences.add("the best inertia of %d seeds is %s, want at most %s times %s"
                    .formatted(inertias.size(), least, SLACK, best));
        }
        double worst = oracle.path("worst_inertia").asDouble(Double.NaN);
        if (oracle.has("worst_inertia") && !(most <= SLACK * worst)) {
            differences.add("the worst inertia of %d seeds is %s, want at most %s times %s"
                    .formatted(inertias.size(), most, SLACK, worst));
        }
        return differences;
    }

    /** A run from given first centres. */
    static List<String> fromRows(JsonNode oracle, JsonNode found) {
        Tolerance within = new Tolerance();
        JsonNode fixed = oracle.path("fixed_init");
        double relative = oracle.path("tolerances").path("fixed_init_relative").asDouble(1e-5);
        if (oracle.has("rows_used")) {
            within.near("rows", oracle.path("rows_used"), found.path("rows"), 0);
        }
        double inertia = fixed.path("inertia").asDouble();
        within.near("inertia", fixed.path("inertia"), found.path("objective"), relative * inertia);
        for (int j = 0; j < fixed.path("centers").size(); j++) {
            JsonNode center = fixed.path("centers").path(j);
            for (int i = 0; i < center.size(); i++) {
                double size = Math.max(1, Math.abs(center.path(i).asDouble()));
                within.near(
                        "center %d, %s"
                                .formatted(j, oracle.path("features").path(i).asText()),
                        center.path(i),
                        found.path("centers").path(j).path(i),
                        Math.max(1e-3, relative) * size);
            }
        }
        for (int j = 0; j < fixed.path("sizes").size(); j++) {
            within.near(
                    "size " + j,
                    fixed.path("sizes").path(j),
                    found.path("sizes").path(j),
                    0);
        }
        return within.differences();
    }
}
