package io.kiln.driver;

import io.kiln.core.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the columns of a scoring call become inputs: what a user says of their types.
 *
 * @param dtype the dtype as which a function reads columns of numbers; null for the column's own
 * @param shapes the shape of one row of an array column, by name, where a function reads it
 * @param timesAsIntegers whether dates and timestamps may be read
 */
record Reading(@Nullable DType dtype, Map<String, List<Integer>> shapes, boolean timesAsIntegers) {
    /** Nothing said. */
    static final Reading DEFAULT = new Reading(null, Map.of(), false);

    Reading {
        shapes = Map.copyOf(shapes);
    }

    Reading withDtype(DType value) {
        return new Reading(value, shapes, timesAsIntegers);
    }

    Reading withShape(String column, List<Integer> shape) {
        return new Reading(dtype, plus(shapes, column, List.copyOf(shape)), timesAsIntegers);
    }

    Reading withTimesAsIntegers() {
        return new Reading(dtype, shapes, true);
    }

    private static <V> Map<String, V> plus(Map<String, V> map, String key, V value) {
        Map<String, V> all = new LinkedHashMap<>(map);
        all.put(key, value);
        return all;
    }
}
