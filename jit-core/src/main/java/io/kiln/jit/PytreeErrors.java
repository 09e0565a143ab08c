package io.kiln.jit;

import io.kiln.core.SourceLine;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The errors of pytrees: each names the path of the leaf, like {@code params.layers[2].bias}. */
final class PytreeErrors {
    private PytreeErrors() {}

    /** Where two structures first differ: the path below the root, what was required there, what was got. */
    record Mismatch(String path, String required, String got) {}

    static KilnException fault(String path, String problem, String fix) {
        return KilnException.user(path + " " + problem + line(), fix + "; docs/errors.md#KILN-T008");
    }

    /** {@code got}, called {@code name}, does not have the structure of {@code required}. */
    static KilnException mismatch(String operation, String name, Pytree got, String other, Pytree required) {
        Mismatch first = first(required, got, "");
        String at = first == null
                ? "the structures differ"
                : "%s%s must be %s, as in %s, got %s"
                        .formatted(name, first.path(), first.required(), other, first.got());
        return KilnException.user(
                operation + ": " + at + line(),
                "give both the same records, lists and maps, with the same static values; docs/errors.md#KILN-T009");
    }

    /** An error of a function that was applied to the leaves at {@code path}. */
    static KilnException at(String path, KilnException cause) {
        return new KilnException(
                ErrorCategory.USER, "at leaf " + path + ": " + cause.problem(), cause.fix(), cause.getCause());
    }

    private static String line() {
        return SourceLine.ofCaller().map(l -> "\n  at " + l).orElse("");
    }

    /** The first difference in the order of the leaves, or null if there is none. */
    static @Nullable Mismatch first(Pytree required, Pytree got, String path) {
        if (required.equals(got)) {
            return null;
        }
        if (required instanceof Pytree.Items(List<Pytree> a) && got instanceof Pytree.Items(List<Pytree> b)) {
            for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
                Mismatch found =
                        either(i < a.size() ? a.get(i) : null, i < b.size() ? b.get(i) : null, path + "[" + i + "]");
                if (found != null) {
                    return found;
                }
            }
        }
        if (required instanceof Pytree.Entries(Map<String, Pytree> a)
                && got instanceof Pytree.Entries(Map<String, Pytree> b)) {
            java.util.TreeSet<String> keys = new java.util.TreeSet<>(a.keySet());
            keys.addAll(b.keySet());
            for (String key : keys) {
                Mismatch found = either(a.get(key), b.get(key), path + "." + key);
                if (found != null) {
                    return found;
                }
            }
        }
        if (required instanceof Pytree.Fields(Class<?> type, List<Pytree> a)
                && got instanceof Pytree.Fields(Class<?> other, List<Pytree> b)
                && type == other) {
            for (int i = 0; i < a.size(); i++) {
                Mismatch found = first(
                        a.get(i), b.get(i), path + "." + RecordType.of(type).name(i));
                if (found != null) {
                    return found;
                }
            }
        }
        if (required instanceof Pytree.Maybe(Pytree a)
                && got instanceof Pytree.Maybe(Pytree b)
                && a != null
                && b != null) {
            return first(a, b, path);
        }
        return new Mismatch(path, kind(required), kind(got));
    }

    private static @Nullable Mismatch either(@Nullable Pytree required, @Nullable Pytree got, String path) {
        return required != null && got != null
                ? first(required, got, path)
                : new Mismatch(path, kind(required), kind(got));
    }

    private static String article(String noun) {
        return ("AEIOU".indexOf(noun.charAt(0)) < 0 ? "a " : "an ") + noun;
    }

    /** What a structure is, for messages. */
    static String kind(@Nullable Pytree tree) {
        return switch (tree) {
            case null -> "absent";
            case Pytree.Leaf() -> "a tensor";
            case Pytree.Constant(Object value) -> "static " + value;
            case Pytree.Items(List<Pytree> items) -> "a list of " + items.size();
            case Pytree.Entries(Map<String, Pytree> items) -> "a map of " + items.keySet();
            case Pytree.Fields(Class<?> type, List<Pytree> _) -> article(type.getSimpleName());
            case Pytree.Maybe(Pytree item) -> item == null ? "an empty Optional" : "an Optional of " + kind(item);
        };
    }
}
