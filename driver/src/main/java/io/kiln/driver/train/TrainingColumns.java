package io.kiln.driver.train;

import io.kiln.driver.Columns;
import io.kiln.driver.TextColumns;
import io.kiln.error.KilnException;
import io.kiln.model.ModelColumn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a table a training reads, checked.
 *
 * @param table the table, narrowed to these columns in its own order; categories are positions already
 * @param features the model's columns in order: one list column, or one column a feature
 * @param featureOrdinals their positions in {@code table}
 * @param length elements of the list column; 0 when features are columns of their own
 * @param label position of the label; -1 for none
 * @param weight position of the weight; -1 for none
 * @param wholeLabel whether the label's type is of whole numbers or booleans
 */
record TrainingColumns(
        Dataset<Row> table,
        List<ModelColumn> features,
        List<Integer> featureOrdinals,
        int length,
        int label,
        int weight,
        boolean wholeLabel) {
    private static final int MAX_CATEGORIES = 10_000;
    private static final int MAX_PAIRED = 1_000_000;

    /** Elements of a row as the program reads it. */
    int width() {
        return length == 0 ? features.size() : length;
    }

    /** The elements' columns: those of a list are named {@code name[i]}. */
    List<ModelColumn> elements() {
        if (length == 0) {
            return features;
        }
        List<ModelColumn> elements = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            elements.add(ModelColumn.number(features.getFirst().name() + "[" + i + "]"));
        }
        return elements;
    }

    /** Finds and checks the columns of {@code training} in {@code table}. */
    static TrainingColumns of(Training training, Dataset<Row> table) {
        Columns columns = new Columns(table.schema(), training.kiln.isCaseSensitive(), "training " + training.name);
        int label = training.algorithm.isSupervised() ? label(columns, training.label) : -1;
        @Nullable String weightName = training.weight;
        int weight = weightName == null ? -1 : columns.require(weightName);
        if (weight >= 0 && !(columns.type(weight) instanceof NumericType)) {
            throw KilnException.user(
                    "%s: required weight column %s to hold numbers, got %s"
                            .formatted(
                                    columns.doing(),
                                    columns.name(weight),
                                    columns.type(weight).simpleString()),
                    "name a column of numbers with --weight");
        }
        boolean pairs = training.algorithm == Algorithm.FACTORIZATION;
        Set<Integer> categorical = new HashSet<>(columns.select(pairs ? training.features : training.categorical));
        List<Integer> features = features(training, columns, categorical, label, weight);
        for (int ordinal : features) {
            check(columns, ordinal, categorical.contains(ordinal), features.size());
        }
        if (pairs && (training.features.isEmpty() || features.size() != 2)) {
            throw KilnException.user(
                    "%s: required two feature columns, the user and the item, got %s"
                            .formatted(
                                    columns.doing(),
                                    training.features.isEmpty() ? "none" : String.join(", ", training.features)),
                    "name them: --features user,item --label rating");
        }
        return narrowed(table, columns, features, categorical, pairs ? MAX_PAIRED : MAX_CATEGORIES, label, weight);
    }

    private static int label(Columns columns, String name) {
        int label = columns.require(name);
        DataType type = columns.type(label);
        if (!(type instanceof NumericType || type instanceof BooleanType)) {
            throw KilnException.user(
                    "%s: required label column %s to hold numbers, got %s"
                            .formatted(columns.doing(), columns.name(label), type.simpleString()),
                    "name a column of numbers with --label, or map the texts to 0, 1, ... with --sql");
        }
        return label;
    }

    private static List<Integer> features(
            Training training, Columns columns, Set<Integer> categorical, int label, int weight) {
        List<Integer> found;
        if (training.features.isEmpty()) {
            Set<Integer> all = new TreeSet<>(columns.numeric());
            all.addAll(categorical);
            found = List.copyOf(all);
        } else {
            found = columns.select(training.features);
        }
        List<Integer> features =
                found.stream().filter(i -> i != label && i != weight).toList();
        if (features.isEmpty()) {
            throw KilnException.user(
                    columns.doing() + ": required feature columns beside the label, got none",
                    "name them with --features; the table has "
                            + Columns.listed(List.of(columns.schema().fieldNames())));
        }
        for (int ordinal : categorical) {
            if (!features.contains(ordinal)) {
                throw KilnException.user(
                        "%s: column %s is named as categorical, but is no feature"
                                .formatted(columns.doing(), columns.name(ordinal)),
                        "name it in --features too");
            }
        }
        return features;
    }

    private static void check(Columns columns, int ordinal, boolean categorical, int count) {
        DataType type = columns.type(ordinal);
        boolean list = type instanceof ArrayType array && array.elementType() instanceof NumericType && count == 1;
        if (categorical
                ? TextColumns.isCategory(type)
                : type instanceof NumericType || type instanceof BooleanType || list) {
            return;
        }
        throw KilnException.user(
                "%s: required feature column %s to hold numbers, got %s"
                        .formatted(columns.doing(), columns.name(ordinal), type.simpleString()),
                TextColumns.isCategory(type)
                        ? "leave it out of --features, or say --categorical " + columns.name(ordinal)
                        : "leave it out of --features; one array column of numbers is read when it is the only feature"
                                + " column");
    }

    private static TrainingColumns narrowed(
            Dataset<Row> table,
            Columns columns,
            List<Integer> features,
            Set<Integer> categorical,
            int most,
            int label,
            int weight) {
        Set<Integer> used = new TreeSet<>(features);
        if (label >= 0) {
            used.add(label);
        }
        if (weight >= 0) {
            used.add(weight);
        }
        // In the table's own order, so that the reader's columns are taken as they come.
        List<Integer> order = List.copyOf(used);
        List<Column> selected = new ArrayList<>();
        List<List<String>> categories = new ArrayList<>();
        for (int ordinal : order) {
            String name = columns.name(ordinal);
            List<String> values = categorical.contains(ordinal) ? categories(columns, table, ordinal, most) : List.of();
            categories.add(values);
            selected.add(
                    values.isEmpty()
                            ? Columns.column(name)
                            : TextColumns.index(name, values).as(name));
        }
        List<ModelColumn> model = new ArrayList<>();
        for (int ordinal : features) {
            model.add(new ModelColumn(columns.name(ordinal), categories.get(order.indexOf(ordinal))));
        }
        boolean list = features.size() == 1 && columns.isList(features.getFirst());
        return new TrainingColumns(
                selected.size() == table.columns().length && categorical.isEmpty()
                        ? table
                        : table.select(selected.toArray(Column[]::new)),
                model,
                features.stream().map(order::indexOf).toList(),
                list ? length(columns, table, features.getFirst()) : 0,
                label < 0 ? -1 : order.indexOf(label),
                weight < 0 ? -1 : order.indexOf(weight),
                label >= 0
                        && (columns.type(label) instanceof IntegralType || columns.type(label) instanceof BooleanType));
    }

    private static int length(Columns columns, Dataset<Row> table, int ordinal) {
        Column list = Columns.column(columns.name(ordinal));
        List<Row> first = table.filter(list.isNotNull())
                .select(functions.size(list))
                .limit(1)
                .collectAsList();
        if (first.isEmpty()) {
            throw noRows(columns.doing());
        }
        return first.getFirst().getInt(0);
    }

    static KilnException noRows(String doing) {
        return KilnException.user(
                doing + ": required rows to train on, got 0 rows: the table is empty",
                "check the input's path and the filter in --sql");
    }

    private static List<String> categories(Columns columns, Dataset<Row> table, int ordinal, int most) {
        List<Row> rows = table.select(
                        Columns.column(columns.name(ordinal)).cast("string").as("value"))
                .filter("value is not null")
                .distinct()
                .limit(most + 1)
                .collectAsList();
        if (rows.size() > most) {
            throw KilnException.user(
                    "%s: required at most %d categories in column %s, got more"
                            .formatted(columns.doing(), most, columns.name(ordinal)),
                    "leave the column out, or group its values with --sql");
        }
        if (rows.isEmpty()) {
            throw KilnException.user(
                    "%s: required values in categorical column %s, got only nulls or no rows"
                            .formatted(columns.doing(), columns.name(ordinal)),
                    "leave the column out");
        }
        return rows.stream().map(row -> row.getString(0)).sorted().toList();
    }
}
