package io.kiln.jobs;

import io.kiln.compile.LocalRuntime;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kiln doctor}: checks one by one what a job needs of this machine, and says what to do about what is missing. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Check the JDK, native access, the plugin and the device, and run a small program.")
public final class DoctorCommand implements Callable<Integer> {
    private static final Runtime.Version LEAST_JAVA = Runtime.Version.parse("25.0.3");

    @Spec
    private CommandSpec spec;

    @Option(names = "--plugin", paramLabel = "cpu|cuda|PATH", description = "the plugin to check")
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
        check("plugin", () -> {
            PluginFile file = PluginFinder.find(plugin, false, line -> {});
            return "%s, %s, from %s".formatted(file.platform(), file.path(), file.source());
        });
        check("program", this::program);
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

    /** Compiles {@code 2 x + 1} for the device and runs it. */
    private String program() {
        PluginFile file = PluginFinder.find(plugin, false, line -> {});
        Program program = Trace.trace(
                        in -> List.of(in.getFirst().times(2).plus(1)), List.of(ShapedArray.of(DType.F32, 3)))
                .program();
        try (LocalRuntime runtime = LocalRuntime.open(file.path().toString(), line -> {})) {
            float[] got = runtime.compiler()
                    .load(program, "doctor", Set.of())
                    .call(List.of(HostArray.of(1f, 2f, 3f)))
                    .getFirst()
                    .toFloats();
            if (!Arrays.equals(got, new float[] {3f, 5f, 7f})) {
                throw KilnException.environment(
                        "running a program: 2 x + 1 of 1, 2, 3 must be 3, 5, 7, got " + Arrays.toString(got),
                        "use another plugin: this one computes wrong numbers");
            }
            return "compiled and run on " + runtime.compiler().client().platformName();
        }
    }
}
