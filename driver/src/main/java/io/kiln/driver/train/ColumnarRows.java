package io.kiln.driver.train;

import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.InputAdapter;
import org.apache.spark.sql.execution.RowToColumnarExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** A table's rows as columnar batches: the reader's own where the plan ends with them, else converted. */
final class ColumnarRows {
    private ColumnarRows() {}

    /** The batches of {@code table}; its columns are in its schema's order. */
    static RDD<ColumnarBatch> of(Dataset<Row> table) {
        var session = (org.apache.spark.sql.classic.SparkSession) table.sparkSession();
        var before = SparkSession.getActiveSession();
        // Operators that are made here take the thread's session.
        SparkSession.setActiveSession(session);
        try {
            SparkPlan plan = ((org.apache.spark.sql.classic.Dataset<Row>) table)
                    .queryExecution()
                    .executedPlan();
            return columnar(plan).executeColumnar();
        } finally {
            if (before.isDefined()) {
                SparkSession.setActiveSession(before.get());
            } else {
                SparkSession.clearActiveSession();
            }
        }
    }

    private static SparkPlan columnar(SparkPlan plan) {
        return switch (plan) {
            case AdaptiveSparkPlanExec adaptive ->
                adaptive.copy(
                        adaptive.inputPlan(),
                        adaptive.context(),
                        adaptive.preprocessingRules(),
                        adaptive.isSubquery(),
                        true);
            case ColumnarToRowExec rows -> rows.child();
            case WholeStageCodegenExec stage
            when stage.child() instanceof ColumnarToRowExec rows ->
                rows.child() instanceof InputAdapter adapter ? adapter.child() : rows.child();
            case SparkPlan columns when columns.supportsColumnar() -> columns;
            default -> new RowToColumnarExec(plan);
        };
    }
}
