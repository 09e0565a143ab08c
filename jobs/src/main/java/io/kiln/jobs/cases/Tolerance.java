package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Numbers compared within tolerances: what differs is collected, each with by how much. */
final class Tolerance {
    private final List<String> differences = new ArrayList<>();

    /** Compares two numbers; a number that is missing or NaN differs. */
    void near(String what, JsonNode want, JsonNode got, double tolerance) {
        if (!got.isNumber()) {
            differences.add(what + " is missing, want " + want);
        } else {
            near(what, want, want.asDouble(), got, got.asDouble(), tolerance);
        }
    }

    /** Compares two numbers. */
    void near(String what, double want, double got, double tolerance) {
        near(what, want, want, got, got, tolerance);
    }

    private void near(String what, Object wanted, double want, Object found, double got, double tolerance) {
        if (!(Math.abs(got - want) <= tolerance)) {
            differences.add("%s %s, want %s, off by %.3g where %.3g is allowed"
                    .formatted(what, found, wanted, Math.abs(got - want), tolerance));
        }
    }

    /** Something that is no number differs. */
    void differs(String difference) {
        differences.add(difference);
    }

    /** What differed; empty when nothing did. */
    List<String> differences() {
        return List.copyOf(differences);
    }
}
