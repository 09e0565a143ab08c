package io.kiln.model;

import io.kiln.error.KilnException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model in a registry: {@code FOLDER:NAME@VERSION-OR-ALIAS}, as {@code hdfs:///models:digits@champion} or {@code models:digits@7}.
 *
 * @param registry the registry's folder, a path or a URI
 * @param name the model's name
 * @param selector the number of a version, or an alias
 */
public record ModelReference(String registry, String name, String selector) {
    /** What a model, an alias or a run may be called: it becomes part of a file's name. */
    static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    // A colon after the last slash: those before it belong to a scheme or a port.
    private static final Pattern TEXT = Pattern.compile("(.+):([^/:@]+)@([^/:@]+)");

    /** Checks the words. */
    public ModelReference {
        requireWord("model's name", name);
        requireWord("version or alias", selector);
    }

    /** The reference that a text is, if it is one. */
    public static Optional<ModelReference> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? Optional.of(new ModelReference(matcher.group(1), matcher.group(2), matcher.group(3)))
                : Optional.empty();
    }

    /** {@code word}, if it is one. */
    static String requireWord(String what, String word) {
        if (!WORD.matcher(word).matches()) {
            throw KilnException.user(
                    "naming a model in a registry: a %s of letters, digits, '.', '_' and '-' is required, got '%s'"
                            .formatted(what, word),
                    "choose another name, as digits or flights-2013");
        }
        return word;
    }

    @Override
    public String toString() {
        return registry + ":" + name + "@" + selector;
    }
}
