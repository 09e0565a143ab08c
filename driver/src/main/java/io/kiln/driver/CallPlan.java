package io.kiln.driver;

import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.arrow.ResultColumn;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelColumn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A call of {@code kiln_score} whose arguments are bound to a model's inputs.
 *
 * @param planner plans the operator
 * @param model the program of one row
 * @param rows the types of its inputs
 * @param bound the arguments of each input
 * @param results the results' columns
 * @param categories for each argument the texts that the model knows by their positions; empty for a number
 * @param nulls what a null in an argument means
 */
record CallPlan(
        ScorePlanner planner,
        Model model,
        List<ShapedArray> rows,
        List<List<Integer>> bound,
        List<StructField> results,
        List<List<String>> categories,
        NullPolicy nulls) {
    /** Binds and checks; an error where a task would find one. */
    static CallPlan of(
            ScorePlanner planner,
            Columns columns,
            Model model,
            List<ShapedArray> rows,
            List<List<Integer>> bound,
            ScoreOptions options,
            String policy) {
        if (policy.equals("skip")) {
            throw KilnException.user(
                    "%s: required a null policy that keeps every row, got skip".formatted(columns.doing()),
                    "use propagate and filter the nulls out, or score the table: table.transform(kiln.score(...))");
        }
        NullPolicy nulls = NullPolicy.parse(policy);
        List<List<String>> categories = categories(columns, model, bound);
        ScorePlanner.packing(read(columns.schema(), categories), rows, bound, nulls, values(bound.size()));
        return new CallPlan(planner, model, rows, bound, results(columns, model, options, nulls), categories, nulls);
    }

    private static List<InputColumns.Read> values(int inputs) {
        return Collections.nCopies(inputs, InputColumns.Read.VALUES);
    }

    private static List<StructField> results(Columns columns, Model model, ScoreOptions options, NullPolicy nulls) {
        List<String> names = ScorePlanner.outputs(columns, model, options);
        boolean nullable = nulls.kind() == NullPolicy.Kind.PROPAGATE;
        List<StructField> fields = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            fields.add(new StructField(
                    names.get(i), ResultColumn.sparkType(model.outputs().get(i).row()), nullable, Metadata.empty()));
        }
        return fields;
    }

    private static List<List<String>> categories(Columns columns, Model model, List<List<Integer>> bound) {
        List<List<String>> categories =
                new ArrayList<>(Collections.nCopies(columns.schema().size(), List.of()));
        for (int i = 0; i < bound.size(); i++) {
            List<ModelColumn> own = model.inputs().get(i).columns();
            for (int j = 0; j < own.size() && own.size() == bound.get(i).size(); j++) {
                if (own.get(j).isText()) {
                    int argument = bound.get(i).get(j);
                    TextColumns.requireCategory(columns, argument, own.get(j));
                    categories.set(argument, own.get(j).categories());
                }
            }
        }
        return categories;
    }

    /** The arguments as the packer reads them: positions where the model knows texts. */
    private static StructType read(StructType arguments, List<List<String>> categories) {
        StructField[] fields = arguments.fields().clone();
        for (int i = 0; i < fields.length; i++) {
            if (!categories.get(i).isEmpty()) {
                fields[i] = new StructField(fields[i].name(), DataTypes.IntegerType, true, Metadata.empty());
            }
        }
        return new StructType(fields);
    }

    /** The arguments as the operator reads them: positions where the model knows texts. */
    List<Expression> read(List<Expression> arguments) {
        List<Expression> read = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            read.add(
                    categories.get(i).isEmpty()
                            ? arguments.get(i)
                            : TextColumns.index(arguments.get(i), categories.get(i), planner.session()));
        }
        return read;
    }

    /** The operator that computes the call from these columns, one an argument. */
    ScoreOperator operator(List<Attribute> arguments) {
        List<Attribute> inputs = new ArrayList<>();
        List<Integer> positions = new ArrayList<>();
        for (Attribute argument : arguments) {
            int at = 0;
            while (at < inputs.size() && !inputs.get(at).exprId().equals(argument.exprId())) {
                at++;
            }
            if (at == inputs.size()) {
                inputs.add(argument);
            }
            positions.add(at);
        }
        StructType read = new StructType(inputs.stream()
                .map(each -> new StructField(each.name(), each.dataType(), each.nullable(), each.metadata()))
                .toArray(StructField[]::new));
        List<List<Integer>> columns = bound.stream()
                .map(each -> each.stream().map(positions::get).toList())
                .toList();
        List<Attribute> produced = results.stream()
                .map(each -> Scala.attribute(each.name(), each.dataType(), each.nullable()))
                .toList();
        return new ScoreOperator(
                planner.spec(read, model, rows, columns, nulls, values(rows.size())), inputs, produced);
    }
}
