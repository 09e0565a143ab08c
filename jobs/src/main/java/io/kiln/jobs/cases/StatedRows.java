package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an oracle's sentences about preprocessing ask for: steps of the model where Kiln has them, else Spark SQL. */
final class StatedRows {
    private static final String ALL = "(?:each |every |all )?(?:the )?(?:numeric |feature |numeric feature"
            + " )*(?:columns?|features?|pixels|x|values)";
    private static final Pattern DROPPED =
            pattern("(?:all )?rows with (?:a |any )?nulls? in (.+?) (?:are |were )?(?:dropped|removed|left out)");
    private static final Pattern KEPT =
            pattern("(?:only )?(?:the )?rows (?:where|with) (.+?) (?:are |were )?(?:kept|used)");
    private static final Pattern STANDARDISED =
            pattern("(?:numeric (?:columns|features): ?)?(.+?) (?:is |are )?(?:standardi[sz]ed|z-scored)\\b(.*)");
    private static final Pattern SCALED = pattern("(.+?) (?:is |are )?(divided|multiplied) by (-?[0-9.]+(?:e-?\\d+)?)");
    private static final Pattern CENTRED = pattern("(.+?) (?:is |are )?(?:mean-)?(?:centred|centered)\\b.*");
    private static final Pattern MIN_MAX =
            pattern("(.+?) (?:is |are )?(?:min-max scaled|scaled to \\[?0(?:\\.\\.|, ?| to )1\\]?)\\b.*");
    private static final Pattern FILLED =
            pattern("(?:nulls|missing values)(?: in .+?)? (?:are )?(?:replaced|filled|imputed) (?:by|with) (?:the"
                    + " )?(?:column(?:'s)? )?(mean|-?[0-9.]+)\\b.*");
    private static final Pattern ONE_HOT = pattern("(.+?) one-hot\\b(.*)");

    private final JsonNode oracle;
    private final Set<String> numbers = new LinkedHashSet<>();
    private final Map<String, Set<String>> categories = new LinkedHashMap<>();
    private final Map<String, String> computed = new LinkedHashMap<>();
    private final List<String> where = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private @Nullable String unsupported;

    private StatedRows(JsonNode oracle) {
        this.oracle = oracle;
        for (JsonNode feature : oracle.path("features")) {
            String name = feature.asText();
            int equals = name.indexOf('=');
            if (equals < 0) {
                numbers.add(name);
            } else {
                categories
                        .computeIfAbsent(name.substring(0, equals), column -> new LinkedHashSet<>())
                        .add(name.substring(equals + 1));
            }
        }
        for (String clause : oracle.path("preprocessing").asText("none").split("; ?", -1)) {
            if (unsupported == null && !understood(clause.strip())) {
                unsupported = "its preprocessing is not understood: " + clause.strip();
            }
        }
    }

    /** Reads the oracle's preprocessing, features and label. */
    static StatedRows of(JsonNode oracle) {
        return new StatedRows(oracle);
    }

    /** The sentence that was not understood, or null. */
    @Nullable
    String unsupported() {
        return unsupported;
    }

    /** The options of the steps, the features, the rows and the label. */
    List<String> arguments() {
        List<String> line = new ArrayList<>(options);
        List<String> features = new ArrayList<>(numbers);
        features.addAll(categories.keySet());
        line.addAll(List.of("--features", String.join(",", features)));
        if (!categories.isEmpty()) {
            line.addAll(List.of("--categorical", String.join(",", categories.keySet())));
        }
        String label = oracle.path("label").asText("");
        boolean named = label.isEmpty() || label.matches("\\w+");
        if (!named || !where.isEmpty() || !computed.isEmpty()) {
            line.addAll(List.of("--sql", sql(label, named)));
        }
        if (!label.isEmpty()) {
            line.addAll(List.of("--label", named ? label : "label"));
        }
        return line;
    }

    private String sql(String label, boolean named) {
        List<String> selected = new ArrayList<>();
        selected.add(computed.isEmpty() ? "*" : "* EXCEPT (" + String.join(", ", computed.keySet()) + ")");
        computed.forEach((column, expression) -> selected.add(expression + " AS " + column));
        if (!named) {
            // A comparison is a label of 0 and 1.
            selected.add((label.matches(".*[<>=].*") ? "CAST(%s AS INT)" : "%s").formatted(label) + " AS label");
        }
        return "SELECT " + String.join(", ", selected) + " FROM input"
                + (where.isEmpty() ? "" : " WHERE " + String.join(" AND ", where));
    }

    private boolean understood(String clause) {
        return clause.isEmpty()
                || clause.toLowerCase(Locale.ROOT).startsWith("none")
                || dropped(clause)
                || kept(clause)
                || oneHot(clause)
                || standardised(clause)
                || filled(clause)
                || computed(clause);
    }

    private boolean dropped(String clause) {
        Matcher matcher = DROPPED.matcher(clause);
        if (!matcher.matches()) {
            return false;
        }
        for (String column : names(matcher.group(1))) {
            where.add(column + " IS NOT NULL");
        }
        return true;
    }

    private boolean kept(String clause) {
        Matcher matcher = KEPT.matcher(clause);
        return matcher.matches() && where.add("(" + matcher.group(1) + ")");
    }

    /** The first of the sorted categories is dropped by the command too; all of them are columns made by SQL. */
    private boolean oneHot(String clause) {
        Matcher matcher = ONE_HOT.matcher(clause);
        if (!matcher.matches()) {
            return false;
        }
        String rest = matcher.group(2).toLowerCase(Locale.ROOT);
        if (rest.contains("first") && rest.contains("dropped")) {
            return true;
        }
        if (!rest.matches(".*(all|every|none|no category).*(kept|dropped).*")) {
            return false;
        }
        categories.forEach((column, values) -> values.forEach(value -> {
            String name = "`%s=%s`".formatted(column, value);
            numbers.add(name.replace("`", ""));
            computed.put(
                    name, "CAST(CAST(%s AS STRING) = '%s' AS DOUBLE)".formatted(column, value.replace("'", "\\'")));
        }));
        categories.clear();
        return true;
    }

    private boolean standardised(String clause) {
        Matcher matcher = STANDARDISED.matcher(clause);
        if (!matcher.matches() || matcher.group(2).matches(".*(ddof ?= ?1|sample).*")) {
            return false;
        }
        List<String> columns = columns(matcher.group(1));
        if (columns == null) {
            return false;
        }
        boolean all = columns.size() == numbers.size();
        options.addAll(List.of("--standardize", all ? "all" : String.join(",", columns)));
        return true;
    }

    private boolean filled(String clause) {
        Matcher matcher = FILLED.matcher(clause);
        return matcher.matches() && options.addAll(List.of("--impute", matcher.group(1)));
    }

    /** What one formula a column does, by Spark SQL. */
    private boolean computed(String clause) {
        Matcher scaled = SCALED.matcher(clause);
        if (scaled.matches()) {
            String sign = scaled.group(2).equalsIgnoreCase("divided") ? "/" : "*";
            return compute(scaled.group(1), "CAST(%1$s AS DOUBLE) " + sign + " " + scaled.group(3) + "D");
        }
        Matcher centred = CENTRED.matcher(clause);
        if (centred.matches()) {
            return compute(centred.group(1), "%1$s - avg(%1$s) OVER ()");
        }
        Matcher range = MIN_MAX.matcher(clause);
        return range.matches()
                && compute(
                        range.group(1),
                        "coalesce(CAST(%1$s - min(%1$s) OVER () AS DOUBLE)"
                                + " / nullif(max(%1$s) OVER () - min(%1$s) OVER (), 0), 0D)");
    }

    private boolean compute(String which, String expression) {
        List<String> columns = columns(which);
        if (columns == null) {
            return false;
        }
        columns.forEach(column -> computed.put(column, expression.formatted(column)));
        return true;
    }

    /** The feature columns that the words mean; null when one of them is no feature. */
    private @Nullable List<String> columns(String words) {
        if (words.matches("(?i)" + ALL)) {
            return List.copyOf(numbers);
        }
        List<String> columns = names(words);
        return numbers.containsAll(columns) ? columns : null;
    }

    private static List<String> names(String words) {
        return Arrays.stream(words.split(",\\s*(?:or |and )?|\\s+(?:or|and)\\s+", -1))
                .map(String::strip)
                .toList();
    }

    private static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }
}
