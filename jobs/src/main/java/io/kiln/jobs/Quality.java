package io.kiln.jobs;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.var_pop;
import static org.apache.spark.sql.functions.when;

import io.kiln.core.DType;
import io.kiln.driver.Columns;
import io.kiln.driver.Kiln;
import io.kiln.model.Model;
import io.kiln.model.ModelOutput;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * How well a model's first output predicts a label: the share of equal classes, or for numbers R², one less the mean
 * squared error over the label's variance.
 *
 * @param name {@code accuracy} or {@code r2}
 * @param value the measure
 */
record Quality(String name, double value) {
    private static final String OUTPUT = "kiln_quality_output";

    /** Scores the table with the model and measures; an output of whole numbers is a class. */
    static Quality of(Kiln kiln, Model model, Dataset<Row> table, String label) {
        List<ModelOutput> outputs = model.outputs();
        String[] names =
                IntStream.range(0, outputs.size()).mapToObj(i -> OUTPUT + i).toArray(String[]::new);
        Dataset<Row> scored = table.transform(kiln.score(model).keep(label).outputs(names));
        Column want = Columns.column(label).cast("double");
        Column got = col(names[0]).cast("double");
        boolean classes = outputs.getFirst().row().dtype() == DType.I32;
        return classes ? accuracy(scored, want, got) : r2(scored, want, got);
    }

    /** The share of rows whose class is the label's. */
    static Quality accuracy(Dataset<Row> scored, Column want, Column got) {
        Row row = scored.agg(avg(when(got.equalTo(want), 1.0).otherwise(0.0))).head();
        return new Quality("accuracy", row.isNullAt(0) ? Double.NaN : row.getDouble(0));
    }

    private static Quality r2(Dataset<Row> scored, Column want, Column got) {
        Row row = scored.agg(avg(want.minus(got).multiply(want.minus(got))), var_pop(want))
                .head();
        return new Quality("r2", row.isNullAt(0) ? Double.NaN : 1 - row.getDouble(0) / row.getDouble(1));
    }

    /**
     * The area under the ROC curve, exactly: the share of pairs of a positive and a negative row in which the positive one
     * has the higher score, ties counting half (Mann and Whitney's U).
     *
     * @param positive whether the row's class is the positive one
     */
    static double auc(Dataset<Row> scored, Column positive, Column score) {
        Column ones = when(positive, 1L).otherwise(0L);
        Dataset<Row> byScore = scored.groupBy(score.as("s"))
                .agg(sum(ones).as("p"), count(lit(1)).minus(sum(ones)).as("n"));
        Dataset<Row> below = byScore.withColumn(
                "below",
                sum("n").over(Window.orderBy("s").rowsBetween(Window.unboundedPreceding(), Window.currentRow())));
        Row row = below.agg(
                        sum(col("p").cast("double").multiply(col("below").minus(col("n").divide(2)))),
                        sum(col("p")),
                        sum(col("n")))
                .head();
        return row.isNullAt(0) ? Double.NaN : row.getDouble(0) / ((double) row.getLong(1) * row.getLong(2));
    }

    /** The measure by its name. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(name, value);
        return map;
    }
}
