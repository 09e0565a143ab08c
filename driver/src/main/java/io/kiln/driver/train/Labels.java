package io.kiln.driver.train;

import io.kiln.driver.Columns;
import io.kiln.error.KilnException;
import java.math.BigDecimal;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * What is in the label's column; where there is none, the rows are counted and their weights checked.
 *
 * @param rows of the table
 * @param min the smallest label
 * @param max the largest
 * @param mean of the labels
 * @param whole whether all are whole numbers
 */
record Labels(long rows, double min, double max, double mean, boolean whole) {
    private static final int MAX_CLASSES = 100_000;

    /** Reads the label's column once, and the weight's. */
    static Labels of(String doing, TrainingColumns columns) {
        String name = columns.label() < 0 ? "" : columns.table().columns()[columns.label()];
        Column label =
                columns.label() < 0 ? functions.lit(0.0) : Columns.column(name).cast("double");
        Column weight = columns.weight() < 0
                ? functions.lit(1.0)
                : Columns.column(columns.table().columns()[columns.weight()]).cast("double");
        Row row = columns.table()
                .agg(
                        functions.count(functions.lit(1)),
                        functions.count(label),
                        functions.min(label),
                        functions.max(label),
                        functions.avg(label),
                        functions.sum(functions
                                .when(label.notEqual(functions.floor(label)), 1)
                                .otherwise(0)),
                        functions.sum(functions
                                .when(weight.isNull().or(weight.lt(0)).or(weight.isNaN()), 1)
                                .otherwise(0)))
                .first();
        long rows = row.getLong(0);
        if (rows == 0) {
            throw TrainingColumns.noRows(doing);
        }
        if (row.getLong(1) < rows) {
            throw KilnException.user(
                    "%s: required a label in every row of column %s, got %d nulls in %d rows"
                            .formatted(doing, name, rows - row.getLong(1), rows),
                    "leave these rows out: --sql \"SELECT * FROM input WHERE %s IS NOT NULL\"".formatted(name));
        }
        double min = row.getDouble(2);
        double max = row.getDouble(3);
        if (!Double.isFinite(min) || !Double.isFinite(max)) {
            throw KilnException.user(
                    "%s: required finite labels in column %s, got %s to %s".formatted(doing, name, min, max),
                    "leave these rows out with --sql");
        }
        if (row.getLong(6) > 0) {
            throw KilnException.user(
                    "%s: required weights from 0 in column %s, got %d rows with null, NaN or less than 0"
                            .formatted(doing, columns.table().columns()[columns.weight()], row.getLong(6)),
                    "leave these rows out with --sql");
        }
        return new Labels(rows, min, max, row.getDouble(4), row.getLong(5) == 0);
    }

    /** What the last layer means for {@code algorithm} and these labels. */
    Head head(Algorithm algorithm, String doing, TrainingColumns columns) {
        String name = columns.table().columns()[columns.label()];
        return switch (algorithm) {
            case LINEAR_REGRESSION, FACTORIZATION -> new Head.Squared();
            case POISSON -> {
                require(doing, name, "counts from 0", min >= 0);
                yield new Head.Poisson();
            }
            case LOGISTIC_REGRESSION -> {
                require(doing, name, "labels 0 and 1", whole && min >= 0 && max <= 1);
                yield new Head.Sigmoid();
            }
            case MULTINOMIAL -> classes(doing, name);
            case MLP -> {
                if (!columns.wholeLabel()) {
                    yield new Head.Squared();
                }
                Head classes = classes(doing, name);
                yield max <= 1 ? new Head.Sigmoid() : classes;
            }
            case KMEANS, PCA -> throw KilnException.internal(doing + ": there is no label");
        };
    }

    private Head classes(String doing, String name) {
        require(doing, name, "class labels 0, 1, ...", whole && min >= 0 && max < MAX_CLASSES);
        return new Head.Softmax(Math.max(2, (int) max + 1));
    }

    private void require(String doing, String name, String required, boolean met) {
        if (!met) {
            throw KilnException.user(
                    "%s: required %s in column %s, got values from %s to %s%s"
                            .formatted(doing, required, name, plain(min), plain(max), whole ? "" : ", not all whole"),
                    "map them with --sql: SELECT *, CASE WHEN ... THEN 1 ELSE 0 END AS label FROM input");
        }
    }

    private static String plain(double value) {
        return new BigDecimal(value).stripTrailingZeros().toPlainString();
    }
}
