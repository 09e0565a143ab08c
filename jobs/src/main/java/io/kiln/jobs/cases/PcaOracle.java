package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Compares principal components with an oracle: variances, mean, reconstruction error, and components up to their signs. */
final class PcaOracle {
    private PcaOracle() {}

    /** What of the metrics is outside the oracle's tolerances, each with by how much; empty when nothing is. */
    static List<String> differences(JsonNode oracle, JsonNode found) {
        Tolerance within = new Tolerance();
        JsonNode tolerances = oracle.path("tolerances");
        double relative = tolerances.path("explained_variance_relative").asDouble(1e-5);
        if (oracle.has("rows_used")) {
            within.near("rows", oracle.path("rows_used"), found.path("rows"), 0);
        }
        for (String list : List.of("explained_variance", "explained_variance_ratio", "mean")) {
            for (int i = 0; i < oracle.path(list).size(); i++) {
                JsonNode want = oracle.path(list).path(i);
                double least = list.equals("mean") ? 1 : 0;
                within.near(
                        list + " " + i,
                        want,
                        found.path(list).path(i),
                        relative * Math.max(least, Math.abs(want.asDouble())));
            }
        }
        if (oracle.has("reconstruction_error")) {
            within.near(
                    "reconstruction_error",
                    oracle.path("reconstruction_error"),
                    found.path("reconstruction_error"),
                    relative * oracle.path("reconstruction_error").asDouble());
        }
        double tolerance = tolerances.path("component_abs").asDouble(1e-3);
        for (int c = 0; c < oracle.path("components").size(); c++) {
            component(c, oracle, found.path("components").path(c), tolerance, relative, within);
        }
        return within.differences();
    }

    private static void component(
            int c, JsonNode oracle, JsonNode got, double tolerance, double relative, Tolerance within) {
        JsonNode want = oracle.path("components").path(c);
        if (want.size() != got.size()) {
            within.differs("component %d has %d elements, want %d".formatted(c, got.size(), want.size()));
            return;
        }
        double dot = 0;
        double wanted = 0;
        double found = 0;
        for (int i = 0; i < want.size(); i++) {
            dot += want.path(i).asDouble() * got.path(i).asDouble();
            wanted += want.path(i).asDouble() * want.path(i).asDouble();
            found += got.path(i).asDouble() * got.path(i).asDouble();
        }
        within.near("|cosine| of component " + c, 1, Math.abs(dot) / Math.sqrt(wanted * found), relative);
        for (int i = 0; i < want.size(); i++) {
            within.near(
                    "component %d, %s"
                            .formatted(c, oracle.path("features").path(i).asText()),
                    want.path(i).asDouble(),
                    Math.copySign(1, dot) * got.path(i).asDouble(),
                    tolerance);
        }
    }
}
