package io.kiln.jobs.cases.numerics;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A case's definition as text: a row of the table reads a static argument from it that the manifest's parameters leave
 * out, such as an exponent or an einsum's subscripts.
 *
 * @param text the Python expression
 */
public record CallText(String text) {
    private static final Pattern INTEGER = Pattern.compile("-?\\d+");

    /** Whether the definition holds this text. */
    boolean has(String part) {
        return text.contains(part);
    }

    /** The positional and keyword arguments of the first call of {@code function}, as written; none when it is not called. */
    List<String> arguments(String function) {
        int at = text.indexOf(function + "(");
        return at < 0 ? List.of() : split(at + function.length() + 1);
    }

    /** Positional argument {@code i} of the first call of {@code function} as a number. */
    double number(String function, int i) {
        return Double.parseDouble(arguments(function).get(i).trim());
    }

    /** Positional argument {@code i} of the first call of {@code function} as a number, or {@code otherwise} without it. */
    double number(String function, int i, double otherwise) {
        List<String> arguments = arguments(function);
        return i >= arguments.size() || arguments.get(i).contains("=") ? otherwise : number(function, i);
    }

    /** A keyword argument of the first call of {@code function}, as written but without quotes; or {@code otherwise}. */
    String keyword(String function, String name, String otherwise) {
        for (String argument : arguments(function)) {
            String[] sides = argument.trim().split("\\s*=\\s*", 2);
            if (sides.length == 2 && sides[0].equals(name)) {
                return sides[1].replace("'", "").replace("\"", "");
            }
        }
        return otherwise;
    }

    /** An argument of the first call of {@code function}, by position or by keyword, as an integer; or {@code otherwise}. */
    int integer(String function, int i, String name, int otherwise) {
        String keyword = keyword(function, name, "");
        return keyword.isEmpty() ? (int) number(function, i, otherwise) : Integer.parseInt(keyword);
    }

    /** The integers in an argument of the first call of {@code function}, by position or by keyword; none without it. */
    int[] integers(String function, int i, String name) {
        List<String> arguments = arguments(function);
        String own = i < arguments.size() && !arguments.get(i).contains("=") ? arguments.get(i) : "";
        return INTEGER.matcher(keyword(function, name, own))
                .results()
                .mapToInt(number -> Integer.parseInt(number.group()))
                .toArray();
    }

    /** The arguments from {@code start} to the bracket that closes the call, cut at the commas outside of brackets. */
    private List<String> split(int start) {
        List<String> out = new ArrayList<>();
        int depth = 0;
        int from = start;
        boolean quoted = false;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            quoted ^= c == '\'' || c == '"';
            if (quoted) {
                continue;
            }
            if (depth == 0 && (c == ')' || c == ',')) {
                out.add(text.substring(from, i));
                from = i + 1;
                if (c == ')') {
                    break;
                }
            } else if (c == '(' || c == '[') {
                depth++;
            } else if (c == ')' || c == ']') {
                depth--;
            }
        }
        return out;
    }

    @Override
    public String toString() {
        return text;
    }
}
