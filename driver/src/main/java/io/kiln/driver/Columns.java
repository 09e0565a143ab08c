package io.kiln.driver;

import io.kiln.arrow.ColumnElements;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of a table, found by name as Spark finds them.
 *
 * @param schema the table's type
 * @param caseSensitive whether Spark is told to tell {@code F2} from {@code f2}
 * @param doing what the table is read for, for messages
 */
public record Columns(StructType schema, boolean caseSensitive, String doing) {
    /** The position of the column {@code name}; -1 when there is none. */
    public int find(String name) {
        int found = -1;
        for (int i = 0; i < schema.size(); i++) {
            String field = schema.fields()[i].name();
            if (caseSensitive ? field.equals(name) : field.equalsIgnoreCase(name)) {
                if (found >= 0) {
                    throw KilnException.user(
                            "%s: required one column %s, got several of that name".formatted(doing, name),
                            "rename or drop all but one of them");
                }
                found = i;
            }
        }
        return found;
    }

    /** The position of the column {@code name}, or an error with the names nearest to it. */
    public int require(String name) {
        int found = find(name);
        if (found < 0) {
            throw KilnException.user(
                    "%s: required column %s, got a table without it%s".formatted(doing, name, near(name)),
                    "name a column of the table: " + listed(List.of(schema.fieldNames())));
        }
        return found;
    }

    /** The positions of columns and patterns in order: a pattern gives its columns in the schema's order, each column once. */
    public List<Integer> select(List<String> patterns) {
        Set<Integer> ordinals = new LinkedHashSet<>();
        for (String pattern : patterns) {
            if (find(pattern) >= 0 || pattern.indexOf('*') < 0) {
                if (!ordinals.add(require(pattern))) {
                    throw KilnException.user(
                            "%s: required each feature column once, got %s twice".formatted(doing, pattern),
                            "name it once");
                }
                continue;
            }
            List<Integer> matching = matching(pattern);
            if (matching.isEmpty()) {
                throw KilnException.user(
                        "%s: required a column that matches %s, got none".formatted(doing, pattern),
                        "name columns of the table: " + listed(List.of(schema.fieldNames())));
            }
            ordinals.addAll(matching);
        }
        return List.copyOf(ordinals);
    }

    private List<Integer> matching(String pattern) {
        String quoted = Pattern.quote(pattern).replace("*", "\\E.*\\Q");
        Pattern regex = Pattern.compile(quoted, caseSensitive ? 0 : Pattern.CASE_INSENSITIVE);
        List<Integer> ordinals = new ArrayList<>();
        for (int i = 0; i < schema.size(); i++) {
            if (regex.matcher(schema.fields()[i].name()).matches()) {
                ordinals.add(i);
            }
        }
        return ordinals;
    }

    /** The positions of all columns of numbers and booleans. */
    public List<Integer> numeric() {
        List<Integer> ordinals = new ArrayList<>();
        for (int i = 0; i < schema.size(); i++) {
            DataType type = schema.fields()[i].dataType();
            if (type instanceof NumericType || type instanceof BooleanType) {
                ordinals.add(i);
            }
        }
        return ordinals;
    }

    public String name(int ordinal) {
        return schema.fields()[ordinal].name();
    }

    public DataType type(int ordinal) {
        return schema.fields()[ordinal].dataType();
    }

    public boolean isList(int ordinal) {
        return ColumnElements.depth(type(ordinal)) > 0;
    }

    /** The column of exactly this name, whatever characters are in it. */
    public static Column column(String name) {
        return functions.col("`" + name.replace("`", "``") + "`");
    }

    /** Names in one line, the first twenty of many. */
    public static String listed(List<String> names) {
        List<String> shown = names.size() <= 20 ? names : names.subList(0, 20);
        return String.join(", ", shown) + (names.size() > 20 ? ", ... (" + names.size() + " in all)" : "");
    }

    private String near(String name) {
        List<String> close = List.of(schema.fieldNames()).stream()
                .filter(field -> distance(field, name) <= Math.max(2, name.length() / 3))
                .sorted(Comparator.comparingInt(field -> distance(field, name)))
                .limit(3)
                .toList();
        return close.isEmpty() ? "" : " (nearest: " + String.join(", ", close) + ")";
    }

    /** Levenshtein's distance, whatever the case. */
    private static int distance(String a, String b) {
        String x = a.toLowerCase(Locale.ROOT);
        String y = b.toLowerCase(Locale.ROOT);
        int[] row = new int[y.length() + 1];
        for (int j = 0; j <= y.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= x.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= y.length(); j++) {
                int replace = diagonal + (x.charAt(i - 1) == y.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[y.length()];
    }
}
