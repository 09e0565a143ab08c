package io.kiln.jobs;

import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import io.kiln.plugin.PluginInstaller;
import java.io.PrintWriter;
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
            description = "The installed plugins, and the one that jobs use.")
    int list(@Option(names = "--debug", description = "stack traces") boolean debug) {
        List<PluginFile> installed = PluginInstaller.installed();
        if (installed.isEmpty()) {
            out().println("no plugin is installed; `kiln plugin install cpu` fetches one, and so does the first job");
            return 0;
        }
        installed.forEach(this::print);
        out().println("jobs use "
                + PluginFinder.find(null, false, this::progress).path());
        return 0;
    }

    @Command(
            name = "install",
            mixinStandardHelpOptions = true,
            description = "Fetch a plugin with pip, check its hash, and unpack it to the user's cache folder.")
    int install(
            @Parameters(paramLabel = "NAME", description = "cpu") String name,
            @Option(names = "--debug", description = "stack traces") boolean debug) {
        print(PluginInstaller.install(name, this::progress));
        return 0;
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = "Load a plugin, and check its hash and its API version.")
    int verify(
            @Parameters(arity = "0..1", paramLabel = "cpu|cuda|PATH", description = "default: the plugin that jobs use")
                    @Nullable
                    String name,
            @Option(names = "--debug", description = "stack traces") boolean debug) {
        PluginFile file = PluginFinder.find(name, false, this::progress);
        if (PluginInstaller.installed().stream().anyMatch(each -> each.path().equals(file.path()))) {
            PluginInstaller.verify(file.platform());
        }
        PjrtPlugin loaded = file.load();
        print(file);
        out().printf("the plugin loads; its PJRT API is %d.%d%n", loaded.apiMajor(), loaded.apiMinor());
        return 0;
    }

    private void print(PluginFile file) {
        out().printf("%s  %s%n    sha256 %s, from %s%n", file.platform(), file.path(), file.sha256(), file.source());
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
