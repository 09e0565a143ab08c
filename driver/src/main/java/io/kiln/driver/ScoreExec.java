package io.kiln.driver;

import io.kiln.arrow.ResultColumn;
import io.kiln.worker.BatchListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Some;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Scoring as a physical operator: columnar batches in, columnar batches out, partitions and order kept. Operators above send it to executors
 * with themselves and ask there for its output.
 */
@SuppressWarnings("serial") // Spark's plans are serialized through Scala's collections, which are serializable.
public final class ScoreExec extends SparkPlan {
    private static final long serialVersionUID = 1L;

    private final SparkPlan child;
    private final Seq<Attribute> inputs;
    private final Seq<Attribute> kept;
    private final Seq<Attribute> produced;
    private final transient ScoreSpec spec;
    private transient scala.collection.immutable.@Nullable Map<String, SQLMetric> metrics;

    /** The operator over {@code child}; the arguments are {@link ScoreNode}'s. */
    public ScoreExec(
            SparkPlan child, Seq<Attribute> inputs, Seq<Attribute> kept, Seq<Attribute> produced, ScoreSpec spec) {
        this.child = child;
        this.inputs = inputs;
        this.kept = kept;
        this.produced = produced;
        this.spec = spec;
    }

    @Override
    public Seq<Attribute> output() {
        return Scala.concat(kept, produced);
    }

    @Override
    public Seq<SparkPlan> children() {
        return Scala.seq(List.of(child));
    }

    @Override
    public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
        return new ScoreExec(children.apply(0), inputs, kept, produced, spec);
    }

    @Override
    public AttributeSet producedAttributes() {
        return Scala.attributes(produced);
    }

    @Override
    public Partitioning outputPartitioning() {
        return child.outputPartitioning();
    }

    @Override
    public Seq<SortOrder> outputOrdering() {
        return child.outputOrdering();
    }

    @Override
    public boolean supportsColumnar() {
        return true;
    }

    /** Results are all of one class, so that generated code calls it directly. */
    @Override
    public Option<Seq<String>> vectorTypes() {
        List<String> types = new ArrayList<>();
        Scala.list(kept).forEach(each -> types.add(ColumnVector.class.getName()));
        Scala.list(produced)
                .forEach(each -> types.add(
                        (each.dataType() instanceof StringType ? ColumnVector.class : ResultColumn.class).getName()));
        return new Some<>(Scala.seq(types));
    }

    @Override
    public synchronized scala.collection.immutable.Map<String, SQLMetric> metrics() {
        if (metrics == null) {
            SparkContext context = sparkContext();
            Map<String, SQLMetric> all = new LinkedHashMap<>();
            all.put("numOutputRows", SQLMetrics.createMetric(context, "number of output rows"));
            all.put("numBatches", SQLMetrics.createMetric(context, "batches"));
            all.put("paddedRows", SQLMetrics.createMetric(context, "padded rows"));
            all.put("badRows", SQLMetrics.createMetric(context, "bad rows"));
            all.put("packTime", SQLMetrics.createNanoTimingMetric(context, "time to pack", -1));
            all.put("deviceTime", SQLMetrics.createNanoTimingMetric(context, "time on the device", -1));
            metrics = scala.collection.immutable.Map.from(scala.jdk.javaapi.CollectionConverters.asScala(all));
        }
        return metrics;
    }

    /** Counts into the operator's metrics. */
    private record Counting(
            SQLMetric rows, SQLMetric batches, SQLMetric padded, SQLMetric bad, SQLMetric pack, SQLMetric device)
            implements BatchListener, java.io.Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public void onBatch(Batch batch) {
            rows.add(batch.rows());
            batches.add(1);
            padded.add(batch.paddedRows());
            bad.add(batch.badRows());
            pack.add(batch.packNanos());
            device.add(batch.deviceNanos());
        }
    }

    @Override
    public RDD<ColumnarBatch> doExecuteColumnar() {
        var counting = new Counting(
                longMetric("numOutputRows"),
                longMetric("numBatches"),
                longMetric("paddedRows"),
                longMetric("badRows"),
                longMetric("packTime"),
                longMetric("deviceTime"));
        var run = new ScorePartition(spec.task(positions(inputs), positions(kept)), counting, spec.snapshots());
        return child.executeColumnar().toJavaRDD().mapPartitions(run, true).rdd();
    }

    private List<Integer> positions(Seq<Attribute> attributes) {
        List<Attribute> columns = Scala.list(child.output());
        List<Integer> positions = new ArrayList<>();
        for (Attribute attribute : Scala.list(attributes)) {
            int at = -1;
            for (int i = 0; i < columns.size() && at < 0; i++) {
                at = columns.get(i).exprId().equals(attribute.exprId()) ? i : -1;
            }
            if (at < 0) {
                throw new IllegalStateException("the planner took away column " + attribute + " of " + columns);
            }
            positions.add(at);
        }
        return positions;
    }

    @Override
    public RDD<InternalRow> doExecute() {
        throw new UnsupportedOperationException("Spark asks a columnar operator for batches");
    }

    @Override
    public String nodeName() {
        return "KilnScore";
    }

    @Override
    public String argString(int maxFields) {
        return spec.toString();
    }

    @Override
    public int productArity() {
        return 5;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> child;
            case 1 -> inputs;
            case 2 -> kept;
            case 3 -> produced;
            case 4 -> spec;
            default -> throw new IndexOutOfBoundsException(n);
        };
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof ScoreExec;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScoreExec exec
                && child.equals(exec.child)
                && inputs.equals(exec.inputs)
                && kept.equals(exec.kept)
                && produced.equals(exec.produced)
                && spec.equals(exec.spec);
    }

    @Override
    public int hashCode() {
        return Objects.hash(child, inputs, kept, produced, spec);
    }
}
