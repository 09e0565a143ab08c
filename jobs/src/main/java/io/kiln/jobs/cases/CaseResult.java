package io.kiln.jobs.cases;

/**
 * What came of one case.
 *
 * @param kind the folder's kind: numerics, jaxexport, onnx, training or bad
 * @param name the case's own name
 * @param outcome passed, failed or skipped
 * @param detail what differed and by how much, or why it was skipped; empty for a case that passed without a remark
 */
record CaseResult(String kind, String name, Outcome outcome, String detail) {
    /** How a case ended. */
    enum Outcome {
        passed,
        failed,
        skipped
    }

    static CaseResult passed(String kind, String name, String detail) {
        return new CaseResult(kind, name, Outcome.passed, detail);
    }

    static CaseResult failed(String kind, String name, String detail) {
        return new CaseResult(kind, name, Outcome.failed, detail);
    }

    static CaseResult skipped(String kind, String name, String reason) {
        return new CaseResult(kind, name, Outcome.skipped, reason);
    }

    @Override
    public String toString() {
        return "%s %s/%s%s".formatted(outcome, kind, name, detail.isEmpty() ? "" : ": " + detail);
    }
}
