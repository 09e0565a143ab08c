package io.kiln.jobs;

import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelReference;
import io.kiln.model.ModelVersion;
import io.kiln.model.Publication;
import io.kiln.model.RegisteredModel;
import io.kiln.model.Registry;
import io.kiln.model.RegistryState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code kiln models}: a registry's models, their versions, and the aliases that name them. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        description = "Publish models to a registry, see what it holds, and say which version an alias names.")
public final class ModelsCommand implements Runnable {
    private static final Pattern NAMED = Pattern.compile("(.+):([^/:@]+)");
    private static final String REGISTRY_NAME = "REGISTRY:NAME";

    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", description = "stack traces", scope = ScopeType.INHERIT)
    @SuppressWarnings("UnusedVariable") // Main looks for it among the arguments, whatever the command
    private boolean debug;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new ModelsCommand(), args));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "list, show, diff, publish, promote, rollback, verify or gc is required");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "The models, their newest version and aliases.")
    int list(@Parameters(paramLabel = "REGISTRY", description = "the registry's folder") String registry) {
        Registry opened = Registry.at(registry, new Configuration());
        for (String name : opened.names()) {
            RegistryState state = opened.model(name).state();
            out().printf(
                            "%s: %d versions, newest %d%s%n",
                            name, state.versions().size(), state.last(), aliases(state));
        }
        return 0;
    }

    private static String aliases(RegistryState state) {
        StringBuilder text = new StringBuilder();
        for (String alias : state.aliases().keySet()) {
            state.alias(alias)
                    .ifPresent(version ->
                            text.append(", ").append(alias).append(' ').append(version.version()));
        }
        return text.toString();
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "The versions of a model, newest first, and the last change; or one version.")
    int show(
            @Parameters(paramLabel = "REGISTRY:NAME[@VERSION-OR-ALIAS]", description = "a model or a version of it")
                    String text) {
        Optional<ModelReference> reference = ModelReference.parse(text);
        if (reference.isPresent()) {
            RegisteredModel model = model(reference.get());
            ModelVersion version = model.version(reference.get().selector());
            print(model.state(), version);
            Model loaded = model.load(version);
            out().println(loaded.signature());
            loaded.metrics().forEach((name, value) -> out().printf("metric %s: %s%n", name, value));
            return 0;
        }
        RegistryState state = published(model(text));
        state.versions().reversed().forEach(version -> print(state, version));
        out().printf(
                        "last change: %s by %s: %s%n",
                        state.change().at(), state.change().by(), state.change().what());
        return 0;
    }

    private void print(RegistryState state, ModelVersion version) {
        List<String> aliases = state.aliasesOf(version.version());
        out().printf(
                        "version %d%s: %s by %s, run %s%s%s%n",
                        version.version(),
                        aliases.isEmpty() ? "" : " (" + String.join(", ", aliases) + ")",
                        version.created(),
                        version.publisher(),
                        version.run(),
                        version.parent() == null ? "" : ", trained from version " + version.parent(),
                        version.note() == null ? "" : ", " + version.note());
    }

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = "What differs between two models: signature, nulls, weights and metrics.")
    int diff(
            @Parameters(paramLabel = "MODEL", description = "a model folder or REGISTRY:NAME@VERSION-OR-ALIAS")
                    String first,
            @Parameters(paramLabel = "OTHER", description = "another one") String second) {
        Model a = Model.load(first);
        Model b = Model.load(second);
        List<String> differences = new ModelDifference(a, b).lines();
        differences.forEach(out()::println);
        if (differences.isEmpty()) {
            out().println("the models are the same");
        }
        return 0;
    }

    @Command(name = "publish", mixinStandardHelpOptions = true, description = "Make a model folder a new version.")
    int publish(
            @Parameters(paramLabel = "MODEL", description = "a model folder, or a version in a registry") String source,
            @Parameters(paramLabel = REGISTRY_NAME, description = "where to publish it") String target,
            @Option(names = "--alias", paramLabel = "ALIAS", description = "what is to name it, as champion") @Nullable
                    String alias,
            @Option(
                            names = "--expect",
                            paramLabel = "VERSION",
                            description = "publish only if the alias still names this version; 0: none")
                    @Nullable
                    Integer expected,
            @Option(
                            names = "--run",
                            paramLabel = "ID",
                            description = "the run that made it: a run publishes once (default: a new one)")
                    @Nullable
                    String run,
            @Option(names = "--note", paramLabel = "TEXT", description = "why") @Nullable String note) {
        if (expected != null && alias == null) {
            throw new ParameterException(spec.commandLine(), "--expect: --alias is required with it");
        }
        Publication once = Publication.once();
        Publication how = new Publication(run == null ? once.run() : run, alias, expected, note);
        RegisteredModel model = model(target);
        switch (model.publish(Model.load(source), how)) {
            case Publication.Outcome.Published done ->
                out().printf("published %s@%d%n", target, done.version().version());
            case Publication.Outcome.PublishedBefore done ->
                out().printf(
                                "run %s published %s@%d before%n",
                                how.run(), target, done.version().version());
            case Publication.Outcome.Conflict conflict ->
                throw KilnException.user(
                        "publishing to %s: %s has to name version %d, it names %s"
                                .formatted(
                                        target,
                                        alias,
                                        expected,
                                        conflict.version() == null
                                                ? "none"
                                                : "version "
                                                        + conflict.version().version()),
                        "another publisher was first: compare with that version, and expect it");
        }
        return 0;
    }

    @Command(name = "promote", mixinStandardHelpOptions = true, description = "Make an alias name a version.")
    int promote(
            @Parameters(paramLabel = "REGISTRY:NAME@VERSION-OR-ALIAS", description = "the version") String text,
            @Option(
                            names = "--alias",
                            defaultValue = RegisteredModel.CHAMPION,
                            paramLabel = "ALIAS",
                            description = "what is to name it (default ${DEFAULT-VALUE})")
                    String alias) {
        ModelReference reference = ModelReference.parse(text)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "promote: REGISTRY:NAME@VERSION-OR-ALIAS is required, got " + text));
        ModelVersion version = model(reference).promote(reference.selector(), alias);
        out().printf("%s of %s is version %d%n", alias, reference.name(), version.version());
        return 0;
    }

    @Command(
            name = "rollback",
            mixinStandardHelpOptions = true,
            description = "Make an alias name the version that it named before.")
    int rollback(
            @Parameters(paramLabel = REGISTRY_NAME, description = "the model") String text,
            @Option(
                            names = "--alias",
                            defaultValue = RegisteredModel.CHAMPION,
                            paramLabel = "ALIAS",
                            description = "which (default ${DEFAULT-VALUE})")
                    String alias) {
        RegisteredModel model = model(text);
        out().printf(
                        "%s of %s is version %d again%n",
                        alias, model.name(), model.rollback(alias).version());
        return 0;
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = "Read every version that is kept, and check every file against its hash.")
    int verify(
            @Parameters(paramLabel = "REGISTRY[:NAME]", description = "a registry, or one of its models") String text) {
        Matcher named = NAMED.matcher(text);
        Registry registry = Registry.at(named.matches() ? named.group(1) : text, new Configuration());
        int damaged = 0;
        for (String name : named.matches() ? List.of(named.group(2)) : registry.names()) {
            RegisteredModel model = registry.model(name);
            int versions = published(model).versions().size();
            List<String> problems = model.verify();
            problems.forEach(problem -> out().printf("%s %s%n", name, problem));
            out().printf(
                            "%s: %d of %d versions are as they were published%n",
                            name, versions - problems.size(), versions);
            damaged += problems.size();
        }
        if (damaged > 0) {
            throw KilnException.user(
                    "verifying %s: every file has to be as it was published, %d versions are not"
                            .formatted(text, damaged),
                    "promote versions that are whole, and publish the damaged ones again");
        }
        return 0;
    }

    @Command(
            name = "gc",
            mixinStandardHelpOptions = true,
            description = "Delete old versions that no alias names or named, and what publishers left that died.")
    int gc(
            @Parameters(paramLabel = REGISTRY_NAME, description = "the model") String text,
            @Option(
                            names = "--keep",
                            defaultValue = "20",
                            paramLabel = "N",
                            description = "how many of the newest versions stay (default ${DEFAULT-VALUE})")
                    int keep,
            @Option(
                            names = "--orphan-hours",
                            defaultValue = "24",
                            paramLabel = "HOURS",
                            description = "how old a folder is that no version names (default ${DEFAULT-VALUE})")
                    int hours) {
        if (keep < 1 || hours < 0) {
            throw new ParameterException(
                    spec.commandLine(), "gc: --keep from 1 and --orphan-hours from 0 are required");
        }
        List<String> deleted = model(text).collect(keep, Duration.ofHours(hours));
        out().printf("deleted %d folders%n", deleted.size());
        return 0;
    }

    private static RegisteredModel model(ModelReference reference) {
        return Registry.at(reference.registry(), new Configuration()).model(reference.name());
    }

    private RegisteredModel model(String text) {
        Matcher named = NAMED.matcher(text);
        if (!named.matches()) {
            throw new ParameterException(
                    spec.commandLine(), "a model as " + REGISTRY_NAME + " is required, got " + text);
        }
        return Registry.at(named.group(1), new Configuration()).model(named.group(2));
    }

    private static RegistryState published(RegisteredModel model) {
        RegistryState state = model.state();
        if (state.last() == 0) {
            throw KilnException.user(
                    "looking up model %s: it was never published there".formatted(model.name()),
                    "kiln models list REGISTRY shows what is there");
        }
        return state;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
