package io.kiln.jobs.cases.numerics;

import io.kiln.compile.CompileOptions;
import io.kiln.compile.LocalRuntime;
import io.kiln.core.HostArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.isolate.IsolatedCompiler;
import io.kiln.isolate.IsolationLimits;
import io.kiln.isolate.Quarantine;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.KilnHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs a case's artifact of {@code jax.export}, compiled in a child process, and says what of its values is not as JAX has it. */
public final class ExportCheck implements AutoCloseable {
    private final LocalRuntime runtime;
    private final IsolatedCompiler isolated;

    /** An artifact that holds what no runtime but JAX's has: custom calls, or operations newer than the plugin. */
    public static final class NotInPlugin extends Exception {
        private static final long serialVersionUID = 1L;

        private NotInPlugin(KilnException because) {
            super(because.problem().lines().findFirst().orElse(""), because);
        }
    }

    /** A check by the plugin of {@code runtime}. */
    public ExportCheck(LocalRuntime runtime) {
        this.runtime = runtime;
        this.isolated = new IsolatedCompiler(
                runtime.plugin(),
                DeviceConf.of("kiln.device.", System::getProperty),
                CompileOptions.standard(),
                IsolationLimits.standard(),
                new Quarantine(KilnHome.standard().quarantine()));
    }

    /**
     * What differs in the values; empty when nothing does.
     *
     * @throws NotInPlugin for an artifact with custom calls or composites that is refused because of them
     */
    public List<String> differences(NumericsCase c, Path file) throws IOException, NotInPlugin {
        ExportedFunction function = ExportedFunction.read(String.valueOf(file.getFileName()), Files.readAllBytes(file));
        String platform = runtime.compiler().client().platformName();
        List<HostArray> results;
        try {
            function.requireRunnable(platform);
            results = isolated.load(
                            function.source(),
                            function.module(),
                            function.outputs().size(),
                            runtime.compiler())
                    .call(
                            function.arguments(
                                    c.inputs().stream().map(Expected::array).toList(), platform),
                            function.results());
        } catch (KilnException e) {
            boolean foreign =
                    !function.customCalls().isEmpty() || !function.composites().isEmpty();
            if (e.category() == ErrorCategory.USER && foreign) {
                throw new NotInPlugin(e);
            }
            throw e;
        }
        return Comparison.differences(results, c.outputs(), c.columnsUpToSign());
    }

    /** Ends the child process. */
    @Override
    public void close() {
        isolated.close();
    }
}
