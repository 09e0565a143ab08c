package io.kiln.plugin;

import io.kiln.pjrt.PjrtPlugin;
import java.nio.file.Path;
import java.util.Map;

/**
 * The file of a PJRT plugin that was chosen.
 *
 * @param path the shared library
 * @param sha256 the hash of its content, 64 lower-case hexadecimal digits
 * @param source why this one, as a person would say it
 * @param platform {@code cpu}, {@code cuda}, or empty when only the plugin itself knows
 */
public record PluginFile(Path path, String sha256, String source, String platform) {

    /**
     * The plugin, loaded into this process after the NVIDIA libraries that it needs.
     *
     * @throws io.kiln.error.KilnException ENVIRONMENT if a library is missing, or it is no plugin that Kiln can call
     */
    public PjrtPlugin load() {
        return PjrtPlugin.load(path, sha256, libraries().required());
    }

    /** The options of {@code conf} that this plugin knows, to create a client with. */
    public Map<String, Object> createOptions(DeviceConf conf) {
        return conf.createOptions(platform);
    }

    /** The NVIDIA libraries that the plugin needs, and which of them are here; none for a CPU. */
    public NvidiaLibraries libraries() {
        return NvidiaLibraries.of(path, platform, LibraryFolders.standard());
    }
}
