package io.kiln.plugin;

import io.kiln.error.KilnException;
import java.util.List;

/**
 * A wheel that Kiln installs, one a plugin and processor, pinned by the hashes of the wheel and of the library in it.
 *
 * @param name what it is asked for by: {@code cpu}, {@code cuda12}, {@code cuda13}
 * @param arch the processor as {@code os.arch} has it
 * @param requirement what pip downloads
 * @param tag the wheel's platform tag
 * @param wheelSha256 the wheel's hash
 * @param library the library's entry in the wheel
 * @param librarySha256 the library's hash
 * @param megabytes the wheel's size
 */
record PluginWheel(
        String name,
        String arch,
        String requirement,
        String tag,
        String wheelSha256,
        String library,
        String librarySha256,
        int megabytes) {
    /** The C header that some wheels have beside the library; it is kept beside the installed library too. */
    static final String HEADER = "pjrt_c_api.h";

    private static final List<PluginWheel> PINNED = List.of(
            new PluginWheel(
                    "cpu",
                    "amd64",
                    "xla-cpu-pjrt==0.0.1",
                    "manylinux_2_27_x86_64",
                    "55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc",
                    "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
                    "88c3f28c5900f48ad4a82cab9e79bba9537809743395e341485f8794268820dc",
                    63),
            new PluginWheel(
                    "cpu",
                    "aarch64",
                    "xla-cpu-pjrt==0.0.1",
                    "manylinux_2_27_aarch64",
                    "8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9",
                    "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
                    "fcf411f3e8ff635c2b2cf87215aa7016f460e66d236c3db08309e7486583532d",
                    50),
            new PluginWheel(
                    "cuda12",
                    "amd64",
                    "xla-cuda12-pjrt==0.0.1",
                    "manylinux_2_27_x86_64",
                    "239345131f22ea892318007a30a6a8d4c03fe7b85b8087f8a26dda5ababe56b7",
                    "xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so",
                    "d5d0dbff96fbb89832aa816dbdae54ac3ee16f5d14acfb6a3df03fee749413da",
                    90),
            new PluginWheel(
                    "cuda12",
                    "aarch64",
                    "xla-cuda12-pjrt==0.0.1",
                    "manylinux_2_27_aarch64",
                    "cef0b9370e242c1c541502085abfd404b58426fc93169e189cb36d43009775b1",
                    "xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so",
                    "c15706a99ef9d62339b66b0db4804850dde1385d7f9ad59fb988740295f1e3a7",
                    77),
            new PluginWheel(
                    "cuda13",
                    "amd64",
                    "jax-cuda13-pjrt==0.11.2",
                    "manylinux_2_27_x86_64",
                    "e5ff589d43064913bb74027682d89639c7ea48f9f81c2bae6fc75117e913f93e",
                    "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
                    "43d3efd6fd43d8a5d9aa67176e830d81e4ad5fc19fda4ad09cdcc4aebd9f3920",
                    128),
            new PluginWheel(
                    "cuda13",
                    "aarch64",
                    "jax-cuda13-pjrt==0.11.2",
                    "manylinux_2_27_aarch64",
                    "63b55e50e5c2583a25e196ba06b034b63d2b2d8ad4c2f17935652c8d3ad2dd2d",
                    "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
                    "13c2f3f1db33410335ac61853832946f4184140f5d82e17d49b112f51cc00fa3",
                    123));

    /**
     * The pinned wheel of a plugin for a machine.
     *
     * @param os {@code os.name}
     * @param arch {@code os.arch}, as the JDK for Linux has it
     * @throws KilnException USAGE for a plugin that Kiln does not install, ENVIRONMENT for a machine that it has no wheel for
     */
    static PluginWheel of(String name, String os, String arch) {
        if (!names().contains(name)) {
            throw KilnException.usage(
                    "installing a plugin: one of %s is required, got %s".formatted(String.join(", ", names()), name),
                    "give the path of another plugin by --plugin or spark.kiln.plugin; nothing is to be installed for"
                            + " it");
        }
        return PINNED.stream()
                .filter(w -> os.equals("Linux") && w.name.equals(name) && w.arch.equals(arch))
                .findFirst()
                .orElseThrow(() -> KilnException.environment(
                        "installing the plugin %s: Linux on x86-64 or aarch64 is required, got %s on %s"
                                .formatted(name, os, arch),
                        "build a PJRT plugin for this machine and give its path by --plugin or spark.kiln.plugin"));
    }

    /** The names of what can be installed. */
    static List<String> names() {
        return PINNED.stream().map(PluginWheel::name).distinct().toList();
    }

    /** {@code cpu} or {@code cuda}. */
    String platform() {
        return PluginName.of(name).platform();
    }

    /** The wheel's file name, which follows from what is required. */
    String fileName() {
        String[] nameAndVersion = requirement.split("==", 2);
        return "%s-%s-py3-none-%s.whl".formatted(nameAndVersion[0].replace('-', '_'), nameAndVersion[1], tag);
    }

    /** The name of the library's file. */
    String libraryName() {
        return library.substring(library.lastIndexOf('/') + 1);
    }

    /** The header's entry in the wheel. */
    String header() {
        return library.substring(0, library.lastIndexOf('/')) + "/include/" + HEADER;
    }

    /** What follows {@code pip} to download exactly this wheel, whichever Python runs it. */
    List<String> pipArguments(String folder) {
        return List.of(
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--platform",
                tag,
                "--python-version",
                "3.11",
                "--implementation",
                "py",
                "--abi",
                "none",
                "--dest",
                folder,
                requirement);
    }
}
