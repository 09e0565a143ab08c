package io.kiln.jit;

import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The comparison of arguments with one signature: what every call of a jitted function does first. It makes nothing but the array of
 * leaves; types that were seen before are recognised by identity. Safe for concurrent use.
 */
final class ArgumentMatcher {
    private final Node[] arguments;
    private final ShapedArray[] avals;
    private final ShapedArray[] seen; // equal to avals; a race loses at most a comparison

    ArgumentMatcher(Signature signature) {
        this.arguments = nodes(signature.arguments());
        this.avals = signature.avals().toArray(ShapedArray[]::new);
        this.seen = avals.clone();
    }

    /** A structure made ready: arrays instead of lists, and what is looked up by class looked up. */
    private static final class Node {
        private final Pytree tree;
        private final boolean leaf;
        private final Node[] items;
        private final String[] keys; // of a map
        private final @Nullable RecordType record;

        Node(Pytree tree) {
            this.tree = tree;
            this.leaf = tree instanceof Pytree.Leaf;
            this.items = switch (tree) {
                case Pytree.Leaf _, Pytree.Constant _ -> new Node[0];
                case Pytree.Items list -> nodes(list.items());
                case Pytree.Entries map -> nodes(List.copyOf(map.items().values()));
                case Pytree.Fields fields -> nodes(fields.items());
                case Pytree.Maybe maybe -> nodes(maybe.item() == null ? List.of() : List.of(maybe.item()));
            };
            this.keys =
                    tree instanceof Pytree.Entries map ? map.items().keySet().toArray(String[]::new) : new String[0];
            this.record = tree instanceof Pytree.Fields fields ? RecordType.of(fields.type()) : null;
        }
    }

    private static Node[] nodes(List<Pytree> trees) {
        return trees.stream().map(Node::new).toArray(Node[]::new);
    }

    /** The leaves of {@code values} if they have the signature, else null. */
    Tensor @Nullable [] match(List<? extends @Nullable Object> values) {
        if (values.size() != arguments.length) {
            return null;
        }
        Tensor[] leaves = new Tensor[avals.length];
        int at = 0;
        for (int i = 0; i < arguments.length && at >= 0; i++) {
            at = match(arguments[i], values.get(i), leaves, at);
        }
        return at < 0 ? null : leaves;
    }

    /** The position after the leaves of {@code value}, or -1 if it has not the structure and types of {@code node}. */
    private int match(Node node, @Nullable Object value, Tensor[] leaves, int at) {
        if (node.leaf) {
            if (value instanceof Tensor tensor && fits(tensor.aval(), at)) {
                leaves[at] = tensor;
                return at + 1;
            }
            return -1;
        }
        return switch (node.tree) {
            case Pytree.Fields fields
            when value != null && fields.type() == value.getClass() ->
                record(node, Objects.requireNonNull(node.record), value, leaves, at);
            case Pytree.Items _ when value instanceof List<?> list -> list(node, list, leaves, at);
            case Pytree.Entries _ when value instanceof Map<?, ?> map -> map(node, map, leaves, at);
            case Pytree.Maybe _
            when value instanceof Optional<?> optional ->
                list(node, optional.isEmpty() ? List.of() : List.of(optional.get()), leaves, at);
            case Pytree.Constant constant -> Objects.equals(value, constant.value()) ? at : -1;
            case Pytree.Leaf _, Pytree.Fields _, Pytree.Items _, Pytree.Entries _, Pytree.Maybe _ -> -1;
        };
    }

    private int record(Node node, RecordType type, Object value, Tensor[] leaves, int at) {
        int next = at;
        for (int i = 0; i < node.items.length && next >= 0; i++) {
            next = match(node.items[i], type.read(i, value, ""), leaves, next);
        }
        return next;
    }

    private int list(Node node, List<?> values, Tensor[] leaves, int at) {
        int next = values.size() == node.items.length ? at : -1;
        for (int i = 0; i < node.items.length && next >= 0; i++) {
            next = match(node.items[i], values.get(i), leaves, next);
        }
        return next;
    }

    private int map(Node node, Map<?, ?> values, Tensor[] leaves, int at) {
        int next = values.size() == node.items.length ? at : -1;
        for (int i = 0; i < node.items.length && next >= 0; i++) {
            next = match(node.items[i], values.get(node.keys[i]), leaves, next);
        }
        return next;
    }

    @SuppressWarnings("ReferenceEquality") // the quick answer for a type seen before
    private boolean fits(ShapedArray aval, int at) {
        if (aval == seen[at]) {
            return true;
        }
        boolean equal = aval.equals(avals[at]);
        if (equal) {
            seen[at] = aval;
        }
        return equal;
    }
}
