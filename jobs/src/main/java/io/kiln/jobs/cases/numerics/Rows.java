package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The rows by name. A row stands for its name with any dtypes behind it and {@code edge_} before it, so that
 * {@code tanh} is found for {@code tanh_bf16} and {@code edge_tanh_f64}; a family stands for every name that starts with
 * its own, and takes what else the name says from the parameters.
 */
final class Rows {
    private static final Set<String> DTYPES = new LinkedHashSet<>();

    static {
        for (DType dtype : DType.values()) {
            DTYPES.add(dtype.name().toLowerCase(Locale.ROOT));
        }
    }

    private final Map<String, Row> exact = new HashMap<>();
    private final Map<String, Row> families = new HashMap<>();

    /** A function of one tensor. */
    void unary(UnaryOperator<Tensor> f, String... names) {
        add((_, in) -> List.of(f.apply(in.get(0))), names);
    }

    /** A function of two tensors. */
    void binary(BinaryOperator<Tensor> f, String... names) {
        add((_, in) -> List.of(f.apply(in.get(0), in.get(1))), names);
    }

    /** A function with one result. */
    void one(Function<List<Tensor>, Tensor> f, String... names) {
        add((_, in) -> List.of(f.apply(in)), names);
    }

    /** A function with several results. */
    void many(Function<List<Tensor>, List<Tensor>> f, String... names) {
        add((_, in) -> f.apply(in), names);
    }

    /** A function with one result and static parameters. */
    void with(BiFunction<NumericsCase, List<Tensor>, Tensor> f, String... names) {
        add((c, in) -> List.of(f.apply(c, in)), names);
    }

    /** Any function. */
    void add(Row row, String... names) {
        for (String name : names) {
            if (exact.put(name, row) != null) {
                throw new IllegalStateException("two rows are named " + name);
            }
        }
    }

    /** A function that stands for all names that begin with its own. */
    void family(BiFunction<NumericsCase, List<Tensor>, Tensor> f, String... names) {
        for (String name : names) {
            families.put(name, (c, in) -> List.of(f.apply(c, in)));
        }
    }

    /** A function with several results that stands for all names that begin with its own. */
    void familyOfMany(Row row, String... names) {
        for (String name : names) {
            families.put(name, row);
        }
    }

    /** The row of a case, or null: the most special one that its name allows. */
    @Nullable
    Row find(String name) {
        for (String full : names(name)) {
            for (String each = full; !each.isEmpty(); each = withoutDtype(each)) {
                Row row = exact.get(each);
                if (row != null) {
                    return row;
                }
            }
        }
        String prefix = without("edge_", name);
        while (!families.containsKey(prefix)) {
            int cut = prefix.lastIndexOf('_');
            if (cut < 0) {
                return null;
            }
            prefix = prefix.substring(0, cut);
        }
        return families.get(prefix);
    }

    /** What a case may also be called; denormal operands are named behind the operation: {@code edge_denormal_mul_big}. */
    private static List<String> names(String name) {
        String denormal = without("edge_denormal_", name);
        return List.of(
                name,
                without("edge_", name),
                without("complex_", name),
                denormal.equals(name) ? name : denormal.replaceFirst("_.*", ""));
    }

    private static String without(String prefix, String name) {
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    private static String withoutDtype(String name) {
        int cut = name.lastIndexOf('_');
        return cut >= 0 && DTYPES.contains(name.substring(cut + 1)) ? name.substring(0, cut) : "";
    }
}
