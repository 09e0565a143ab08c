package io.kiln.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything that a registry knows of one model: an immutable value that is replaced as a whole.
 *
 * @param format the version of this format
 * @param last the number of the newest version that was ever published; 0: none
 * @param versions the versions that are kept, ascending
 * @param aliases the versions that each alias named, the one that it names now last
 * @param change what made this state of the one before
 */
public record RegistryState(
        int format, int last, List<ModelVersion> versions, Map<String, List<Integer>> aliases, Change change) {
    private static final int FORMAT = 1;

    /** How far an alias can be rolled back. */
    private static final int REMEMBERED = 100;

    /**
     * Who did what.
     *
     * @param id a random word: no two changes are the same bytes
     * @param at when, ISO 8601 in UTC
     * @param by the user and the host
     * @param what the change in words
     */
    public record Change(String id, String at, String by, String what) {}

    /** The state of a model that was never published. */
    static final RegistryState EMPTY = new RegistryState(FORMAT, 0, List.of(), Map.of(), new Change("", "", "", ""));

    /** Copies the collections. */
    public RegistryState {
        versions = List.copyOf(versions);
        Map<String, List<Integer>> copies = new TreeMap<>();
        aliases.forEach((alias, history) -> copies.put(alias, List.copyOf(history)));
        aliases = java.util.Collections.unmodifiableMap(copies);
    }

    /** The version that an alias names, if it names one. */
    public Optional<ModelVersion> alias(String alias) {
        List<Integer> history = aliases.getOrDefault(alias, List.of());
        return history.isEmpty() ? Optional.empty() : version(history.getLast());
    }

    /** The version of a number, if it is kept. */
    public Optional<ModelVersion> version(int number) {
        return versions.stream().filter(each -> each.version() == number).findFirst();
    }

    /** The version that a run published, if it did. */
    public Optional<ModelVersion> ofRun(String run) {
        return versions.stream().filter(each -> each.run().equals(run)).findFirst();
    }

    /** The aliases that name a version now. */
    public List<String> aliasesOf(int version) {
        return aliases.keySet().stream()
                .filter(alias ->
                        alias(alias).filter(v -> v.version() == version).isPresent())
                .toList();
    }

    /** This state with a version more, which must have the next number. */
    RegistryState with(ModelVersion version, Change done) {
        List<ModelVersion> all = new ArrayList<>(versions);
        all.add(version);
        return new RegistryState(FORMAT, version.version(), all, aliases, done);
    }

    /** This state with an alias that names another version. */
    RegistryState with(String alias, int version, Change done) {
        List<Integer> history = new ArrayList<>(aliases.getOrDefault(alias, List.of()));
        history.add(version);
        return withHistory(alias, history, done);
    }

    /** This state with an alias that names what it named before; it must have named something. */
    RegistryState rolledBack(String alias, Change done) {
        List<Integer> history = aliases.getOrDefault(alias, List.of());
        return withHistory(alias, history.subList(0, history.size() - 1), done);
    }

    /** This state without some versions. An alias forgets that it named one of them before. */
    RegistryState without(List<ModelVersion> gone, Change done) {
        List<ModelVersion> kept = new ArrayList<>(versions);
        kept.removeAll(gone);
        List<Integer> numbers = kept.stream().map(ModelVersion::version).toList();
        Map<String, List<Integer>> remembered = new TreeMap<>();
        aliases.forEach((alias, history) ->
                remembered.put(alias, history.stream().filter(numbers::contains).toList()));
        return new RegistryState(FORMAT, last, kept, remembered, done);
    }

    private RegistryState withHistory(String alias, List<Integer> history, Change done) {
        Map<String, List<Integer>> changed = new TreeMap<>(aliases);
        changed.put(alias, history.subList(Math.max(0, history.size() - REMEMBERED), history.size()));
        return new RegistryState(FORMAT, last, versions, changed, done);
    }

    String json() {
        try {
            return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw KilnException.internal("writing a registry's state: " + e.getOriginalMessage());
        }
    }

    /**
     * Reads a state.
     *
     * @param where what messages call it
     * @throws KilnException of category USER when it is none, or of another format
     */
    static RegistryState read(String where, String json) {
        try {
            JsonNode root = Json.MAPPER.readTree(json);
            if (root.path("format").asInt(-1) != FORMAT) {
                throw KilnException.user(
                        "reading %s: required format %d, got %s".formatted(where, FORMAT, root.path("format")),
                        "use the version of Kiln that wrote this registry");
            }
            RegistryState state = Json.MAPPER.treeToValue(root, RegistryState.class);
            state.requireWhole();
            return state;
        } catch (IOException | IllegalArgumentException | NullPointerException e) {
            throw new KilnException(
                    ErrorCategory.USER,
                    "reading %s: a registry's state is required, got other text: %s".formatted(where, e.getMessage()),
                    "the file was changed or damaged: delete it, and the state before it is used again",
                    e);
        }
    }

    private void requireWhole() {
        int before = 0;
        for (ModelVersion each : versions) {
            if (each.version() <= before
                    || each.version() > last
                    || !ModelReference.WORD.matcher(each.folder()).matches()) {
                throw new IllegalArgumentException("version %d in folder %s".formatted(each.version(), each.folder()));
            }
            before = each.version();
        }
        aliases.forEach((alias, history) -> {
            if (!history.isEmpty() && version(history.getLast()).isEmpty()) {
                throw new IllegalArgumentException(
                        "alias %s names version %d, which is not there".formatted(alias, history.getLast()));
            }
        });
    }
}
