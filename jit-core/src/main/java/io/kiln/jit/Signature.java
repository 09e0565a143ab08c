package io.kiln.jit;

import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
