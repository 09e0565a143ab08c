package io.kiln.driver;

import io.kiln.core.DType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the columns of a scoring call become inputs: what a user says of their types, and of rows that cannot be read.
 *
 * @param dtype the dtype as which a function reads columns of numbers; null for the column's own
 * @param shapes the shape of one row of an array column, by name, where a function reads it
 * @param timesAsIntegers whether dates and timestamps may be read
 * @param padded the array columns whose rows may be shorter than the input
 * @param validity for inputs that are told which elements of another input have a value, that other
 * @param errorColumn the column for the reasons of bad rows, whose results are null; null where a bad row ends the job
 */
record Reading(
        @Nullable DType dtype,
        Map<String, List<Integer>> shapes,
        boolean timesAsIntegers,
        Set<String> padded,
        Map<String, String> validity,
        @Nullable String errorColumn) {
    /** Nothing said. */
    static final Reading DEFAULT = new Reading(null, Map.of(), false, Set.of(), Map.of(), null);

    Reading {
        shapes = Map.copyOf(shapes);
        padded = Set.copyOf(padded);
        validity = Map.copyOf(validity);
    }

    Reading withDtype(DType value) {
        return new Reading(value, shapes, timesAsIntegers, padded, validity, errorColumn);
    }

    Reading withShape(String column, List<Integer> shape) {
        return new Reading(
                dtype, plus(shapes, column, List.copyOf(shape)), timesAsIntegers, padded, validity, errorColumn);
    }

    Reading withTimesAsIntegers() {
        return new Reading(dtype, shapes, true, padded, validity, errorColumn);
    }

    Reading withPadded(String column) {
        Set<String> all = new LinkedHashSet<>(padded);
        all.add(column);
        return new Reading(dtype, shapes, timesAsIntegers, all, validity, errorColumn);
    }

    Reading withValidity(String input, String of) {
        return new Reading(dtype, shapes, timesAsIntegers, padded, plus(validity, input, of), errorColumn);
    }

    Reading withErrorColumn(String name) {
        return new Reading(dtype, shapes, timesAsIntegers, padded, validity, name);
    }

    private static <V> Map<String, V> plus(Map<String, V> map, String key, V value) {
        Map<String, V> all = new LinkedHashMap<>(map);
        all.put(key, value);
        return all;
    }
}
