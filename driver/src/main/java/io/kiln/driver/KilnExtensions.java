package io.kiln.driver;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.Tuple3;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** What {@code spark.sql.extensions} names to have Kiln's operator in every session from its start. */
public final class KilnExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectPlannerStrategy(new AbstractFunction1<>() {
            @Override
            public SparkStrategy apply(org.apache.spark.sql.SparkSession session) {
                return new ScoreStrategy();
            }
        });
        extensions.injectOptimizerRule(new AbstractFunction1<>() {
            @Override
            public Rule<LogicalPlan> apply(org.apache.spark.sql.SparkSession session) {
                return new ScorePushDown();
            }
        });
        // Calls are taken out of expressions by a rule that their first analysis adds to the session, after Spark's own
        // rules.
        extensions.injectFunction(
                new Tuple3<>(ScoreFunction.IDENTIFIER, ScoreFunction.INFO, new ScoreFunction.Builder()));
        extensions.injectCheckRule(new AbstractFunction1<>() {
            @Override
            public scala.Function1<LogicalPlan, BoxedUnit> apply(org.apache.spark.sql.SparkSession session) {
                return new ScorePositions.Check();
            }
        });
        return BoxedUnit.UNIT;
    }
}
