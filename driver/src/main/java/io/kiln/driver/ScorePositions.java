package io.kiln.driver;

import io.kiln.error.KilnException;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.BaseEvalPython;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** Where a query may call {@code kiln_score}. */
final class ScorePositions {
    private ScorePositions() {}

    /** The analyzer's check of a whole query. */
    static final class Check extends AbstractFunction1<LogicalPlan, BoxedUnit> {
        @Override
        public BoxedUnit apply(LogicalPlan plan) {
            plan.foreach(new AbstractFunction1<LogicalPlan, BoxedUnit>() {
                @Override
                public BoxedUnit apply(LogicalPlan node) {
                    require(node);
                    return BoxedUnit.UNIT;
                }
            });
            return BoxedUnit.UNIT;
        }
    }

    /** Whether an expression has a call in it. */
    static boolean hasCall(Expression expression) {
        return has(expression, ScoreCall.class);
    }

    /** Whether an expression or one inside it is of this type. */
    private static boolean has(Expression expression, Class<?> type) {
        return expression.exists(new AbstractFunction1<>() {
            @Override
            public Object apply(Expression each) {
                return type.isInstance(each);
            }
        });
    }

    /** Whether a node has calls, which must then be where the operator can compute them before it. */
    static boolean require(LogicalPlan node) {
        List<Expression> expressions = Scala.list(node.expressions());
        if (expressions.stream().noneMatch(ScorePositions::hasCall)) {
            return false;
        }
        switch (node) {
            // Expand is how Spark computes several DISTINCT aggregates.
            case Project _, Filter _, Sort _, Window _, Expand _, RepartitionByExpression _, BaseEvalPython _ -> {}
            case Aggregate _ -> expressions.forEach(ScorePositions::requireNoAggregateInside);
            case Join _ -> throw refused("in the condition of a JOIN");
            case Generate _ -> throw refused("inside a generator such as explode");
            default -> throw refused("in " + node.nodeName());
        }
        return true;
    }

    private static void requireNoAggregateInside(Expression expression) {
        if (expression instanceof ScoreCall call
                && Scala.list(call.children()).stream().anyMatch(each -> has(each, AggregateExpression.class))) {
            throw refused("on an aggregate");
        }
        Scala.list(expression.children()).forEach(ScorePositions::requireNoAggregateInside);
    }

    /** The error of a call in another place. */
    static KilnException refused(String where) {
        return KilnException.user(
                "planning %s: required it in SELECT, WHERE, ORDER BY, GROUP BY or as the argument of an aggregate or a window function, got it %s"
                        .formatted(ScoreFunction.NAME, where),
                "score in the SELECT of a subquery, and use its column: SELECT ... FROM (SELECT *, %s('model', x) AS score FROM t)"
                        .formatted(ScoreFunction.NAME));
    }
}
