package io.kiln.driver;

import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;

/** Plans a {@link ScoreNode} as a {@link ScoreExec}. */
public final class ScoreStrategy extends SparkStrategy {
    @Override
    public Seq<SparkPlan> apply(LogicalPlan plan) {
        return plan instanceof ScoreNode node
                ? Scala.seq(List.of(new ScoreExec(
                        planLater(node.child()), node.inputs(), node.keptNow(), node.produced(), node.spec())))
                : Scala.seq(List.of());
    }
}
