package io.kiln.jit;

import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
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
        List<Tensor> leaves = new ArrayList<>();
        List<Pytree> trees = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            Object argument = arguments.get(i);
            trees.add(
                    statics.contains(i)
                            ? new Pytree.Constant(argument)
                            : Pytree.flatten(argument, "argument " + i, leaves::add));
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

    /** What differs from {@code other}, argument by argument. */
    String difference(Signature other) {
        List<String> mine = texts();
        List<String> theirs = other.texts();
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
            if (!mine.get(i).equals(theirs.get(i))) {
                parts.add("argument %d is %s, was %s".formatted(i, mine.get(i), theirs.get(i)));
            }
        }
        return parts.isEmpty() ? "nothing" : String.join("; ", parts);
    }

    /** How many arguments differ from those of {@code other}. */
    int distance(Signature other) {
        List<String> mine = texts();
        List<String> theirs = other.texts();
        int n = 0;
        for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
            n += mine.get(i).equals(theirs.get(i)) ? 0 : 1;
        }
        return n;
    }

    @Override
    public String toString() {
        return texts().stream().collect(Collectors.joining(", ", "(", ")"));
    }
}
