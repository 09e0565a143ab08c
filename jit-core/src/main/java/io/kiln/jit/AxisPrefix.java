package io.kiln.jit;

import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The axes of a pytree as a prefix of it: an axis or {@code null} for everything below, a list with a prefix for each item or
 * component, or a map with a prefix for the keys or components that it names.
 */
final class AxisPrefix {
    private AxisPrefix() {}

    /**
     * A copy of {@code prefix} that cannot change.
     *
     * @throws KilnException KILN-T020 where it holds what is no axis, list or map
     */
    static @Nullable Object copy(@Nullable Object prefix) {
        return switch (prefix) {
            case null -> null;
            case Integer axis -> axis;
            case List<?> list -> copies(list);
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> items = new TreeMap<>();
                map.forEach((key, item) -> {
                    if (!(key instanceof String name)) {
                        throw notAxes(Objects.toString(key) + " as a key");
                    }
                    items.put(name, copy(item));
                });
                yield Collections.unmodifiableMap(items);
            }
            default -> throw notAxes("%s (%s)".formatted(prefix, Immutability.a(prefix.getClass())));
        };
    }

    /** {@link #copy} of each. */
    static List<@Nullable Object> copies(List<?> prefixes) {
        List<@Nullable Object> out = new ArrayList<>();
        prefixes.forEach(p -> out.add(copy(p)));
        return Collections.unmodifiableList(out);
    }

    /**
     * The axis of each leaf of {@code tree}, which messages call {@code path}; {@code null}: not mapped.
     *
     * @throws KilnException KILN-T020 with the path where the prefix does not fit
     */
    static List<@Nullable Integer> leaves(@Nullable Object prefix, Pytree tree, String path) {
        List<@Nullable Integer> out = new ArrayList<>();
        add(prefix, tree, path, out);
        return out;
    }

    private static void add(@Nullable Object prefix, Pytree tree, String path, List<@Nullable Integer> out) {
        switch (prefix) {
            case null -> out.addAll(Collections.nCopies(tree.leafCount(), null));
            case Integer axis -> out.addAll(Collections.nCopies(tree.leafCount(), axis));
            case List<?> list -> {
                Map<String, Pytree> children = children(tree, path);
                if (tree instanceof Pytree.Leaf || children.size() != list.size()) {
                    throw mismatch(path, tree, children.size(), prefix);
                }
                int i = 0;
                for (Map.Entry<String, Pytree> child : children.entrySet()) {
                    add(list.get(i++), child.getValue(), child.getKey(), out);
                }
            }
            case Map<?, ?> map -> {
                Map<String, Pytree> children = children(tree, path);
                boolean named = tree instanceof Pytree.Entries || tree instanceof Pytree.Fields;
                for (Object key : map.keySet()) {
                    if (!named || !children.containsKey(path + "." + key)) {
                        throw mismatch(path, tree, children.size(), prefix);
                    }
                }
                children.forEach((at, child) -> add(map.get(at.substring(path.length() + 1)), child, at, out));
            }
            default -> throw new IllegalStateException("not a copied prefix: " + prefix);
        }
    }

    /** What is below {@code tree} by path, without static values, which have no axes. */
    private static Map<String, Pytree> children(Pytree tree, String path) {
        Map<String, Pytree> out = new LinkedHashMap<>();
        switch (tree) {
            case Pytree.Leaf(), Pytree.Constant(Object _) -> {}
            case Pytree.Items(List<Pytree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    out.put(path + "[" + i + "]", items.get(i));
                }
            }
            case Pytree.Entries(Map<String, Pytree> items) ->
                items.forEach((key, item) -> out.put(path + "." + key, item));
            case Pytree.Fields(Class<?> type, List<Pytree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    if (!(items.get(i) instanceof Pytree.Constant)) {
                        out.put(path + "." + RecordType.of(type).name(i), items.get(i));
                    }
                }
            }
            case Pytree.Maybe(Pytree item) -> {
                if (item != null) {
                    out.put(path, item);
                }
            }
        }
        return out;
    }

    private static KilnException mismatch(String path, Pytree tree, int children, Object prefix) {
        String required = switch (tree) {
            case Pytree.Leaf _, Pytree.Constant _ -> "an axis or null";
            case Pytree.Entries _, Pytree.Fields _ ->
                "an axis, null, a list of %d, or a map with some of its names".formatted(children);
            case Pytree.Items _, Pytree.Maybe _ -> "an axis, null, or a list of %d".formatted(children);
        };
        return error(
                "%s is %s, so its axes must be %s, got %s".formatted(path, PytreeErrors.kind(tree), required, prefix),
                "give an axis for all of it, or one for each part: Arrays.asList(0, null), Map.of(\"w\", 0)");
    }

    private static KilnException notAxes(String got) {
        return error(
                "axes must be integers, null, and lists and maps with string keys of them, got " + got,
                "write an axis, null for what is not mapped, or one for each part: Arrays.asList(0, null),"
                        + " Map.of(\"w\", 0)");
    }

    private static KilnException error(String problem, String fix) {
        return TraceErrors.user("KILN-T020", "vmap: " + problem, fix);
    }
}
