package io.kiln.driver;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.SparkStrategy;
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
        return BoxedUnit.UNIT;
    }
}
