package io.kiln.jobs;

import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.NvidiaLibraries;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import io.kiln.plugin.PluginInstaller;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kiln plugin}: the PJRT plugins on this machine. */
@Command(
        name = "plugin",
        mixinStandardHelpOptions = true,
        description = "List, install or verify the PJRT plugins on this machine.")
public final class PluginCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new PluginCommand(), args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "list, install or verify is required");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "The plugins on this machine, and the one that jobs use.")
    int list(@Option(names = "--debug", description = "stack traces") boolean debug) {
        List<PluginFile> plugins = new ArrayList<>(PluginInstaller.installed());
        plugins.addAll(PluginFinder.inPythonEnvironments());
        if (plugins.isEmpty()) {
            out().println("no plugin is installed; `kiln plugin install cpu` fetches one, and so does the first job");
        }
        plugins.forEach(this::print);
        try {
            out().println("jobs use "
                    + PluginFinder.find(null, false, this::progress).path());
        } catch (KilnException e) {
            out().println("jobs use none of them unless it is asked for: " + e.fix());
        }
        return 0;
    }

    @Command(
            name = "install",
            mixinStandardHelpOptions = true,
            description = "Fetch a plugin with pip, check its hash, and unpack it to the user's cache folder.")
    int install(
            @Parameters(paramLabel = "cpu|cuda12|cuda13", description = "the plugin") String name,
            @Option(names = "--nvidia", description = "NVIDIA's libraries for it too (some gigabytes), with pip")
                    boolean nvidia,
            @Option(
                            names = "--archive",
                            paramLabel = "FILE.zip",
                            description = "write it all as one file for Spark's --archives")
                    @Nullable
                    Path archive,
            @Option(names = "--debug", description = "stack traces") boolean debug) {
        PluginFile file = PluginInstaller.install(name, this::progress);
        if (nvidia) {
            PluginInstaller.installNvidia(name, this::progress);
        }
        print(file);
        if (archive != null) {
            String library = PluginInstaller.archive(file, archive);
            out().printf(
                            "wrote %s; a job takes it by%n    --archives %s#kiln-plugin --conf"
                                    + " spark.kiln.plugin=kiln-plugin/%s%n",
                            archive, archive, library);
        }
        return 0;
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = "Load a plugin, and check its hash, the libraries that it needs, and its API version.")
    int verify(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "cpu|cuda|cuda12|cuda13|PATH",
                            description = "default: the plugin that jobs use")
                    @Nullable
                    String name,
            @Option(names = "--debug", description = "stack traces") boolean debug) {
        PluginFile file = PluginFinder.find(name, false, this::progress);
        boolean pinned = PluginInstaller.verify(file);
        print(file);
        out().println(
                        pinned
                                ? "    its hash is the pinned one"
                                : "    no hash is pinned for it: Kiln has not installed it");
        PjrtPlugin loaded = file.load();
        out().printf("the plugin loads; its PJRT API is %d.%d%n", loaded.apiMajor(), loaded.apiMinor());
        return 0;
    }

    private void print(PluginFile file) {
        out().printf("%s  %s%n    sha256 %s, from %s%n", file.platform(), file.path(), file.sha256(), file.source());
        NvidiaLibraries libraries = file.libraries();
        if (!libraries.found().isEmpty() || !libraries.missing().isEmpty()) {
            out().printf(
                            "    NVIDIA's libraries: %d found, %s%n",
                            libraries.found().size(),
                            libraries.missing().isEmpty()
                                    ? "none missing"
                                    : "missing " + String.join(", ", libraries.missing()));
        }
    }

    private void progress(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("kiln: " + line);
        err.flush();
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
