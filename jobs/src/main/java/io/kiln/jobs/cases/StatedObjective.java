package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An oracle's objective as {@code scale} times {@code kiln train}'s, which is a mean: {@code (1/(2n)) sum r²} of linear regression, {@code
 * (1/n) sum} of the others, plus {@code (l2/2) |w|² + l1 |w|₁}.
 *
 * @param scale what the command's objective is multiplied with
 * @param l1 for the command
 * @param l2 for the command
 * @param unsupported what of it the command cannot minimise, or null
 */
record StatedObjective(
        double scale, double l1, double l2, @Nullable String unsupported) {
    private static final Pattern MEAN = Pattern.compile("\\(?(?:1|0\\.5)/\\(?(2\\*?)?n\\)?\\)?");
    private static final Pattern HALF = Pattern.compile("(?:\\(1/2\\)|1/2|0\\.5|½)\\*?");

    /**
     * Reads the formula: a mean or a sum before {@code sum_i}, and whether the penalty has a half.
     *
     * @param squared whether the loss is the squared one, whose mean the command halves
     */
    static StatedObjective of(JsonNode oracle, boolean squared) {
        String whole = oracle.path("objective").asText().toLowerCase(Locale.ROOT);
        if (whole.matches(".*intercept is (also )?(regularised|regularized|penali[sz]ed).*")
                || whole.matches(".*(no intercept|without (an )?intercept).*")) {
            return new StatedObjective(1, 0, 0, "its intercept is not the usual one: " + whole);
        }
        String formula = whole.substring(whole.indexOf('=') + 1).replace(" ", "");
        int sum = formula.indexOf("sum");
        double scale = sum < 0
                ? 1
                : scale(formula.substring(0, sum), oracle.path("rows_used").asDouble(1), squared);
        // A weight of the penalty alone, as in alpha * (...), is read with the others.
        double alpha = number(oracle, "alpha", number(oracle, "lambda", Double.NaN));
        double ratio = number(oracle, "l1_ratio", Double.NaN);
        double l1 = number(oracle, "l1", Double.NaN);
        double l2 = number(oracle, "l2", Double.NaN);
        if (!Double.isNaN(alpha) && Double.isNaN(l1) && Double.isNaN(l2)) {
            boolean lasso = formula.contains("|w") && !formula.contains("||w||^2") && !formula.contains("w_j^2");
            double share = Double.isNaN(ratio) ? (lasso ? 1 : 0) : ratio;
            return new StatedObjective(scale, alpha * share / scale, alpha * (1 - share) / scale, null);
        }
        double squares = Double.isNaN(l2) ? 0 : l2 * (halved(formula, "l2") ? 1 : 2);
        return new StatedObjective(scale, Double.isNaN(l1) ? 0 : l1 / scale, squares / scale, null);
    }

    /** What stands before the sum: 1/n or 1/(2n) is a mean, a half or nothing is a sum. */
    private static double scale(String before, double rows, boolean squared) {
        Matcher mean = MEAN.matcher(before);
        boolean isMean = mean.find();
        boolean half = isMean
                ? mean.group(1) != null || mean.group().contains("0.5")
                : HALF.matcher(before).find();
        double scale = squared && !half ? 2 : 1;
        return isMean ? scale : scale * rows;
    }

    /** Whether {@code name} has a half beside it, as in {@code (l2/2)} or {@code 0.5*l2}. */
    private static boolean halved(String formula, String name) {
        return formula.contains(name + "/2")
                || formula.matches(".*(1/2\\)?|0\\.5|½)\\*?\\(?" + Pattern.quote(name) + ".*");
    }

    private static double number(JsonNode oracle, String name, double otherwise) {
        return oracle.path(name).isNumber() ? oracle.path(name).asDouble() : otherwise;
    }
}
