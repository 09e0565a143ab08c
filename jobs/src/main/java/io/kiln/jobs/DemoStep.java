package io.kiln.jobs;

import io.kiln.driver.KilnMetrics;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of the demo's table.
 *
 * @param name what was done
 * @param rows rows trained on or scored
 * @param seconds wall time
 * @param accuracy share of held-out rows predicted right; null for training
 * @param auc area under the ROC curve on held-out rows; null where there is none
 * @param kiln what Kiln did
 */
record DemoStep(
        String name,
        long rows,
        double seconds,
        @Nullable Double accuracy,
        @Nullable Double auc,
        KilnMetrics kiln) {
    private static final String LINE = "%-36s %9s %8s %9s %7s %7s %9s  %s%n";

    /** Prints a table of steps. */
    static void print(PrintWriter out, List<DemoStep> steps) {
        out.printf(LINE, "step", "rows", "seconds", "accuracy", "AUC", "traces", "compiles", "cache hits");
        for (DemoStep step : steps) {
            out.printf(
                    LINE,
                    step.name,
                    "%,d".formatted(step.rows),
                    "%.1f".formatted(step.seconds),
                    number(step.accuracy),
                    number(step.auc),
                    step.kiln.traces(),
                    step.kiln.work().compiles(),
                    hits(step.kiln.work().hits()));
        }
        out.flush();
    }

    /** The step as the object of a metrics file. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("step", name);
        map.put("rows", rows);
        map.put("seconds", seconds);
        if (accuracy != null) {
            map.put("accuracy", accuracy);
        }
        if (auc != null) {
            map.put("auc", auc);
        }
        map.putAll(kiln.toMap());
        return map;
    }

    private static String number(@Nullable Double value) {
        return value == null ? "" : "%.4f".formatted(value);
    }

    /** Hits by tier; a tier without hits is left out. */
    static String hits(Map<String, Long> hits) {
        List<String> some = hits.entrySet().stream()
                .filter(hit -> hit.getValue() > 0)
                .map(hit -> hit.getKey() + " " + hit.getValue())
                .toList();
        return some.isEmpty() ? "none" : String.join(", ", some);
    }
}
