package io.kiln.model;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.model.Publication.Outcome;
import io.kiln.model.RegistryState.Change;
import io.kiln.store.StateLog;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * One model of a registry: its versions, which are written once, and the aliases that name some of them.
 *
 * <p>A version's files are complete before the state names it, and the state is replaced as a whole by whoever is first. So a reader
 * sees the model before or after a change, a publisher that dies changes nothing, and what it left is collected later.
 */
public final class RegisteredModel {
    /** The alias that is scored with. */
    public static final String CHAMPION = "champion";

    private static final int STATES_KEPT = 100;

    private final String registry;
    private final String name;
    private final FileSystem files;
    private final Configuration hadoop;
    private final Path versions;
    private final StateLog log;

    RegisteredModel(String registry, String name, FileSystem files, Configuration hadoop) {
        this.registry = registry;
        this.name = name;
        this.files = files;
        this.hadoop = hadoop;
        Path own = new Path(registry, name);
        this.versions = new Path(own, "versions");
        this.log = new StateLog(files, new Path(own, "state"));
    }

    /** The model's name. */
    public String name() {
        return name;
    }

    /** Whether it was ever published. */
    public boolean isPublished() {
        return log.latest().isPresent();
    }

    /** What the registry knows of it now. */
    public RegistryState state() {
        return log.latest().map(this::read).orElse(RegistryState.EMPTY);
    }

    /**
     * The version that a number or an alias names.
     *
     * @throws KilnException of category USER that lists what there is
     */
    public ModelVersion version(String selector) {
        return named(state(), selector);
    }

    /** The folder of a version: a model folder, which never changes. */
    public String folder(ModelVersion version) {
        return new Path(versions, version.folder()).toString();
    }

    /**
     * Reads a version, and checks every file.
     *
     * @throws KilnException of category USER when a file is not as it was published
     */
    public Model load(ModelVersion version) {
        requireManifest(version);
        return Model.load(folder(version), hadoop);
    }

    /** Publishes a model as a new version, and says what became of it. */
    public Outcome publish(Model model, Publication how) {
        Optional<Outcome> settled = settled(state(), how);
        if (settled.isPresent()) {
            return settled.get();
        }
        String folder =
                "%s-%s".formatted(how.run(), UUID.randomUUID().toString().substring(0, 8));
        String path = new Path(versions, folder).toString();
        model.save(path, hadoop, false);
        String created = now();
        writeNew(new Path(path, MlflowFile.NAME), MlflowFile.text(model, how.run(), created));
        String manifest = Sha256.hex(bytes(new Path(path, ModelFolder.MANIFEST)));
        while (true) {
            Optional<StateLog.State> latest = log.latest();
            RegistryState state = latest.map(this::read).orElse(RegistryState.EMPTY);
            settled = settled(state, how);
            if (settled.isPresent()) {
                deleteFolder(new Path(path));
                return settled.get();
            }
            Integer parent = parent(state, model);
            ModelVersion version = new ModelVersion(
                    state.last() + 1, folder, how.run(), created, publisher(), manifest, parent, how.note());
            RegistryState next = state.with(version, change("publish version " + version.version()));
            if (how.alias() != null) {
                next = next.with(
                        how.alias(),
                        version.version(),
                        change("publish version %d as %s".formatted(version.version(), how.alias())));
            }
            if (log.append(latest.map(StateLog.State::sequence).orElse(0L), next.json())) {
                return new Outcome.Published(version);
            }
        }
    }

    /** What a state answers to a publication without a new version, if anything. */
    private static Optional<Outcome> settled(RegistryState state, Publication how) {
        Optional<ModelVersion> own = state.ofRun(how.run());
        if (own.isPresent()) {
            return own.map(Outcome.PublishedBefore::new);
        }
        if (how.alias() == null || how.expected() == null) {
            return Optional.empty();
        }
        ModelVersion named = state.alias(how.alias()).orElse(null);
        return (named == null ? 0 : named.version()) == how.expected()
                ? Optional.empty()
                : Optional.of(new Outcome.Conflict(named));
    }

    /**
     * Makes an alias name a version, and returns that.
     *
     * @param selector the number of a version, or an alias
     */
    public ModelVersion promote(String selector, String alias) {
        ModelReference.requireWord("alias", alias);
        RegistryState changed = change(state -> {
            int version = named(state, selector).version();
            return state.with(alias, version, change("%s is version %d".formatted(alias, version)));
        });
        return named(changed, alias);
    }

    /**
     * Makes an alias name the version that it named before, and returns that.
     *
     * @throws KilnException of category USER when it named none
     */
    public ModelVersion rollback(String alias) {
        RegistryState changed = change(state -> {
            List<Integer> history = state.aliases().getOrDefault(alias, List.of());
            if (history.size() < 2) {
                throw KilnException.user(
                        "rolling back %s of %s: a version that it named before is required, it named %s"
                                .formatted(
                                        alias, name, history.isEmpty() ? "none" : "only version " + history.getLast()),
                        "name a version: kiln models promote %s:%s@VERSION --alias %s"
                                .formatted(registry, name, alias));
            }
            return state.rolledBack(
                    alias, change("%s is version %d again".formatted(alias, history.get(history.size() - 2))));
        });
        return named(changed, alias);
    }

    /** What is wrong with the versions that are kept: a sentence each; empty when every file is as it was published. */
    public List<String> verify() {
        List<String> problems = new ArrayList<>();
        for (ModelVersion version : state().versions()) {
            try {
                load(version);
            } catch (KilnException e) {
                problems.add("version %d: %s".formatted(version.version(), e.problem()));
            }
        }
        return problems;
    }

    /**
     * Deletes old versions, and what publishers left that died. A version stays that an alias names, now or before; so do the newest.
     *
     * @param keep how many of the newest versions stay
     * @param orphans how old a folder is that no state names before it is deleted: a publisher may be about to name it
     * @return the names of the folders that were deleted
     */
    public List<String> collect(int keep, Duration orphans) {
        Set<String> gone = new HashSet<>();
        change(state -> {
            Set<Integer> named = new HashSet<>();
            state.aliases().values().forEach(named::addAll);
            List<ModelVersion> old = state.versions().stream()
                    .limit(Math.max(0, state.versions().size() - keep))
                    .filter(version -> !named.contains(version.version()))
                    .toList();
            gone.clear();
            old.forEach(version -> gone.add(version.folder()));
            return old.isEmpty() ? state : state.without(old, change("delete %d versions".formatted(old.size())));
        });
        Set<String> kept = new HashSet<>();
        state().versions().forEach(version -> kept.add(version.folder()));
        long before = System.currentTimeMillis() - orphans.toMillis();
        try {
            for (FileStatus each : files.exists(versions) ? files.listStatus(versions) : new FileStatus[0]) {
                if (!kept.contains(each.getPath().getName()) && each.getModificationTime() <= before) {
                    gone.add(each.getPath().getName());
                }
            }
        } catch (IOException e) {
            throw failed("collecting", e);
        }
        gone.forEach(folder -> deleteFolder(new Path(versions, folder)));
        log.prune(STATES_KEPT);
        return gone.stream().sorted().toList();
    }

    /** Replaces the state by what {@code step} makes of it; the same state means that there is nothing to do. */
    private RegistryState change(Function<RegistryState, RegistryState> step) {
        while (true) {
            Optional<StateLog.State> latest = log.latest();
            RegistryState state = latest.map(this::read).orElse(RegistryState.EMPTY);
            RegistryState next = step.apply(state);
            if (next.equals(state)
                    || log.append(latest.map(StateLog.State::sequence).orElse(0L), next.json())) {
                return next;
            }
        }
    }

    private RegistryState read(StateLog.State state) {
        return RegistryState.read("state %d of %s:%s".formatted(state.sequence(), registry, name), state.text());
    }

    private ModelVersion named(RegistryState state, String selector) {
        Optional<ModelVersion> found = state.alias(selector);
        if (found.isEmpty() && selector.matches("\\d{1,9}")) {
            found = state.version(Integer.parseInt(selector));
        }
        return found.orElseThrow(() -> {
            String there = state.versions().isEmpty()
                    ? "it has no versions"
                    : "it has versions %d to %d and aliases %s"
                            .formatted(
                                    state.versions().getFirst().version(),
                                    state.last(),
                                    state.aliases().keySet());
            return KilnException.user(
                    "looking up %s:%s@%s: %s".formatted(registry, name, selector, there),
                    state.versions().isEmpty()
                            ? "publish it first: kiln models publish MODEL %s:%s".formatted(registry, name)
                            : "name one of these; kiln models show %s:%s lists them".formatted(registry, name));
        });
    }

    private void requireManifest(ModelVersion version) {
        Path manifest = new Path(folder(version), ModelFolder.MANIFEST);
        String got = Sha256.hex(bytes(manifest));
        if (!got.equals(version.manifest())) {
            throw KilnException.user(
                    "reading %s: required SHA-256 %s, as it was published, got %s"
                            .formatted(manifest, version.manifest(), got),
                    "the version was changed: promote another one, and publish this one again");
        }
    }

    /** The version of this registry that a model says it was trained from. */
    private @Nullable Integer parent(RegistryState state, Model model) {
        String prefix = registry + ":" + name + "@";
        String parent = model.parent();
        if (parent == null || !parent.startsWith(prefix)) {
            return null;
        }
        return state.versions().stream()
                .map(ModelVersion::version)
                .filter(version -> parent.equals(prefix + version))
                .findFirst()
                .orElse(null);
    }

    private byte[] bytes(Path file) {
        try (FSDataInputStream in = files.open(file)) {
            return in.readAllBytes();
        } catch (FileNotFoundException e) {
            throw KilnException.user(
                    "reading %s: there is no such file".formatted(file),
                    "the version was deleted or damaged: promote another one");
        } catch (IOException e) {
            throw failed("reading", e);
        }
    }

    private void writeNew(Path file, String text) {
        try (FSDataOutputStream out = files.create(file, false)) {
            out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw failed("publishing", e);
        }
    }

    private void deleteFolder(Path folder) {
        try {
            files.delete(folder, true);
        } catch (IOException e) {
            throw failed("deleting a folder of", e);
        }
    }

    private KilnException failed(String doing, IOException cause) {
        return new KilnException(
                ErrorCategory.JOB,
                "%s %s:%s: the store failed: %s".formatted(doing, registry, name, cause.getMessage()),
                "see that the store is reachable and this user may write there, then run it again",
                cause);
    }

    private static Change change(String what) {
        return new Change(UUID.randomUUID().toString(), now(), publisher(), what);
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private static String publisher() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "unknown";
        }
        return "%s@%s"
                .formatted(System.getProperty("user.name", "unknown"), host)
                .toLowerCase(Locale.ROOT);
    }
}
