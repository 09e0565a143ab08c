package io.kiln.driver;

import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.jspecify.annotations.Nullable;
import scala.runtime.AbstractPartialFunction;

/**
 * Moves limits and filters below scoring: {@code limit(10)} scores ten rows a partition, and a filter on columns that pass through
 * leaves rows out before they are scored. Spark's own rules know only its own nodes.
 */
public final class ScorePushDown extends Rule<LogicalPlan> {
    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        return plan.transformDown(new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return pushed(node) != null;
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                return Objects.requireNonNull(pushed(node));
            }
        });
    }

    /** What stands for {@code node}; null when nothing is to be moved. */
    private static @Nullable LogicalPlan pushed(LogicalPlan node) {
        return switch (node) {
            case LocalLimit limit -> limited(limit);
            case Filter filter when filter.child() instanceof ScoreNode score -> filtered(filter, score);
            default -> null;
        };
    }

    private static @Nullable LogicalPlan limited(LocalLimit limit) {
        Expression rows = limit.limitExpr();
        LogicalPlan below = limit.child();
        if (below instanceof ScoreNode score && !isLimited(score, rows)) {
            return limit.withNewChildren(Scala.seq(List.of(limited(score, rows))));
        }
        if (below instanceof Project project && project.child() instanceof ScoreNode score && !isLimited(score, rows)) {
            LogicalPlan projected = project.withNewChildren(Scala.seq(List.of(limited(score, rows))));
            return limit.withNewChildren(Scala.seq(List.of(projected)));
        }
        return null;
    }

    private static boolean isLimited(ScoreNode score, Expression rows) {
        if (!rows.foldable()) {
            return true;
        }
        var most = score.child().maxRowsPerPartition();
        return most.isDefined() && ((Number) most.get()).longValue() <= ((Number) rows.eval(null)).longValue();
    }

    private static LogicalPlan limited(ScoreNode score, Expression rows) {
        return score.withNewChildren(Scala.seq(List.of(new LocalLimit(rows, score.child()))));
    }

    /** Only a condition that gives the same answer below, and reads nothing that scoring makes. */
    private static @Nullable LogicalPlan filtered(Filter filter, ScoreNode score) {
        boolean movable = filter.condition().deterministic()
                && filter.condition().references().subsetOf(score.child().outputSet());
        return movable
                ? score.withNewChildren(Scala.seq(List.of(new Filter(filter.condition(), score.child()))))
                : null;
    }
}
