package io.kiln.driver;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
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
}
