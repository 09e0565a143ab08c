package io.kiln.jobs;

import io.kiln.compile.DeviceCheck;
import io.kiln.compile.LocalRuntime;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import io.kiln.plugin.PluginInstaller;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kiln doctor}: checks one by one what a job needs of this machine, and says what to do about what is missing. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Check the JDK, native access, the plugins and the devices; run small programs on each device and say"
                        + " how fast.")
public final class DoctorCommand implements Callable<Integer> {
    private static final Runtime.Version LEAST_JAVA = Runtime.Version.parse("25.0.3");

    private static final String INDENT = " ".repeat(21);

    @Spec
    private CommandSpec spec;

    @Option(names = "--plugin", paramLabel = "cpu|cuda|cuda12|cuda13|PATH", description = "the plugin to check")
    private @Nullable String plugin;

    @Option(names = "--debug", description = "stack traces")
    private boolean debug;

    private boolean healthy = true;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new DoctorCommand(), args));
    }

    /** One thing that must hold: returns what was found, or throws with the fix. */
    private interface Check {
        String run();
    }

    @Override
    public Integer call() {
        check("java", DoctorCommand::java);
        check("machine", DoctorCommand::machine);
        check("spark", () -> org.apache.spark.package$.MODULE$.SPARK_VERSION());
        check("native access", DoctorCommand::nativeAccess);
        check("plugins", DoctorCommand::plugins);
        AtomicReference<@Nullable PluginFile> used = new AtomicReference<>();
        check("plugin", () -> {
            PluginFile file = PluginFinder.find(plugin, false, line -> {});
            used.set(file);
            return "%s, %s, from %s".formatted(file.platform(), file.path(), file.source());
        });
        PluginFile file = used.get();
        if (file != null) {
            if (file.platform().equals("cuda")) {
                check(
                        "libraries",
                        () -> "NVIDIA's, " + file.libraries().required().size() + " found");
            }
            check("devices", () -> devices(file));
        }
        return healthy ? 0 : ErrorCategory.ENVIRONMENT.exitCode();
    }

    private void check(String what, Check check) {
        PrintWriter out = spec.commandLine().getOut();
        try {
            out.printf("ok    %-14s %s%n", what, check.run());
        } catch (RuntimeException e) {
            healthy = false;
            Fault fault = Fault.of(e);
            out.printf("wrong %-14s %s%n      fix: %s%n", what, fault.problem(), fault.fix());
            if (debug) {
                e.printStackTrace(out);
            }
        }
        out.flush();
    }

    private static String java() {
        Runtime.Version version = Runtime.version();
        if (version.compareToIgnoreOptional(LEAST_JAVA) < 0) {
            throw KilnException.environment(
                    "checking the JDK: %s or newer is required, got %s".formatted(LEAST_JAVA, version),
                    "set KILN_JAVA_HOME to such a JDK");
        }
        return version + ", " + System.getProperty("java.home");
    }

    private static String machine() {
        return "%s, %d processors, heap of %d MiB"
                .formatted(
                        System.getProperty("os.arch"),
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.getRuntime().maxMemory() >> 20);
    }

    private static String nativeAccess() {
        if (!DoctorCommand.class.getModule().isNativeAccessEnabled()) {
            throw KilnException.environment(
                    "checking native access: it is required, this JVM was started without it",
                    "start it with --enable-native-access=ALL-UNNAMED, as ./kiln does");
        }
        return "enabled";
    }

    /** What there is, used or not. */
    private static String plugins() {
        List<PluginFile> all = new ArrayList<>(PluginInstaller.installed());
        all.addAll(PluginFinder.inPythonEnvironments());
        return all.isEmpty()
                ? "none installed, none in Python environments"
                : all.stream()
                        .map(file -> {
                            List<String> missing = file.libraries().missing();
                            return file.path()
                                    + (missing.isEmpty() ? "" : " (misses " + String.join(", ", missing) + ")");
                        })
                        .collect(Collectors.joining("; "));
    }

    /** Runs programs on each device that the plugin has. */
    private static String devices(PluginFile file) {
        try (LocalRuntime runtime = LocalRuntime.open(file.path().toString(), line -> {})) {
            return DeviceCheck.all(runtime).stream()
                    .map(DeviceCheck::toString)
                    .collect(Collectors.joining(System.lineSeparator() + INDENT));
        }
    }
}
