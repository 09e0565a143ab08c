package io.kiln.driver;

import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Columns of text that a model knows by its list of categories: each is read through a column of positions in that list. */
public final class TextColumns {
    private static final String PREFIX = "__kiln_category_";

    private TextColumns() {}

    /** The position of a text in a list; -1 for a text that is not in it, null for null. */
    static final class Position implements UDF1<@Nullable String, @Nullable Integer> {
        private static final long serialVersionUID = 1L;

        private final HashMap<String, Integer> positions = new HashMap<>();

        Position(List<String> categories) {
            for (String category : categories) {
                positions.putIfAbsent(category, positions.size());
            }
        }

        @Override
        public @Nullable Integer call(@Nullable String text) {
            // A null stays one: the null policy decides.
            return text == null ? null : positions.getOrDefault(text, -1);
        }
    }

    /** The table with one more column for each text column that the model reads. */
    static Dataset<Row> indexed(Dataset<Row> table, Columns columns, Model model, List<List<Integer>> bound) {
        Dataset<Row> result = table;
        for (Map.Entry<Integer, ModelColumn> text : texts(model, bound).entrySet()) {
            String name = columns.name(text.getKey());
            requireCategory(columns, text.getKey(), text.getValue());
            result = result.withColumn(
                    PREFIX + text.getKey(), index(name, text.getValue().categories()));
        }
        return result;
    }

    /** An error where the column at this position cannot hold the model's texts. */
    static void requireCategory(Columns columns, int ordinal, ModelColumn text) {
        if (!isCategory(columns.type(ordinal))) {
            throw KilnException.user(
                    "%s: required column %s to hold text (string) or whole numbers, of %d categories, got %s"
                            .formatted(
                                    columns.doing(),
                                    columns.name(ordinal),
                                    text.categories().size(),
                                    columns.type(ordinal).simpleString()),
                    "name the column of text that the model was trained on, or cast this one to string");
        }
    }

    /** The column of positions of the texts of {@code column} in {@code categories}. */
    public static Column index(String column, List<String> categories) {
        return index(Columns.column(column), categories);
    }

    private static Column index(Column column, List<String> categories) {
        return functions.udf(new Position(categories), DataTypes.IntegerType).apply(column.cast("string"));
    }

    /** The positions of the texts that an expression gives. */
    static Expression index(Expression text, List<String> categories, SparkSession session) {
        return session.expression(index(ExpressionUtils.column(text), categories));
    }

    /** Whether values of this type can be categories: text, booleans and whole numbers, by their text. */
    public static boolean isCategory(DataType type) {
        return type instanceof StringType || type instanceof BooleanType || type instanceof IntegralType;
    }

    /** Where the model's columns lie in the table that {@link #indexed} made. */
    static List<List<Integer>> positions(StructType indexed, Model model, List<List<Integer>> bound) {
        Map<Integer, ModelColumn> texts = texts(model, bound);
        List<List<Integer>> result = new ArrayList<>();
        for (List<Integer> ordinals : bound) {
            result.add(ordinals.stream()
                    .map(i -> texts.containsKey(i) ? indexed.fieldIndex(PREFIX + i) : i)
                    .toList());
        }
        return result;
    }

    private static Map<Integer, ModelColumn> texts(Model model, List<List<Integer>> bound) {
        Map<Integer, ModelColumn> texts = new java.util.TreeMap<>();
        for (int i = 0; i < bound.size(); i++) {
            List<ModelColumn> columns = model.inputs().get(i).columns();
            for (int j = 0; j < columns.size() && columns.size() == bound.get(i).size(); j++) {
                if (columns.get(j).isText()) {
                    texts.put(bound.get(i).get(j), columns.get(j));
                }
            }
        }
        return texts;
    }
}
