package io.kiln.jit;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The structure of nested arguments or results, without their leaves: tensors, lists, maps with string keys, optionals,
 * and records of those, as JAX's pytrees. Equal structures are equal values, so they are part of a signature.
 */
public sealed interface Pytree {
    /** A tensor. */
    record Leaf() implements Pytree {
        private static final Leaf LEAF = new Leaf();
    }

    /** A value that is no tensor and is part of the structure. */
    record Constant(@Nullable Object value) implements Pytree {}

    /** A list. */
    record Items(List<Pytree> items) implements Pytree {
        /** Copies the list. */
        public Items {
            items = List.copyOf(items);
        }
    }

    /** A map; its keys are in sorted order, whatever order the map has. */
    record Entries(Map<String, Pytree> items) implements Pytree {
        /** Copies and sorts the map. */
        public Entries {
            items = Collections.unmodifiableMap(new TreeMap<>(items));
        }
    }

    /** A record; its components in order. */
    record Fields(Class<?> type, List<Pytree> items) implements Pytree {
        /** Copies the list. */
        public Fields {
            items = List.copyOf(items);
        }
    }

    /** An optional; {@code null} where it is empty. */
    record Maybe(@Nullable Pytree item) implements Pytree {}

    /** An unmodifiable map in the order of its keys, so that a function that goes through it makes one program. */
    final class SortedCopy extends AbstractMap<String, Object> {
        private final Map<String, Object> items;

        private SortedCopy(Map<String, Object> items) {
            this.items = Collections.unmodifiableMap(items);
        }

        @Override
        public Set<Map.Entry<String, Object>> entrySet() {
            return items.entrySet();
        }

        @Override
        public boolean containsKey(Object key) {
            return items.containsKey(key);
        }

        @Override
        public @Nullable Object get(Object key) {
            return items.get(key);
        }
    }

    /** A structure and its leaves in order: what {@link #flatten(Object)} makes of a value. */
    record Flat(Pytree structure, List<Tensor> leaves) {
        /** Copies the list. */
        public Flat {
            leaves = List.copyOf(leaves);
        }
    }

    // ---- trees of tensors, as jax.tree ----

    /**
     * The structure of {@code tree} and its leaves: {@code jax.tree.flatten}.
     *
     * @throws KilnException KILN-T008 with the path of what is neither a tensor nor a structure
     */
    static Flat flatten(Object tree) {
        List<Tensor> leaves = new ArrayList<>();
        Pytree structure = flatten(tree, "the tree", leaves::add);
        return new Flat(structure, leaves);
    }

    /** The leaves of {@code tree} in order: {@code jax.tree.leaves}. */
    static List<Tensor> leaves(Object tree) {
        return flatten(tree).leaves();
    }

    /** The tree with {@code f} applied to each leaf: {@code jax.tree.map}. */
    static <T> T map(UnaryOperator<Tensor> f, T tree) {
        return mapAll(at -> f.apply(at.get(0)), List.of(tree));
    }

    /**
     * The tree whose leaves are {@code f} of the leaves of two trees: {@code jax.tree.map(f, a, b)}.
     *
     * @throws KilnException KILN-T009 with the path where the structures first differ
     */
    static <T> T map(BinaryOperator<Tensor> f, T a, T b) {
        return mapAll(at -> f.apply(at.get(0), at.get(1)), List.of(a, b));
    }

    /** The tree whose leaves are {@code f} of the leaves of three trees of one structure. */
    static <T> T map(F3<Tensor, Tensor, Tensor, Tensor> f, T a, T b, T c) {
        return mapAll(at -> f.apply(at.get(0), at.get(1), at.get(2)), List.of(a, b, c));
    }

    /** The tree whose leaves are {@code f} of the leaves of four trees of one structure. */
    static <T> T map(F4<Tensor, Tensor, Tensor, Tensor, Tensor> f, T a, T b, T c, T d) {
        return mapAll(at -> f.apply(at.get(0), at.get(1), at.get(2), at.get(3)), List.of(a, b, c, d));
    }

    /**
     * The tree whose leaves are {@code f} of the leaves of all {@code trees}, one or more of one structure.
     *
     * @throws KilnException KILN-T009 with the path where a structure differs from that of the first tree
     */
    @SuppressWarnings("unchecked") // the structure is that of a T
    static <T> T mapAll(Function<List<Tensor>, Tensor> f, List<T> trees) {
        List<Flat> flat = new ArrayList<>();
        for (int i = 0; i < trees.size(); i++) {
            List<Tensor> leaves = new ArrayList<>();
            Pytree structure = flatten(trees.get(i), "tree " + i, leaves::add);
            flat.add(new Flat(structure, leaves));
            structure.requireSame("map", "tree " + i, flat.get(0).structure(), "tree 0");
        }
        Pytree structure = flat.get(0).structure();
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < flat.get(0).leaves().size(); i++) {
            int leaf = i;
            try {
                out.add(f.apply(flat.stream().map(t -> t.leaves().get(leaf)).toList()));
            } catch (KilnException e) {
                throw PytreeErrors.at(structure.paths("tree 0").get(leaf), e);
            }
        }
        return (T) structure.unflatten(out);
    }

    /** The value of this structure with these leaves: {@code jax.tree.unflatten}. */
    default Object unflatten(List<Tensor> leaves) {
        if (leaves.size() != leafCount()) {
            throw PytreeErrors.fault(
                    "unflatten:",
                    "%d leaves are required, got %d".formatted(leafCount(), leaves.size()),
                    "give one tensor for each leaf of the structure");
        }
        Object value = unflatten(leaves.iterator());
        if (value == null) {
            throw PytreeErrors.fault("unflatten:", "the structure is a static null", "leave the value out");
        }
        return value;
    }

    /** The paths of the leaves in order, below a root of this name: {@code params.layers[2].bias}. */
    default List<String> paths(String root) {
        List<String> out = new ArrayList<>();
        paths(root, out);
        return List.copyOf(out);
    }

    private void paths(String path, List<String> out) {
        switch (this) {
            case Leaf() -> out.add(path);
            case Constant(Object _) -> {}
            case Items(List<Pytree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    items.get(i).paths(path + "[" + i + "]", out);
                }
            }
            case Entries(Map<String, Pytree> items) -> items.forEach((key, item) -> item.paths(path + "." + key, out));
            case Fields(Class<?> type, List<Pytree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    items.get(i).paths(path + "." + RecordType.of(type).name(i), out);
                }
            }
            case Maybe(Pytree item) -> {
                if (item != null) {
                    item.paths(path, out);
                }
            }
        }
    }

    /**
     * Does nothing if this structure is {@code required}; {@code name} and {@code other} are what the two are called.
     *
     * @throws KilnException KILN-T009 with the path where they first differ
     */
    default void requireSame(String operation, String name, Pytree required, String other) {
        if (!equals(required)) {
            throw PytreeErrors.mismatch(operation, name, this, other, required);
        }
    }

    // ---- one structure ----

    /**
     * The structure of {@code value}; its tensors go to {@code leaves} in order. {@code path} names the value in messages:
     * {@code argument 0}.
     *
     * @throws KilnException KILN-T008 with the path of what is neither a tensor nor a structure
     */
    static Pytree flatten(@Nullable Object value, String path, Consumer<Tensor> leaves) {
        return switch (value) {
            case null -> throw PytreeErrors.fault(path, "is null", "give a tensor, or leave the component out");
            case Tensor tensor -> {
                leaves.accept(tensor);
                yield Leaf.LEAF;
            }
            case List<?> list -> {
                List<Pytree> items = new ArrayList<>(list.size());
                for (int i = 0; i < list.size(); i++) {
                    items.add(flatten(list.get(i), path + "[" + i + "]", leaves));
                }
                yield new Items(items);
            }
            case Map<?, ?> map -> {
                Map<String, Object> sorted = new TreeMap<>();
                map.forEach((key, item) -> {
                    if (!(key instanceof String name)) {
                        throw PytreeErrors.fault(path, "is a map with a key that is no string", "use string keys");
                    }
                    sorted.put(name, item);
                });
                Map<String, Pytree> items = new LinkedHashMap<>();
                sorted.forEach((key, item) -> items.put(key, flatten(item, path + "." + key, leaves)));
                yield new Entries(items);
            }
            case Optional<?> optional -> new Maybe(optional.isEmpty() ? null : flatten(optional.get(), path, leaves));
            case Record record -> {
                RecordType type = RecordType.of(record.getClass());
                List<Pytree> items = new ArrayList<>(type.size());
                for (int i = 0; i < type.size(); i++) {
                    Object item = type.read(i, record, path);
                    items.add(type.isStatic(i) ? new Constant(item) : flatten(item, path + "." + type.name(i), leaves));
                }
                yield new Fields(record.getClass(), items);
            }
            default ->
                throw PytreeErrors.fault(
                        path,
                        "is " + Immutability.a(value.getClass())
                                + ", which is no tensor and no list, map or record of them",
                        value instanceof Number || value.getClass().isArray()
                                ? "make it a tensor, Tensor.scalar(x) or Tensor.of(array); or make it static:"
                                        + " staticArguments(...) for an argument, @Static for a record component"
                                : "make it static: staticArguments(...) for an argument, @Static for a record"
                                        + " component");
        };
    }

    /** The value of this structure with leaves taken from {@code leaves} in order. */
    default @Nullable Object unflatten(Iterator<Tensor> leaves) {
        return switch (this) {
            case Leaf() -> leaves.next();
            case Constant(Object value) -> value;
            case Items(List<Pytree> items) -> {
                List<Object> out = new ArrayList<>(items.size());
                for (Pytree item : items) {
                    out.add(Objects.requireNonNull(item.unflatten(leaves)));
                }
                yield List.copyOf(out);
            }
            case Entries(Map<String, Pytree> items) -> {
                Map<String, Object> out = new LinkedHashMap<>();
                items.forEach((key, item) -> out.put(key, Objects.requireNonNull(item.unflatten(leaves))));
                yield new SortedCopy(out);
            }
            case Fields(Class<?> type, List<Pytree> items) -> {
                @Nullable Object[] values = new @Nullable Object[items.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = items.get(i).unflatten(leaves);
                }
                yield RecordType.of(type).make(values);
            }
            case Maybe(Pytree item) -> item == null ? Optional.empty() : Optional.ofNullable(item.unflatten(leaves));
        };
    }

    /** The number of leaves. */
    default int leafCount() {
        return switch (this) {
            case Leaf() -> 1;
            case Constant(Object _) -> 0;
            case Items(List<Pytree> items) ->
                items.stream().mapToInt(Pytree::leafCount).sum();
            case Entries(Map<String, Pytree> items) ->
                items.values().stream().mapToInt(Pytree::leafCount).sum();
            case Fields(Class<?> _, List<Pytree> items) ->
                items.stream().mapToInt(Pytree::leafCount).sum();
            case Maybe(Pytree item) -> item == null ? 0 : item.leafCount();
        };
    }

    /** This structure as text, with a type for each leaf: {@code Params(w=f32[3], b=f32[])}. */
    default String text(Iterator<?> leaves) {
        return switch (this) {
            case Leaf() -> String.valueOf(leaves.next());
            case Constant(Object value) -> "static " + value;
            case Items(List<Pytree> items) ->
                items.stream().map(i -> i.text(leaves)).collect(Collectors.joining(", ", "[", "]"));
            case Entries(Map<String, Pytree> items) ->
                items.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue().text(leaves))
                        .collect(Collectors.joining(", ", "{", "}"));
            case Fields(Class<?> type, List<Pytree> items) -> {
                RecordType record = RecordType.of(type);
                List<String> parts = new ArrayList<>();
                for (int i = 0; i < items.size(); i++) {
                    parts.add(record.name(i) + "=" + items.get(i).text(leaves));
                }
                yield type.getSimpleName() + parts.stream().collect(Collectors.joining(", ", "(", ")"));
            }
            case Maybe(Pytree item) -> item == null ? "Optional.empty" : "Optional[" + item.text(leaves) + "]";
        };
    }
}
