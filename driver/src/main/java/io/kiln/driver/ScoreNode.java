package io.kiln.driver;

import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Scoring in a logical plan: the child's kept columns and the results, row for row. Spark copies nodes through their constructor, so its
 * arguments are exactly the product's elements.
 */
public final class ScoreNode extends LogicalPlan {
    private final LogicalPlan child;
    private final Seq<Attribute> inputs;
    private final Seq<Attribute> kept;
    private final Seq<Attribute> produced;
    private final ScoreSpec spec;

    /**
     * A node over {@code child}.
     *
     * @param inputs the columns that the program reads, in the order of the plan's ordinals
     * @param kept the columns that pass through, as far as the child still has them
     * @param produced the results' columns
     */
    public ScoreNode(
            LogicalPlan child, Seq<Attribute> inputs, Seq<Attribute> kept, Seq<Attribute> produced, ScoreSpec spec) {
        this.child = child;
        this.inputs = inputs;
        this.kept = kept;
        this.produced = produced;
        this.spec = spec;
    }

    LogicalPlan child() {
        return child;
    }

    Seq<Attribute> inputs() {
        return inputs;
    }

    Seq<Attribute> produced() {
        return produced;
    }

    ScoreSpec spec() {
        return spec;
    }

    /** The kept columns that the child still has: column pruning takes away those that nobody above reads. */
    Seq<Attribute> keptNow() {
        return Scala.keep(kept, child.outputSet());
    }

    @Override
    public Seq<Attribute> output() {
        return Scala.concat(keptNow(), produced);
    }

    @Override
    public Seq<LogicalPlan> children() {
        return Scala.seq(List.of(child));
    }

    @Override
    public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
        return new ScoreNode(children.apply(0), inputs, kept, produced, spec);
    }

    @Override
    public AttributeSet producedAttributes() {
        return Scala.attributes(produced);
    }

    /** Only what the program reads: kept columns may be pruned. */
    @Override
    public AttributeSet references() {
        return Scala.attributes(inputs);
    }

    @Override
    public Option<Object> maxRows() {
        return child.maxRows();
    }

    @Override
    public Option<Object> maxRowsPerPartition() {
        return child.maxRowsPerPartition();
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
        return other instanceof ScoreNode;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScoreNode node
                && child.equals(node.child)
                && inputs.equals(node.inputs)
                && kept.equals(node.kept)
                && produced.equals(node.produced)
                && spec.equals(node.spec);
    }

    @Override
    public int hashCode() {
        return Objects.hash(child, inputs, kept, produced, spec);
    }
}
