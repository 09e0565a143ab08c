package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compares the metrics of a linear model with an oracle: the optimum, coefficients, intercepts and quality. */
final class RegressionOracle {
    private RegressionOracle() {}

    /**
     * What of the metrics is outside the oracle's tolerances, each with by how much; empty when nothing is.
     *
     * @param scale what the found objective is multiplied with to be the oracle's
     */
    static List<String> differences(JsonNode oracle, JsonNode found, double scale) {
        JsonNode tolerances = oracle.path("tolerances");
        Tolerance within = new Tolerance();
        if (oracle.has("rows_used")) {
            within.near("rows", oracle.path("rows_used"), found.path("rows"), 0);
        }
        double optimum = oracle.path("optimum").asDouble();
        // Below the optimum is as wrong as above it: then another objective was minimised.
        if (oracle.has("optimum") && found.path("objective").isNumber()) {
            within.near(
                    "objective",
                    optimum,
                    found.path("objective").asDouble() * scale,
                    tolerances.path("optimum_relative").asDouble(1e-6) * Math.abs(optimum));
        } else if (oracle.has("optimum")) {
            within.differs("objective is missing, want " + optimum);
        }
        double coefficient = tolerances.path("coefficient_abs").asDouble(1e-3);
        if (oracle.path("coefficients").path(0).isArray()) {
            classes(oracle, found, coefficient, within);
        } else {
            coefficients(oracle, found.path("coefficients"), coefficient, within);
            if (oracle.path("intercept").isNumber()) {
                within.near("intercept", oracle.path("intercept"), found.path("intercept"), coefficient);
            }
        }
        for (String quality : List.of("accuracy", "r2")) {
            if (tolerances.has(quality + "_abs") && oracle.has(quality)) {
                within.near(
                        quality,
                        oracle.path(quality),
                        found.path(quality),
                        tolerances.path(quality + "_abs").asDouble());
            }
        }
        return within.differences();
    }

    /** By name, or in the order of the features. */
    private static void coefficients(JsonNode oracle, JsonNode found, double tolerance, Tolerance within) {
        JsonNode wanted = oracle.path("coefficients");
        for (int i = 0; wanted.isArray() && i < wanted.size(); i++) {
            String name = oracle.path("features").path(i).asText();
            within.near(name, wanted.path(i), found.path(name), tolerance);
        }
        for (Map.Entry<String, JsonNode> each : wanted.properties()) {
            within.near(each.getKey(), each.getValue(), found.path(each.getKey()), tolerance);
        }
        if (wanted.size() != found.size() && !wanted.isMissingNode()) {
            within.differs("%d coefficients, want %d".formatted(found.size(), wanted.size()));
        }
    }

    /**
     * One list a class in the order of the features. What all classes share changes no probability, so intercepts, and without a penalty
     * coefficients too, are compared by their difference to the classes' mean.
     */
    private static void classes(JsonNode oracle, JsonNode found, double tolerance, Tolerance within) {
        JsonNode wanted = oracle.path("coefficients");
        int classes = wanted.size();
        if (found.path("coefficients").size() != classes) {
            within.differs("coefficients of %d classes, want %d"
                    .formatted(found.path("coefficients").size(), classes));
            return;
        }
        boolean shared = oracle.path("l2").asDouble(0) == 0;
        for (int j = 0; j < wanted.path(0).size(); j++) {
            String feature = oracle.path("features").path(j).asText();
            List<Double> want = new ArrayList<>();
            List<Double> got = new ArrayList<>();
            for (int k = 0; k < classes; k++) {
                want.add(wanted.path(k).path(j).asDouble());
                got.add(found.path("coefficients")
                        .path(String.valueOf(k))
                        .path(feature)
                        .asDouble(Double.NaN));
            }
            compare(feature, want, got, shared, tolerance, within);
        }
        JsonNode intercepts = oracle.path("intercept").isArray() ? oracle.path("intercept") : oracle.path("intercepts");
        if (intercepts.isArray()) {
            List<Double> want = new ArrayList<>();
            List<Double> got = new ArrayList<>();
            for (int k = 0; k < classes; k++) {
                want.add(intercepts.path(k).asDouble());
                got.add(found.path("intercept").path(String.valueOf(k)).asDouble(Double.NaN));
            }
            compare("intercept", want, got, true, tolerance, within);
        }
    }

    private static void compare(
            String what, List<Double> want, List<Double> got, boolean shared, double tolerance, Tolerance within) {
        double shift = shared ? mean(got) - mean(want) : 0;
        for (int k = 0; k < want.size(); k++) {
            within.near(what + " of class " + k, want.get(k), got.get(k) - shift, tolerance);
        }
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }
}
