package io.kiln.jaxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names of the leaves of a serialized pytree. Keys of dictionaries and names of keyword arguments are names; positions in tuples, lists and
 * custom nodes only tell apart what has no name of its own.
 */
final class PytreeNames {
    private static final int LEAF = 0;
    private static final int NONE = 1;
    private static final int DICT = 4;
    private static final int CUSTOM = 5;
    private static final int MOST_DEEP = 100;

    private final Malformed malformed;
    private final List<List<Step>> leaves = new ArrayList<>();

    /** One step from a node to its child. */
    private record Step(String text, boolean isName) {}

    private PytreeNames(Malformed malformed) {
        this.malformed = malformed;
    }

    /** The names of the arguments' leaves: {@code tree} is a tuple of the positional arguments and a dictionary of the others. */
    static List<String> ofInputs(Malformed malformed, FlatTable tree) {
        PytreeNames names = new PytreeNames(malformed);
        List<FlatTable> both = tree.tables(1);
        if (both.size() != 2) {
            throw malformed.bad("inputs that are not positional and keyword arguments");
        }
        names.walk(both.get(0), List.of(), 1);
        names.walk(both.get(1), List.of(), 1);
        return names.unique("input");
    }

    /** The names of the results' leaves. */
    static List<String> ofOutputs(Malformed malformed, FlatTable tree) {
        PytreeNames names = new PytreeNames(malformed);
        names.walk(tree, List.of(), 0);
        return names.unique("output");
    }

    private void walk(FlatTable node, List<Step> path, int depth) {
        if (depth > MOST_DEEP) {
            throw malformed.bad("a pytree deeper than " + MOST_DEEP);
        }
        long kind = node.number(0, 1, LEAF);
        List<FlatTable> children = node.tables(1);
        List<String> keys = kind == DICT ? node.texts(2) : List.of();
        if (kind > CUSTOM || (kind == DICT && keys.size() != children.size())) {
            throw malformed.bad("a pytree's node of kind " + kind + " with " + children.size() + " children");
        }
        if (kind == LEAF) {
            leaves.add(path);
        } else if (kind != NONE) {
            for (int i = 0; i < children.size(); i++) {
                List<Step> longer = new ArrayList<>(path);
                longer.add(kind == DICT ? new Step(keys.get(i), true) : new Step(Integer.toString(i), false));
                walk(children.get(i), longer, depth + 1);
            }
        }
    }

    /** Each leaf's keys from the first name on; its whole path where two would be alike; its position where it has no name at all. */
    private List<String> unique(String positional) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < leaves.size(); i++) {
            List<Step> path = leaves.get(i);
            int first = 0;
            while (first < path.size() && !path.get(first).isName()) {
                first++;
            }
            names.add(first == path.size() ? positional + i : joined(path.subList(first, path.size())));
        }
        Map<String, Integer> counts = counts(names);
        for (int i = 0; i < names.size(); i++) {
            if (counts.getOrDefault(names.get(i), 0) > 1) {
                names.set(i, joined(leaves.get(i)));
            }
        }
        counts = counts(names);
        for (int i = 0; i < names.size(); i++) {
            if (counts.getOrDefault(names.get(i), 0) > 1 || names.get(i).isBlank()) {
                names.set(i, positional + i);
            }
        }
        return names;
    }

    private static Map<String, Integer> counts(List<String> names) {
        Map<String, Integer> counts = new HashMap<>();
        names.forEach(name -> counts.merge(name, 1, Integer::sum));
        return counts;
    }

    private static String joined(List<Step> path) {
        return Malformed.printable(
                String.join("_", path.stream().map(Step::text).toList()));
    }
}
