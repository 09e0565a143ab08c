package io.kiln.worker;

import io.kiln.compile.CompileOptions;
import io.kiln.compile.Compiler;
import io.kiln.compile.LoadedModule;
import io.kiln.isolate.IsolatedCompiler;
import io.kiln.isolate.IsolationLimits;
import io.kiln.isolate.Quarantine;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Loads modules that come from files: what no cache has is compiled in a child process. Nothing is started before the first one. */
final class ImportedModules implements AutoCloseable {
    private final PluginFile plugin;
    private final DeviceConf device;
    private final CompileOptions options;
    private final Path quarantine;
    private @Nullable IsolatedCompiler isolated; // guarded by this

    /** Modules for clients of {@code plugin} that are made with {@code device}, compiled with {@code options}. */
    ImportedModules(PluginFile plugin, DeviceConf device, CompileOptions options, Path quarantine) {
        this.plugin = plugin;
        this.device = device;
        this.options = options;
        this.quarantine = quarantine;
    }

    /** The function's module, loaded by {@code compiler}. */
    LoadedModule load(ExportedFunction function, Compiler compiler) {
        return isolated()
                .load(function.source(), function.module(), function.outputs().size(), compiler);
    }

    private synchronized IsolatedCompiler isolated() {
        if (isolated == null) {
            isolated = new IsolatedCompiler(
                    plugin, device, options, IsolationLimits.standard(), new Quarantine(quarantine));
        }
        return isolated;
    }

    /** Ends the child, if there is one. */
    @Override
    public synchronized void close() {
        if (isolated != null) {
            isolated.close();
            isolated = null;
        }
    }
}
