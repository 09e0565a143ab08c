package io.kiln.driver;

import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/**
 * The SQL function {@code kiln_score('model', column, ...)} with its model: what its call gives.
 *
 * @param label the model as the query names it
 * @param score what scores
 * @param type the type of a call: the one output's, or a struct of all of them
 * @param nullable whether a call can be null
 */
record ScoreFunction(String label, Score score, DataType type, boolean nullable) {
    /** The function's name in SQL. */
    static final String NAME = "kiln_score";

    /** The name as Spark's registry of functions has it. */
    static final FunctionIdentifier IDENTIFIER = new FunctionIdentifier(NAME);

    private static final String DOING = "analysing " + NAME;

    /** What {@code DESCRIBE FUNCTION} shows. */
    static final ExpressionInfo INFO = new ExpressionInfo(
            ScoreCall.class.getName(),
            "",
            NAME,
            "_FUNC_(model, column, ...) - Scores columns with a Kiln model.",
            """

                Arguments:
                  * model - a name that the session knows, or a model folder
                  * column - the model's features in order, or one array column an input
            """,
            "",
            "",
            "misc_funcs",
            "0.1.0",
            "",
            "scala_udf");

    /** What Spark calls with a call's arguments when it analyses a query. */
    static final class Builder extends AbstractFunction1<Seq<Expression>, Expression> {
        @Override
        public Expression apply(Seq<Expression> arguments) {
            List<Expression> all = Scala.list(arguments);
            String label = label(all);
            Kiln kiln = Kiln.on(SparkSession.active());
            Score score = kiln.scoreOf(label);
            List<Expression> columns = all.subList(1, all.size());
            return new ScoreCall(typed(label, score, columns), Scala.seq(List.copyOf(columns)));
        }

        private static String label(List<Expression> arguments) {
            if (arguments.size() < 2) {
                throw KilnException.user(
                        "%s: required a model and at least one column, got %d arguments"
                                .formatted(DOING, arguments.size()),
                        "write " + NAME + "('model', column, ...)");
            }
            Expression first = arguments.getFirst();
            Object value =
                    first.foldable() && first.dataType() instanceof StringType ? first.eval(null) : (Object) null;
            if (value == null) {
                throw KilnException.user(
                        "%s: required the model as a constant text, got %s".formatted(DOING, shown(first)),
                        "name a model folder, or a name given to Kiln.register, in quotes: " + NAME
                                + "('model', column, ...)");
            }
            return value.toString();
        }
    }

    private static ScoreFunction typed(String label, Score score, List<Expression> columns) {
        CallPlan call = score.call(columns(columns));
        List<StructField> results = call.results();
        return results.size() == 1
                ? new ScoreFunction(
                        label,
                        score,
                        results.getFirst().dataType(),
                        results.getFirst().nullable())
                : new ScoreFunction(label, score, new StructType(results.toArray(StructField[]::new)), false);
    }

    /** The arguments as columns of a table. */
    static StructType columns(List<Expression> arguments) {
        List<StructField> fields = new ArrayList<>();
        for (Expression argument : arguments) {
            fields.add(new StructField(
                    shown(argument),
                    argument.dataType(),
                    argument.nullable(),
                    org.apache.spark.sql.types.Metadata.empty()));
        }
        return new StructType(fields.toArray(StructField[]::new));
    }

    private static String shown(Expression argument) {
        return argument instanceof NamedExpression named ? named.name() : argument.sql();
    }
}
