package io.kiln.driver;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.SparkStrategy;

/** Adds Kiln's operator to a session that was not configured with {@link KilnExtensions}. */
final class SessionSetup {
    private SessionSetup() {}

    /** Adds the strategy and the optimizer's rule once. */
    static void attach(SparkSession session) {
        List<SparkStrategy> planner = Scala.list(
                        session.sessionState().planner().strategies())
                .stream()
                .filter(SparkStrategy.class::isInstance)
                .map(SparkStrategy.class::cast)
                .toList();
        if (planner.stream().anyMatch(ScoreStrategy.class::isInstance)) {
            return;
        }
        List<SparkStrategy> strategies =
                new ArrayList<>(Scala.list(session.experimental().extraStrategies()));
        strategies.add(new ScoreStrategy());
        session.experimental().extraStrategies_$eq(Scala.seq(strategies));
        List<Rule<LogicalPlan>> rules =
                new ArrayList<>(Scala.list(session.experimental().extraOptimizations()));
        rules.add(new ScorePushDown());
        session.experimental().extraOptimizations_$eq(Scala.seq(rules));
    }
}
