package io.kiln.jit;

import io.kiln.core.SourceLine;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The structure of nested arguments or results, without their leaves: tensors, lists, maps with string keys, and records
 * of those. Equal structures are equal values, so they are part of a signature.
 */
public sealed interface Pytree {
    /** A tensor. */
    record Leaf() implements Pytree {}

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

    /**
     * The structure of {@code value}; its tensors go to {@code leaves} in order. {@code path} names the value in messages:
     * {@code argument 0}.
     */
    static Pytree flatten(@Nullable Object value, String path, Consumer<Tensor> leaves) {
        return switch (value) {
            case null -> throw fault(path, "is null", "give a tensor, or leave the component out");
            case Tensor tensor -> {
                leaves.accept(tensor);
                yield new Leaf();
            }
            case List<?> list -> {
                List<Pytree> items = new ArrayList<>();
                for (int i = 0; i < list.size(); i++) {
                    items.add(flatten(list.get(i), path + "[" + i + "]", leaves));
                }
                yield new Items(items);
            }
            case Map<?, ?> map -> {
                Map<String, Object> sorted = new TreeMap<>();
                map.forEach((key, item) -> {
                    if (!(key instanceof String name)) {
                        throw fault(path, "is a map with a key that is no string", "use string keys");
                    }
                    sorted.put(name, item);
                });
                Map<String, Pytree> items = new LinkedHashMap<>();
                sorted.forEach((key, item) -> items.put(key, flatten(item, path + "." + key, leaves)));
                yield new Entries(items);
            }
            case Record record -> {
                List<Pytree> items = new ArrayList<>();
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    Object item = read(component, record, path);
                    items.add(
                            component.isAnnotationPresent(Static.class)
                                    ? new Constant(item)
                                    : flatten(item, path + "." + component.getName(), leaves));
                }
                yield new Fields(record.getClass(), items);
            }
            default ->
                throw fault(
                        path,
                        "is a " + value.getClass().getName()
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
                List<@Nullable Object> out = new ArrayList<>();
                for (Pytree item : items) {
                    out.add(item.unflatten(leaves));
                }
                yield Collections.unmodifiableList(out);
            }
            case Entries(Map<String, Pytree> items) -> {
                Map<String, @Nullable Object> out = new LinkedHashMap<>();
                items.forEach((key, item) -> out.put(key, item.unflatten(leaves)));
                yield Collections.unmodifiableMap(out);
            }
            case Fields(Class<?> type, List<Pytree> items) -> {
                List<@Nullable Object> values = new ArrayList<>();
                for (Pytree item : items) {
                    values.add(item.unflatten(leaves));
                }
                yield construct(type, values);
            }
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
                RecordComponent[] components = type.getRecordComponents();
                List<String> parts = new ArrayList<>();
                for (int i = 0; i < items.size(); i++) {
                    parts.add(components[i].getName() + "=" + items.get(i).text(leaves));
                }
                yield type.getSimpleName() + parts.stream().collect(Collectors.joining(", ", "(", ")"));
            }
        };
    }

    private static @Nullable Object read(RecordComponent component, Record record, String path) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw fault(
                    path + "." + component.getName(),
                    "cannot be read (" + e + ")",
                    "make the record accessible: no module may hide it, and its accessors must not throw");
        }
    }

    private static Object construct(Class<?> type, List<@Nullable Object> values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values.toArray());
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof KilnException known) {
                throw known;
            }
            throw fault(
                    type.getSimpleName(),
                    "cannot be made from traced tensors (" + cause + ")",
                    "let its constructor accept tensors that have types and no values");
        }
    }

    private static KilnException fault(String path, String problem, String fix) {
        String line = SourceLine.ofCaller().map(l -> "\n  at " + l).orElse("");
        return KilnException.user(path + " " + problem + line, fix + "; docs/errors.md#KILN-T008");
    }
}
