package io.kiln.driver;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Scoring, planned, that has no place in a plan yet.
 *
 * @param spec what it runs
 * @param inputs the columns that it reads
 * @param results the columns that it makes
 */
record ScoreOperator(ScoreSpec spec, List<Attribute> inputs, List<Attribute> results) {
    /** The operator over {@code child}, of whose columns {@code kept} pass through. */
    LogicalPlan over(LogicalPlan child, List<Attribute> kept) {
        return new ScoreNode(child, Scala.seq(inputs), Scala.seq(kept), Scala.seq(results), spec);
    }
}
