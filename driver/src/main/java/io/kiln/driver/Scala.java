package io.kiln.driver;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Scala's collections where Spark's planner asks for them. */
final class Scala {
    private Scala() {}

    static <T> Seq<T> seq(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    static <T> List<T> list(Seq<T> seq) {
        return CollectionConverters.asJava(seq);
    }

    static Seq<Attribute> concat(Seq<Attribute> a, Seq<Attribute> b) {
        List<Attribute> all = new ArrayList<>(list(a));
        all.addAll(list(b));
        return seq(all);
    }

    /** Those of {@code attributes} that are in {@code set}. */
    static Seq<Attribute> keep(Seq<Attribute> attributes, AttributeSet set) {
        return seq(list(attributes).stream().filter(set::contains).toList());
    }

    /** The set of {@code attributes}; Scala's variance, which Java does not know, needs the detour. */
    @SuppressWarnings("unchecked")
    static AttributeSet attributes(Seq<Attribute> attributes) {
        return AttributeSet.apply((scala.collection.Iterable<Expression>) (Object) attributes);
    }

    /** A column of a new identity. */
    static Attribute attribute(String name, DataType type, boolean nullable) {
        return new AttributeReference(
                name, type, nullable, Metadata.empty(), NamedExpression.newExprId(), seq(List.of()));
    }

    /** An expression under a name and a new identity. */
    static Alias alias(Expression expression, String name) {
        return new Alias(expression, name, NamedExpression.newExprId(), seq(List.of()), Option.empty(), seq(List.of()));
    }

    /** The attributes of both lists in order, each identity once. */
    static List<Attribute> distinct(List<Attribute> a, List<Attribute> b) {
        Map<ExprId, Attribute> all = new LinkedHashMap<>();
        a.forEach(each -> all.putIfAbsent(each.exprId(), each));
        b.forEach(each -> all.putIfAbsent(each.exprId(), each));
        return List.copyOf(all.values());
    }

    /** Whether both lists have the same identities in the same order. */
    static boolean same(Seq<Attribute> a, Seq<Attribute> b) {
        return list(a).stream()
                .map(Attribute::exprId)
                .toList()
                .equals(list(b).stream().map(Attribute::exprId).toList());
    }
}
