package io.kiln.driver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.optimizer.CollapseProject;
import org.apache.spark.sql.catalyst.optimizer.ColumnPruning;
import org.apache.spark.sql.catalyst.optimizer.RemoveNoopOperators;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;
import scala.runtime.AbstractPartialFunction;

/**
 * Takes calls of {@code kiln_score} out of expressions into operators below them, as Spark does with Python functions: equal calls are
 * computed once, what they do not read and nobody above needs is left out, and conditions without a call filter rows before they are
 * scored.
 */
public final class ScoreExtraction extends Rule<LogicalPlan> {
    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        LogicalPlan extracted = extracted(plan);
        // Spark's own pruning has run before there was an operator to prune below.
        return extracted.fastEquals(plan)
                ? plan
                : RemoveNoopOperators.apply(CollapseProject.apply(ColumnPruning.apply(extracted)));
    }

    private static LogicalPlan extracted(LogicalPlan plan) {
        return plan.transformUp(new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return ScorePositions.require(node);
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                return overOperators(node);
            }
        });
    }

    private static LogicalPlan overOperators(LogicalPlan node) {
        LogicalPlan rewritten = node instanceof Filter filter ? plainFirst(filter) : node;
        while (ScorePositions.require(rewritten)) {
            rewritten = withInnermost(rewritten);
        }
        // What was computed for a filter or an order is not the query's.
        return Scala.same(rewritten.output(), node.output()) ? rewritten : new Project(named(node.output()), rewritten);
    }

    @SuppressWarnings("unchecked")
    private static scala.collection.immutable.Seq<NamedExpression> named(
            scala.collection.immutable.Seq<Attribute> attributes) {
        return (scala.collection.immutable.Seq<NamedExpression>) (Object) attributes;
    }

    /** The filter with those of its conditions that need no score below it. */
    private static Filter plainFirst(Filter filter) {
        List<Expression> plain = new ArrayList<>();
        List<Expression> scored = new ArrayList<>();
        for (Expression each : conjuncts(filter.condition())) {
            (each.deterministic() && !ScorePositions.hasCall(each) ? plain : scored).add(each);
        }
        return plain.isEmpty()
                ? filter
                : new Filter(conjunction(scored), new Filter(conjunction(plain), filter.child()));
    }

    private static List<Expression> conjuncts(Expression condition) {
        if (!(condition instanceof And and)) {
            return List.of(condition);
        }
        List<Expression> all = new ArrayList<>(conjuncts(and.left()));
        all.addAll(conjuncts(and.right()));
        return all;
    }

    private static Expression conjunction(List<Expression> conditions) {
        return conditions.stream().reduce(And::new).orElseThrow();
    }

    /** The node over operators that compute its calls without calls inside. */
    private static LogicalPlan withInnermost(LogicalPlan node) {
        Map<Expression, ScoreCall> calls = new LinkedHashMap<>();
        Scala.list(node.expressions()).forEach(expression -> innermost(expression, calls));
        LogicalPlan child = node.children().head();
        ScoreArguments arguments = new ScoreArguments(child);
        List<Planned> planned = new ArrayList<>();
        for (Map.Entry<Expression, ScoreCall> call : calls.entrySet()) {
            planned.add(Planned.of(call.getKey(), call.getValue(), arguments));
        }
        Map<Expression, List<Attribute>> results = new HashMap<>();
        planned.forEach(each -> results.put(each.key, each.operator.results()));
        LogicalPlan rewritten = node.transformExpressions(new Replacing(results));
        List<Attribute> needed = Scala.list(child.output());
        if (node instanceof Project || node instanceof Aggregate) {
            AttributeSet above = rewritten.references();
            needed = needed.stream().filter(above::contains).toList();
        }
        LogicalPlan below = arguments.below(needed);
        for (int i = 0; i < planned.size(); i++) {
            List<Attribute> kept = needed;
            for (int j = 0; j < planned.size(); j++) {
                ScoreOperator other = planned.get(j).operator;
                kept = j < i
                        ? Scala.distinct(kept, other.results())
                        : j > i ? Scala.distinct(kept, other.inputs()) : kept;
            }
            below = planned.get(i).operator.over(below, kept);
        }
        return rewritten.withNewChildren(Scala.seq(List.of(below)));
    }

    /** The calls in an expression that have no call in them, by what makes two of them the same. */
    private static void innermost(Expression expression, Map<Expression, ScoreCall> calls) {
        List<Expression> children = Scala.list(expression.children());
        if (expression instanceof ScoreCall call && children.stream().noneMatch(ScorePositions::hasCall)) {
            calls.putIfAbsent(key(call), call);
            return;
        }
        children.forEach(child -> innermost(child, calls));
    }

    private static Expression key(ScoreCall call) {
        return call.deterministic() ? call.canonicalized() : call;
    }

    /** A call and its operator. */
    private record Planned(Expression key, ScoreOperator operator) {
        static Planned of(Expression key, ScoreCall call, ScoreArguments arguments) {
            List<Expression> columns = Scala.list(call.children());
            CallPlan bound = call.function().score().call(ScoreFunction.columns(columns));
            return new Planned(key, bound.operator(arguments.attributes(bound.read(columns))));
        }
    }

    /** Puts the operators' results where the calls are. */
    private static final class Replacing extends AbstractPartialFunction<Expression, Expression> {
        private final Map<Expression, List<Attribute>> results;

        Replacing(Map<Expression, List<Attribute>> results) {
            this.results = results;
        }

        @Override
        public boolean isDefinedAt(Expression expression) {
            return replaced(expression) != null;
        }

        @Override
        public Expression apply(Expression expression) {
            return Objects.requireNonNull(replaced(expression));
        }

        private @Nullable Expression replaced(Expression expression) {
            if (expression instanceof GetStructField field && field.child() instanceof ScoreCall call) {
                List<Attribute> known = results.get(key(call));
                return known == null ? null : known.get(field.ordinal());
            }
            List<Attribute> known = expression instanceof ScoreCall call ? results.get(key(call)) : null;
            return known == null ? null : known.size() == 1 ? known.getFirst() : struct(known);
        }

        private static Expression struct(List<Attribute> fields) {
            List<Expression> parts = new ArrayList<>();
            for (Attribute field : fields) {
                parts.add(new Literal(UTF8String.fromString(field.name()), DataTypes.StringType));
                parts.add(field);
            }
            return new CreateNamedStruct(Scala.seq(parts));
        }
    }
}
