package io.kiln.driver.train;

import io.kiln.model.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a training gave.
 *
 * @param model the model of one row, with the feature steps in its program
 * @param objective the objective at the end
 * @param objectives the objective after each iteration, the start first
 * @param iterations how many were made
 * @param stopped why they ended
 * @param coefficients of a linear model, by feature name, for the features as the steps give them; empty for a network
 * @param intercept of a linear model; 0 for a network
 * @param rows how many rows it was trained on
 * @param seconds of the whole training
 */
public record TrainedModel(
        Model model,
        double objective,
        List<Double> objectives,
        int iterations,
        String stopped,
        Map<String, Double> coefficients,
        double intercept,
        long rows,
        double seconds) {
    /** Copies the collections. */
    public TrainedModel {
        objectives = List.copyOf(objectives);
        coefficients = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(coefficients));
    }

    /** The values by name, as {@code --metrics} writes them. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("objective", objective);
        map.put("iterations", iterations);
        map.put("stopped", stopped);
        map.put("objectives", objectives);
        if (!coefficients.isEmpty()) {
            map.put("coefficients", coefficients);
            map.put("intercept", intercept);
        }
        map.put("rows", rows);
        map.put("seconds", seconds);
        return map;
    }
}
