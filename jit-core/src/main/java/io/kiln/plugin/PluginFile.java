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
     * The plugin, loaded into this process.
     *
     * @throws io.kiln.error.KilnException ENVIRONMENT if it is no plugin that Kiln can call
     */
    public PjrtPlugin load() {
        return PjrtPlugin.load(path, sha256);
    }

    /** The options to create a client with: on a CPU one device, which all tasks of a process share. */
    public Map<String, Object> createOptions() {
        return platform.equals("cpu") ? Map.of("cpu_device_count", 1L) : Map.of();
    }
}
