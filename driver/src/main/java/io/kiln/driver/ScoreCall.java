package io.kiln.driver;

import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A call of {@code kiln_score} in an expression: a function and the columns that it reads. No row can evaluate it; {@link ScoreExtraction}
 * takes it out of the expression into the operator that scores batches.
 */
public final class ScoreCall extends Expression implements Unevaluable {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // it never leaves the driver
    private final ScoreFunction function;

    @SuppressWarnings("serial") // Scala's collections are serializable
    private final Seq<Expression> children;

    /** A call; the arguments are the product's elements, through which Spark copies it. */
    public ScoreCall(ScoreFunction function, Seq<Expression> children) {
        this.function = function;
        this.children = children;
    }

    ScoreFunction function() {
        return function;
    }

    @Override
    public Seq<Expression> children() {
        return children;
    }

    @Override
    public DataType dataType() {
        return function.type();
    }

    @Override
    public boolean nullable() {
        return function.nullable();
    }

    /** Spark's optimizer then does not compute it twice to filter by it. */
    @Override
    public boolean expensive() {
        return true;
    }

    @Override
    public boolean foldable() {
        return false;
    }

    @Override
    public Object eval(InternalRow row) {
        throw ScorePositions.refused("where Spark evaluates it row by row");
    }

    @Override
    public ExprCode doGenCode(CodegenContext context, ExprCode code) {
        throw ScorePositions.refused("where Spark evaluates it row by row");
    }

    @Override
    public Expression withNewChildrenInternal(IndexedSeq<Expression> changed) {
        return new ScoreCall(function, changed);
    }

    @Override
    public String prettyName() {
        return ScoreFunction.NAME;
    }

    @Override
    public String sql() {
        return text(Scala.list(children).stream().map(Expression::sql).toList());
    }

    @Override
    public String toString() {
        return text(Scala.list(children).stream().map(Expression::toString).toList());
    }

    private String text(List<String> arguments) {
        return ScoreFunction.NAME + "('" + function.label().replace("'", "\\'") + "', " + String.join(", ", arguments)
                + ")";
    }

    @Override
    public int productArity() {
        return 2;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> function;
            case 1 -> children;
            default -> throw new IndexOutOfBoundsException(n);
        };
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof ScoreCall;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScoreCall call && function.equals(call.function) && children.equals(call.children);
    }

    @Override
    public int hashCode() {
        return Objects.hash(function, children);
    }
}
