package io.kiln.isolate;

import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtClient;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a compile child is started: the command, and an environment without what is none of its business. */
final class ChildCommand {
    private static final Path SHELL = Path.of("/bin/sh");

    /** Variables that a JVM, a dynamic loader or XLA may need; a secret of Spark's is not among them. */
    private static final Set<String> KEPT =
            Set.of("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "KILN_HOME", "VIRTUAL_ENV", "CONDA_PREFIX");

    private static final List<String> KEPT_PREFIXES = List.of("LC_", "XLA_", "TF_CPP_", "CUDA_", "NVIDIA_", "PJRT_");

    private ChildCommand() {}

    static ProcessBuilder of(
            Class<?> main, PluginFile plugin, DeviceConf device, IsolationLimits limits, Path reports) {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SHELL)) {
            // The limits of a process are set by itself: a shell sets them and becomes the JVM, with the same process
            // id. -c: no core dump;
            // -d: private writable memory in KiB, which is what a program can make large; -v would count what a JVM
            // only reserves.
            String data = limits.nativeBytes() == 0
                    ? ""
                    : "ulimit -d %d 2>/dev/null; "
                            .formatted((limits.heapBytes() + limits.nativeBytes() + stackBytes()) >> 10);
            command.addAll(List.of(SHELL.toString(), "-c", "ulimit -c 0; " + data + "exec \"$0\" \"$@\""));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + (limits.heapBytes() >> 10) + "k",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:-CreateCoredumpOnCrash",
                // Standard output is the protocol's, and the JVM's report of a crash is among the last words.
                "-XX:+DisplayVMOutputToStderr",
                "-XX:ErrorFile=" + reports.resolve("hs_err_pid%p.log"),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(Stream.of(main, CompileChild.class, PluginFile.class, PjrtClient.class, KilnException.class)),
                main.getName(),
                plugin.path().toString(),
                plugin.sha256(),
                plugin.platform(),
                String.valueOf(limits.moduleBytes() + CompileRequest.OVERHEAD),
                "visible=" + device.visible().stream().map(String::valueOf).collect(Collectors.joining(",")),
                "memoryFraction=" + device.memoryFraction(),
                "preallocate=" + device.preallocate(),
                "allocator=" + device.allocator(),
                "cpuCount=" + device.cpuCount()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(reports.toFile());
        Map<String, String> environment = builder.environment();
        environment
                .keySet()
                .removeIf(name -> !KEPT.contains(name) && KEPT_PREFIXES.stream().noneMatch(name::startsWith));
        return builder;
    }

    /** What the stacks of the plugin's threads take of the limit, though hardly of the memory: 8 MiB each, some for each processor. */
    private static long stackBytes() {
        return Runtime.getRuntime().availableProcessors() * (24L << 20);
    }

    /** The jars or folders that the classes were loaded from in this process. */
    private static String classPath(Stream<Class<?>> classes) {
        TreeSet<String> sources = classes.map(ChildCommand::source).collect(Collectors.toCollection(TreeSet::new));
        return String.join(File.pathSeparator, sources);
    }

    private static String source(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        URL location = source == null ? null : source.getLocation();
        try {
            URI uri = location == null ? null : location.toURI();
            if (uri != null && "file".equals(uri.getScheme())) {
                String path = Path.of(uri).toString();
                if (!path.contains(File.pathSeparator)) {
                    return path;
                }
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // said below
        }
        throw KilnException.environment(
                "starting a compile child: %s has to come from a jar or folder whose path has no %s, got %s"
                        .formatted(type.getName(), File.pathSeparator, location),
                "put Kiln's jars on the class path as files");
    }
}
