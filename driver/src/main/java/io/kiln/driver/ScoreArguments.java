package io.kiln.driver;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** The columns that calls of {@code kiln_score} read: the child's own, and those that their arguments make of them. */
final class ScoreArguments {
    private final LogicalPlan child;
    private final List<Attribute> read = new ArrayList<>();
    private final Map<Expression, Alias> made = new LinkedHashMap<>();

    ScoreArguments(LogicalPlan child) {
        this.child = child;
    }

    /** The columns that hold these arguments of one call. */
    List<Attribute> attributes(List<Expression> arguments) {
        return arguments.stream().map(this::attribute).toList();
    }

    private Attribute attribute(Expression argument) {
        if (argument instanceof Attribute own) {
            read.add(own);
            return own;
        }
        return made.computeIfAbsent(
                        argument.deterministic() ? argument.canonicalized() : argument,
                        key -> Scala.alias(argument, "argument" + made.size()))
                .toAttribute();
    }

    /** The child with what is {@code needed} above and what calls read, and nothing else. */
    LogicalPlan below(List<Attribute> needed) {
        List<Attribute> own = Scala.distinct(needed, read);
        if (made.isEmpty() && own.size() == child.output().size()) {
            return child;
        }
        List<NamedExpression> columns = new ArrayList<>(own);
        columns.addAll(made.values());
        return new Project(Scala.seq(columns), child);
    }
}
