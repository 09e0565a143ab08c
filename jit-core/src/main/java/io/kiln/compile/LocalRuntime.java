package io.kiln.compile;

import io.kiln.cache.ExecutableCache;
import io.kiln.cache.PersistentCache;
import io.kiln.core.ConcreteArray;
import io.kiln.core.HostArray;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A plugin, a client and a compiler of this process, for jitted functions without Spark. The plugin is chosen by the system property
 * {@code kiln.plugin} (a name or a path) and installed on first use unless {@code kiln.plugin.install} is {@code false}; its devices follow
 * the properties {@code kiln.device.*}, which are those of {@link DeviceConf}. The executables of earlier processes are found again in
 * the folder {@code kiln.cache.dir}, where it is set.
 */
public final class LocalRuntime implements AutoCloseable {
    private static @Nullable LocalRuntime standard; // guarded by the class

    private final PluginFile file;
    private final PjrtClient client;
    private final ExecutableCache cache;
    private final Compiler compiler;

    private LocalRuntime(PluginFile file) {
        this.file = file;
        PjrtPlugin plugin = file.load();
        this.cache = PersistentCache.ofProcess(plugin.sha256());
        this.client = plugin.createClient(file.createOptions(DeviceConf.of("kiln.device.", System::getProperty)));
        this.compiler = new Compiler(plugin, client, cache, CompileOptions.standard());
    }

    /**
     * The runtime of this process, made at the first call.
     *
     * @throws io.kiln.error.KilnException ENVIRONMENT without a plugin that works; the next call tries again
     */
    public static synchronized LocalRuntime standard() {
        LocalRuntime made = standard;
        if (made == null) {
            made = open(System.getProperty("kiln.plugin"), line -> System.err.println("kiln: " + line));
            standard = made;
        }
        return made;
    }

    /**
     * A runtime of its own.
     *
     * @param plugin a name or a path, or null for whatever is found first
     * @param progress takes a line when something is done that takes seconds
     */
    public static LocalRuntime open(@Nullable String plugin, Consumer<String> progress) {
        boolean install = !System.getProperty("kiln.plugin.install", "true").equals("false");
        return new LocalRuntime(PluginFinder.find(plugin, install, progress));
    }

    /** The plugin's file, and why it was chosen. */
    public PluginFile plugin() {
        return file;
    }

    /** Compiles and loads programs. */
    public Compiler compiler() {
        return compiler;
    }

    /** A copy of {@code array} in the device's memory; the array itself if it is there. */
    public DeviceArray put(ConcreteArray array) {
        if (array instanceof DeviceArray there && there.isOn(client.devices().get(0))) {
            return there;
        }
        HostArray content = array.toHost();
        return new DeviceArray(content.aval(), Transfers.copy(client.devices().get(0), content), "devicePut");
    }

    /** Closes the executables, then the client as soon as the last array on it is freed. */
    @Override
    public void close() {
        compiler.close();
        cache.close();
        client.close();
    }
}
