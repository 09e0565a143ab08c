package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an oracle asks of {@code kiln train}.
 *
 * @param arguments the options that say the same as the oracle's sentences
 * @param unsupported why it cannot be asked of this version, or null
 */
record TrainingArguments(List<String> arguments, @Nullable String unsupported) {
    private static final Pattern DROPPED =
            Pattern.compile("rows with a null in (.+?) are dropped", Pattern.CASE_INSENSITIVE);
    private static final Pattern STANDARDISED = Pattern.compile(
            "(numeric columns: )?each feature column standardised: \\(x - mean\\) / std, .*", Pattern.CASE_INSENSITIVE);
    private static final Pattern ONE_HOT = Pattern.compile(
            ".*one-hot, 0/1, not standardised, categories sorted, " + "the first .*dropped", Pattern.CASE_INSENSITIVE);
    private static final Pattern IDENTIFIER = Pattern.compile("\\w+");

    static TrainingArguments of(JsonNode oracle, Path file) {
        String task = oracle.path("task").asText().toLowerCase(Locale.ROOT);
        String algorithm = switch (task.replaceAll(",? l2$", "")) {
            case "binary logistic regression", "logistic regression" -> "logistic-regression";
            case "ridge regression", "linear regression" -> "linear-regression";
            default -> null;
        };
        if (algorithm == null) {
            return unsupported(
                    "no algorithm for '%s' yet".formatted(oracle.path("task").asText()));
        }
        Path data = find(file, oracle.path("data").asText());
        if (data == null) {
            return unsupported("there is no " + oracle.path("data").asText() + " above the oracle");
        }
        List<String> line = new ArrayList<>(List.of("--algorithm", algorithm, "--input", data.toString()));
        String where = "";
        for (String clause : oracle.path("preprocessing").asText("none").split("; ", -1)) {
            Matcher dropped = DROPPED.matcher(clause.strip());
            if (dropped.matches()) {
                where = where(dropped.group(1));
            } else if (STANDARDISED.matcher(clause.strip()).matches()) {
                line.addAll(List.of("--standardize", "all"));
            } else if (!ONE_HOT.matcher(clause.strip()).matches()
                    && !clause.strip().startsWith("none")) {
                return unsupported("its preprocessing is not understood: " + clause.strip());
            }
        }
        line.addAll(features(oracle));
        String label = oracle.path("label").asText();
        if (IDENTIFIER.matcher(label).matches() && where.isEmpty()) {
            line.addAll(List.of("--label", label));
        } else {
            line.addAll(List.of(
                    "--sql",
                    "SELECT *, CAST(%s AS INT) AS label FROM input%s".formatted(label, where),
                    "--label",
                    "label"));
        }
        line.addAll(List.of("--l2", oracle.path("l2").asText("0")));
        line.addAll(List.of("--max-iter", "1000", "--tolerance", "1e-10"));
        return new TrainingArguments(List.copyOf(line), null);
    }

    /** A feature {@code carrier=AA} is a value of the categorical column {@code carrier}. */
    private static List<String> features(JsonNode oracle) {
        Set<String> columns = new LinkedHashSet<>();
        Set<String> categorical = new LinkedHashSet<>();
        for (JsonNode feature : oracle.path("features")) {
            String name = feature.asText();
            int equals = name.indexOf('=');
            String column = equals < 0 ? name : name.substring(0, equals);
            columns.add(column);
            if (equals >= 0) {
                categorical.add(column);
            }
        }
        List<String> line = new ArrayList<>(List.of("--features", String.join(",", columns)));
        if (!categorical.isEmpty()) {
            line.addAll(List.of("--categorical", String.join(",", categorical)));
        }
        return line;
    }

    private static String where(String columns) {
        List<String> tests = new ArrayList<>();
        for (String column : columns.split(",\\s*|\\s+(?:or|and)\\s+", -1)) {
            tests.add(column.strip() + " IS NOT NULL");
        }
        return " WHERE " + String.join(" AND ", tests);
    }

    private static @Nullable Path find(Path oracle, String data) {
        for (Path at = oracle.toAbsolutePath().getParent(); at != null; at = at.getParent()) {
            if (Files.exists(at.resolve(data))) {
                return at.resolve(data);
            }
        }
        return null;
    }

    private static TrainingArguments unsupported(String reason) {
        return new TrainingArguments(List.of(), reason);
    }
}
