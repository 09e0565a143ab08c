package io.kiln.plugin;

import io.kiln.error.KilnException;
import io.kiln.pjrt.NeededLibraries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The NVIDIA libraries of a CUDA plugin: those that it is linked with, else those that it opens by name. They are looked for before the
 * plugin is loaded, so that what is missing is said by name; a plugin that misses one may end the process in the middle of a job.
 *
 * @param plugin the plugin's file
 * @param cudaMajor CUDA's major version, 0 if it is not known
 * @param found where they lie
 * @param missing the names of those that are required and were not found
 * @param searched the folders that were looked into
 */
public record NvidiaLibraries(Path plugin, int cudaMajor, List<Path> found, List<String> missing, List<Path> searched) {
    private static final List<String> DRIVER = List.of("libcuda.so.1", "libcuda.so", "libnvidia-ptxjitcompiler.so.1");
    private static final List<String> CUDA_12 = List.of(
            "libcudart.so.12",
            "libnvJitLink.so.12",
            "libnvrtc.so.12",
            "libcublasLt.so.12",
            "libcublas.so.12",
            "libcupti.so.12",
            "libcusparse.so.12",
            "libcusolver.so.11",
            "libcufft.so.11",
            "libcudnn.so.9",
            "libcuda.so.1");
    private static final List<String> CUDA_13 = List.of(
            "libcudart.so.13",
            "libnvJitLink.so.13",
            "libnvrtc.so.13",
            "libcublasLt.so.13",
            "libcublas.so.13",
            "libcupti.so.13",
            "libcusparse.so.12",
            "libcusolver.so.12",
            "libcufft.so.12",
            "libcudnn.so.9",
            "libcuda.so.1");

    // The plugin xla-cuda12-pjrt is linked with the nvrtc of CUDA 12.9.
    private static final List<String> PACKAGES_12 = List.of(
            "nvidia-cublas-cu12==12.9.*",
            "nvidia-cuda-cupti-cu12==12.9.*",
            "nvidia-cuda-nvcc-cu12==12.9.*",
            "nvidia-cuda-nvrtc-cu12==12.9.*",
            "nvidia-cuda-runtime-cu12==12.9.*",
            "nvidia-cudnn-cu12>=9.8,<10",
            "nvidia-cufft-cu12>=11.4,<12",
            "nvidia-cusolver-cu12>=11.7,<12",
            "nvidia-cusparse-cu12>=12.5,<13",
            "nvidia-nccl-cu12>=2.18,<3",
            "nvidia-nvjitlink-cu12==12.9.*");

    // The least versions are those of jax-cuda13-plugin's own extra "with-cuda".
    private static final List<String> PACKAGES_13 = List.of(
            "nvidia-cublas>=13.0.0.19,<14",
            "nvidia-cuda-cupti>=13.0.48,<14",
            "nvidia-cuda-nvcc>=13.0.48,<14",
            "nvidia-cuda-nvrtc>=13.0.48,<14",
            "nvidia-cuda-runtime>=13.0.48,<14",
            "nvidia-cudnn-cu13>=9.12.0.46,<10",
            "nvidia-cufft>=12.0.0.15,<13",
            "nvidia-cusolver>=12.0.3.29,<13",
            "nvidia-cusparse>=12.6.2.49,<13",
            "nvidia-nccl-cu13>=2.27.7,<3",
            "nvidia-nvjitlink>=13.0.39,<14",
            "nvidia-nvvm<14");

    /** Only for programs on several GPUs, which Kiln does not make; a plugin may look for it all the same. */
    private static final String NCCL = "libnccl.so.2";

    /** The libraries of {@code plugin}; none for a plugin that is not CUDA's. */
    static NvidiaLibraries of(Path plugin, String platform, LibraryFolders folders) {
        if (!platform.equals(PluginName.CUDA)) {
            return new NvidiaLibraries(plugin, 0, List.of(), List.of(), List.of());
        }
        List<String> linked = NeededLibraries.of(plugin).stream()
                .filter(NvidiaLibraries::isNvidia)
                .toList();
        int major = major(plugin, linked);
        List<String> opened = major == 12 ? CUDA_12 : major == 13 ? CUDA_13 : List.of();
        List<String> required = linked.isEmpty() ? opened : linked;
        Set<String> wanted = new LinkedHashSet<>(opened);
        wanted.addAll(required);
        wanted.add(NCCL);
        List<Path> searched = folders.of(plugin);
        List<Path> found = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String name : wanted) {
            Optional<Path> file = searched.stream()
                    .map(folder -> folder.resolve(name))
                    .filter(Files::isRegularFile)
                    .findFirst();
            if (file.isPresent()) {
                found.add(file.get());
            } else if (required.contains(name)) {
                missing.add(name);
            }
        }
        return new NvidiaLibraries(plugin, major, List.copyOf(found), List.copyOf(missing), searched);
    }

    private static boolean isNvidia(String name) {
        return Stream.of("libcu", "libnv", "libnccl").anyMatch(name::startsWith);
    }

    private static int major(Path plugin, List<String> linked) {
        return linked.contains("libcudart.so.13")
                ? 13
                : linked.contains("libcudart.so.12")
                        ? 12
                        : PluginName.of(plugin).cudaMajor();
    }

    /** NVIDIA's wheels with all libraries that a plugin for {@code cudaMajor} needs, and the tools that XLA compiles with. */
    static List<String> packages(int cudaMajor) {
        return cudaMajor == 12 ? PACKAGES_12 : PACKAGES_13;
    }

    /**
     * The files to load before the plugin.
     *
     * @throws KilnException ENVIRONMENT that names what is missing and says how to get it
     */
    public List<Path> required() {
        Set<String> driver = new TreeSet<>(missing);
        driver.retainAll(DRIVER);
        if (!driver.isEmpty()) {
            throw KilnException.environment(
                    "loading the PJRT plugin %s: the NVIDIA driver's %s is required, got none in %s"
                            .formatted(plugin, String.join(", ", driver), folders()),
                    "run this on a machine with an NVIDIA GPU and its driver (in a container, with NVIDIA's container"
                            + " runtime), add the folder to LD_LIBRARY_PATH, or use --plugin cpu");
        }
        if (!missing.isEmpty()) {
            throw KilnException.environment(
                    "loading the PJRT plugin %s: NVIDIA's %s are required, got none in %s"
                            .formatted(plugin, String.join(", ", missing), folders()),
                    cudaMajor == 0
                            ? "install CUDA and cuDNN, or add their folders to LD_LIBRARY_PATH"
                            : "run `kiln plugin install cuda%d --nvidia`, or install CUDA %d and cuDNN 9 and add their folders to LD_LIBRARY_PATH"
                                    .formatted(cudaMajor, cudaMajor));
        }
        return found;
    }

    private String folders() {
        return searched.isEmpty()
                ? "no folder"
                : String.join(", ", searched.stream().map(Path::toString).toList());
    }
}
