package io.kiln.plugin;

import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a plugin's path says of it. Wheels name the file or one of the two folders above it after the platform:
 * {@code jax_plugins/xla_cuda13/xla_cuda_plugin.so}, {@code xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so}.
 *
 * @param platform {@code cpu}, {@code cuda}, or empty where the path says nothing
 * @param cudaMajor CUDA's major version, 0 where the path does not say it
 */
record PluginName(String platform, int cudaMajor) {
    static final String CPU = "cpu";
    static final String CUDA = "cuda";

    /** What {@code path} says. */
    static PluginName of(Path path) {
        Path folder = path.getParent();
        PluginName name = new PluginName("", 0);
        for (Path part : Stream.of(path, folder, folder == null ? null : folder.getParent())
                .map(p -> p == null ? null : p.getFileName())
                .toList()) {
            PluginName said = part == null ? name : of(part.toString());
            boolean more = name.platform.isEmpty() || (said.platform.equals(name.platform) && name.cudaMajor == 0);
            name = more && !said.platform.isEmpty() ? said : name;
        }
        return name;
    }

    /** What a file's or folder's name, or a name such as {@code cuda12}, says. */
    static PluginName of(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (name.contains(CUDA)) {
            return new PluginName(CUDA, name.contains("cuda13") ? 13 : name.contains("cuda12") ? 12 : 0);
        }
        return new PluginName(name.contains(CPU) ? CPU : "", 0);
    }

    /** Whether a plugin of this name is one that {@code wish} ({@code cpu}, {@code cuda}, {@code cuda12}, ...; empty: any) asks for. */
    boolean fits(String wish) {
        PluginName wished = of(wish);
        return wish.isEmpty()
                || (wished.platform.equals(platform) && (wished.cudaMajor == 0 || wished.cudaMajor == cudaMajor));
    }
}
