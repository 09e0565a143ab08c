package io.kiln.worker;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** A local session with two task slots, whose tasks are given code that makes and takes batches. */
final class SparkFixture implements AutoCloseable {
    private final SparkSession spark = SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();

    /** What one task does. */
    interface Work<R> extends Serializable {
        R run(TaskContext context);
    }

    /** Runs {@code work} in {@code partitions} tasks of one job; their results in order. */
    <R> List<R> tasks(int partitions, Work<R> work) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            numbers.add(i);
        }
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(numbers, partitions)
                .mapPartitions(one -> {
                    List<R> results = new ArrayList<>();
                    results.add(work.run(TaskContext.get()));
                    return results.iterator();
                })
                .collect();
    }

    /** Runs {@code jobs} so that they can be cancelled by the group's name, with their threads interrupted. */
    <R> R inGroup(String group, Supplier<R> jobs) {
        spark.sparkContext().setJobGroup(group, group, true);
        try {
            return jobs.get();
        } finally {
            spark.sparkContext().clearJobGroup();
        }
    }

    SparkSession session() {
        return spark;
    }

    /** The rows of {@code batches} as Spark's binary rows, each batch read before the next is asked for. */
    static List<UnsafeRow> rows(StructType schema, Iterator<ColumnarBatch> batches) {
        UnsafeProjection projection = UnsafeProjection.create(schema);
        List<UnsafeRow> rows = new ArrayList<>();
        while (batches.hasNext()) {
            ColumnarBatch batch = batches.next();
            for (int i = 0; i < batch.numRows(); i++) {
                rows.add(projection.apply(batch.getRow(i)).copy());
            }
            batch.closeIfFreeable();
        }
        return rows;
    }

    /** The execution plan's own columns of a table, as an operator above a scan gets them. */
    <R> List<R> scan(Dataset<Row> table, Over<R> work) {
        var frame = (org.apache.spark.sql.classic.Dataset<Row>) table;
        return frame.queryExecution()
                .sparkPlan()
                .executeColumnar()
                .toJavaRDD()
                .mapPartitions(
                        batches -> List.of(work.run(TaskContext.get(), batches)).iterator())
                .collect();
    }

    /** What one task does with its batches. */
    interface Over<R> extends Serializable {
        R run(TaskContext context, Iterator<ColumnarBatch> batches);
    }

    static StructType schema(Object... namesAndTypes) {
        StructType schema = new StructType();
        for (int i = 0; i < namesAndTypes.length; i += 2) {
            schema = schema.add((String) namesAndTypes[i], (DataType) namesAndTypes[i + 1]);
        }
        return schema;
    }

    @Override
    public void close() {
        spark.stop();
    }
}
