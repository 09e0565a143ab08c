package io.kiln.model;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a model is published.
 *
 * @param run the id of the run that made it; a run that published already gets its version back
 * @param alias the alias that is to name it, or null: none
 * @param expected the version that the alias must name until then, 0 for none; null: whatever it names
 * @param note why it is published, or null
 */
public record Publication(
        String run,
        @Nullable String alias,
        @Nullable Integer expected,
        @Nullable String note) {
    /** Checks the words. */
    public Publication {
        ModelReference.requireWord("run id", run);
        if (alias != null) {
            ModelReference.requireWord("alias", alias);
        }
    }

    /** A run of its own that moves no alias. */
    public static Publication once() {
        return new Publication(UUID.randomUUID().toString(), null, null, null);
    }

    /** Of the run with this id. */
    public Publication ofRun(String id) {
        return new Publication(id, alias, expected, note);
    }

    /** With an alias that is to name the new version, whatever it names until then. */
    public Publication as(String name) {
        return new Publication(run, name, expected, note);
    }

    /** Only if the alias still names this version when the new one is published; 0: only if it names none. */
    public Publication ifStill(int version) {
        return new Publication(run, alias, version, note);
    }

    /** With a note. */
    public Publication because(String text) {
        return new Publication(run, alias, expected, text);
    }

    /** What became of it. */
    public sealed interface Outcome {
        /** The version that stands now: the new one, the run's own, or the one in the way. */
        @Nullable
        ModelVersion version();

        /** It was published. */
        record Published(ModelVersion version) implements Outcome {}

        /** The run had published before. */
        record PublishedBefore(ModelVersion version) implements Outcome {}

        /** The alias names another version than was expected, so nothing was published. */
        record Conflict(@Nullable ModelVersion version) implements Outcome {}
    }
}
