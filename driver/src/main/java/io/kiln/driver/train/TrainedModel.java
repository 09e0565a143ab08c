package io.kiln.driver.train;

import io.kiln.model.Model;
import java.util.Collections;
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
 * @param coefficients of a linear model of one sum, by feature name, for the features as the steps give them; else empty
 * @param intercept of a linear model of one sum; else 0
 * @param details what else the algorithm found, as {@code --metrics} writes it: numbers, lists and maps of them
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
        Map<String, Object> details,
        long rows,
        double seconds) {
    /** Copies the collections. */
    public TrainedModel {
        objectives = List.copyOf(objectives);
        coefficients = Collections.unmodifiableMap(new LinkedHashMap<>(coefficients));
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /** The same with the time that it took. */
    TrainedModel took(double value) {
        return new TrainedModel(
                model, objective, objectives, iterations, stopped, coefficients, intercept, details, rows, value);
    }

    /** The values by name, as {@code --metrics} writes them. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("objective", objective);
        map.put("iterations", iterations);
        map.put("stopped", stopped);
        map.put("objectives", objectives);
        map.putAll(details);
        map.put("rows", rows);
        map.put("seconds", seconds);
        return map;
    }
}
