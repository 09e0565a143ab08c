package io.kiln.isolate;

import io.kiln.compile.CompileOptions;
import io.kiln.error.KilnException;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.nio.file.Path;

/** A process that compiles one program in a child: arguments are the quarantine's folder and the program. */
final class IsolatedMain {
    private IsolatedMain() {}

    public static void main(String[] arguments) {
        byte[] module = switch (arguments[1]) {
            case "overflowing" -> Modules.overflowing();
            case "long" -> Modules.sines(40_000);
            default -> throw new IllegalArgumentException(arguments[1]);
        };
        PluginFile plugin = PluginFinder.find(null, false, System.err::println);
        try (IsolatedCompiler compiler = new IsolatedCompiler(
                plugin,
                DeviceConf.standard(),
                CompileOptions.of(false),
                IsolationLimits.standard(),
                new Quarantine(Path.of(arguments[0])))) {
            compiler.compile(arguments[1], module);
            System.out.println("compiled");
        } catch (KilnException e) {
            System.out.println(e.problem());
        }
    }
}
