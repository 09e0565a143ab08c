package io.kiln.driver;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a scoring call reads its table and writes its results: everything that a user says beside the function or model.
 *
 * @param name what messages call the function, and its result when it has one; null for the model's own name
 * @param outputs names of the result columns in order; empty for the model's own
 * @param features columns or patterns such as {@code f*}, in order; empty to bind by name
 * @param binds columns by input name or position
 * @param keep columns to pass through: null for all, empty for none
 * @param batchRows rows of a batch; 0 for the session's setting
 * @param nulls {@code error}, {@code nan}, {@code skip}, {@code propagate} or a number; null for the model's own, else error
 * @param reading what is said of the columns' types
 */
record ScoreOptions(
        @Nullable String name,
        List<String> outputs,
        List<String> features,
        Map<String, List<String>> binds,
        @Nullable List<String> keep,
        int batchRows,
        @Nullable String nulls,
        Reading reading) {
    /** Nothing said. */
    static final ScoreOptions DEFAULT =
            new ScoreOptions(null, List.of(), List.of(), Map.of(), null, 0, null, Reading.DEFAULT);

    ScoreOptions {
        outputs = List.copyOf(outputs);
        features = List.copyOf(features);
        binds = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(binds));
        keep = keep == null ? null : List.copyOf(keep);
    }

    ScoreOptions withName(String value) {
        return new ScoreOptions(value, outputs, features, binds, keep, batchRows, nulls, reading);
    }

    ScoreOptions withOutputs(List<String> value) {
        return new ScoreOptions(name, value, features, binds, keep, batchRows, nulls, reading);
    }

    ScoreOptions withFeatures(List<String> value) {
        return new ScoreOptions(name, outputs, value, binds, keep, batchRows, nulls, reading);
    }

    ScoreOptions withBind(String input, List<String> columns) {
        Map<String, List<String>> all = new LinkedHashMap<>(binds);
        all.put(input, List.copyOf(columns));
        return new ScoreOptions(name, outputs, features, all, keep, batchRows, nulls, reading);
    }

    ScoreOptions withKeep(@Nullable List<String> value) {
        return new ScoreOptions(name, outputs, features, binds, value, batchRows, nulls, reading);
    }

    ScoreOptions withBatchRows(int value) {
        return new ScoreOptions(name, outputs, features, binds, keep, value, nulls, reading);
    }

    ScoreOptions withNulls(String value) {
        return new ScoreOptions(name, outputs, features, binds, keep, batchRows, value, reading);
    }

    ScoreOptions withReading(Reading value) {
        return new ScoreOptions(name, outputs, features, binds, keep, batchRows, nulls, value);
    }
}
