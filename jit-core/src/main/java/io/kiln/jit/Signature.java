package io.kiln.jit;

import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a trace depends on: the structure of each argument, with its static values, and the type of each leaf. */
public record Signature(List<Pytree> arguments, List<ShapedArray> avals) {
    /** Copies the lists. */
    public Signature {
        arguments = List.copyOf(arguments);
        avals = List.copyOf(avals);
    }

    /** A signature and the leaves that it was made from, in order. */
    record Flat(Signature signature, List<Tensor> leaves) {}

    /** The signature of {@code arguments}; those at positions in {@code statics} are static. */
    static Flat of(List<@Nullable Object> arguments, Set<Integer> statics) {
        return of(arguments, statics, i -> "argument " + i);
    }

    /** The signature of {@code arguments}, which messages call by {@code names}. */
    static Flat of(List<@Nullable Object> arguments, Set<Integer> statics, IntFunction<String> names) {
        List<Tensor> leaves = new ArrayList<>();
        List<Pytree> trees = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            Object argument = arguments.get(i);
            trees.add(
                    statics.contains(i)
                            ? new Pytree.Constant(argument)
                            : Pytree.flatten(argument, names.apply(i), leaves::add));
        }
        return new Flat(new Signature(trees, leaves.stream().map(Tensor::aval).toList()), leaves);
    }

    /** The arguments with these leaves. */
    List<@Nullable Object> unflatten(List<Tensor> leaves) {
        Iterator<Tensor> next = leaves.iterator();
        List<@Nullable Object> out = new ArrayList<>();
        for (Pytree tree : arguments) {
            out.add(tree.unflatten(next));
        }
        return out;
    }

    /** The positions among all leaves of those of the arguments {@code positions}. */
    List<Integer> leavesOf(Set<Integer> positions) {
        List<Integer> out = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < arguments.size(); i++) {
            int n = arguments.get(i).leafCount();
            for (int k = 0; k < n && positions.contains(i); k++) {
                out.add(at + k);
            }
            at += n;
        }
        return out;
    }

    /** Each argument as text. */
    private List<String> texts() {
        Iterator<ShapedArray> next = avals.iterator();
        return arguments.stream().map(tree -> tree.text(next)).toList();
    }

    /**
     * The leaves of {@code values} if they have this signature, else null. It is what every call of a jitted function does first, so
     * nothing but the array of leaves is made.
     */
    Tensor @Nullable [] match(List<? extends @Nullable Object> values) {
        if (values.size() != arguments.size()) {
            return null;
        }
        Tensor[] leaves = new Tensor[avals.size()];
        int at = 0;
        for (int i = 0; i < values.size() && at >= 0; i++) {
            at = match(arguments.get(i), values.get(i), leaves, at);
        }
        return at < 0 ? null : leaves;
    }

    /** The position after the leaves of {@code value}, or -1 if it is not of structure {@code tree}. */
    private int match(Pytree tree, @Nullable Object value, Tensor[] leaves, int at) {
        if (tree instanceof Pytree.Leaf) {
            if (!(value instanceof Tensor tensor) || !same(tensor.aval(), avals.get(at))) {
                return -1;
            }
            leaves[at] = tensor;
            return at + 1;
        }
        if (value == null) {
            return tree instanceof Pytree.Constant c && c.value() == null ? at : -1;
        }
        if (tree instanceof Pytree.Fields fields) {
            return fields.type() == value.getClass() ? match(fields, value, leaves, at) : -1;
        }
        if (tree instanceof Pytree.Items list) {
            return value instanceof List<?> given ? match(list.items(), given, leaves, at) : -1;
        }
        if (tree instanceof Pytree.Entries map) {
            return value instanceof Map<?, ?> given ? match(map.items(), given, leaves, at) : -1;
        }
        if (tree instanceof Pytree.Maybe maybe) {
            if (!(value instanceof Optional<?> given) || given.isPresent() == (maybe.item() == null)) {
                return -1;
            }
            return maybe.item() == null ? at : match(maybe.item(), given.orElse(null), leaves, at);
        }
        return tree instanceof Pytree.Constant c && value.equals(c.value()) ? at : -1;
    }

    private int match(Pytree.Fields fields, Object value, Tensor[] leaves, int at) {
        RecordType type = RecordType.of(fields.type());
        List<Pytree> items = fields.items();
        int next = at;
        for (int i = 0; i < items.size() && next >= 0; i++) {
            next = match(items.get(i), type.read(i, value, ""), leaves, next);
        }
        return next;
    }

    private int match(List<Pytree> items, List<?> given, Tensor[] leaves, int at) {
        if (items.size() != given.size()) {
            return -1;
        }
        int next = at;
        for (int i = 0; i < items.size() && next >= 0; i++) {
            next = match(items.get(i), given.get(i), leaves, next);
        }
        return next;
    }

    private int match(Map<String, Pytree> items, Map<?, ?> given, Tensor[] leaves, int at) {
        if (items.size() != given.size()) {
            return -1;
        }
        int next = at;
        for (Map.Entry<String, Pytree> item : items.entrySet()) {
            next = next < 0 ? next : match(item.getValue(), given.get(item.getKey()), leaves, next);
        }
        return next;
    }

    @SuppressWarnings("ReferenceEquality") // the quick answer for the same array given again
    private static boolean same(ShapedArray a, ShapedArray b) {
        if (a == b) {
            return true;
        }
        List<Integer> x = a.shape();
        List<Integer> y = b.shape();
        if (a.dtype() != b.dtype() || x.size() != y.size()) {
            return false;
        }
        for (int i = 0; i < x.size(); i++) {
            if (!x.get(i).equals(y.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Gives each static value and its path to {@code action}. */
    void eachStatic(IntFunction<String> names, BiConsumer<String, @Nullable Object> action) {
        for (int i = 0; i < arguments.size(); i++) {
            eachStatic(arguments.get(i), names.apply(i), action);
        }
    }

    private static void eachStatic(Pytree tree, String path, BiConsumer<String, @Nullable Object> action) {
        switch (tree) {
            case Pytree.Leaf() -> {}
            case Pytree.Constant(Object value) -> action.accept(path, value);
            case Pytree.Items(List<Pytree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    eachStatic(items.get(i), path + "[" + i + "]", action);
                }
            }
            case Pytree.Entries(Map<String, Pytree> items) ->
                items.forEach((key, item) -> eachStatic(item, path + "." + key, action));
            case Pytree.Fields(Class<?> type, List<Pytree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    eachStatic(items.get(i), path + "." + RecordType.of(type).name(i), action);
                }
            }
            case Pytree.Maybe(Pytree item) -> {
                if (item != null) {
                    eachStatic(item, path, action);
                }
            }
        }
    }

    @Override
    public String toString() {
        return texts().stream().collect(Collectors.joining(", ", "(", ")"));
    }
}
