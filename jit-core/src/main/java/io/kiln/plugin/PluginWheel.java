package io.kiln.plugin;

import io.kiln.error.KilnException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The wheels that Kiln installs, one a platform and processor, each pinned by the hashes of the wheel and of the library in it. */
enum PluginWheel {
    CPU_X86_64(
            "cpu",
            "amd64",
            "xla-cpu-pjrt==0.0.1",
            "manylinux_2_27_x86_64",
            "xla_cpu_pjrt-0.0.1-py3-none-manylinux_2_27_x86_64.whl",
            "55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc",
            "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
            "88c3f28c5900f48ad4a82cab9e79bba9537809743395e341485f8794268820dc",
            63),
    CPU_AARCH64(
            "cpu",
            "aarch64",
            "xla-cpu-pjrt==0.0.1",
            "manylinux_2_27_aarch64",
            "xla_cpu_pjrt-0.0.1-py3-none-manylinux_2_27_aarch64.whl",
            "8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9",
            "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
            "fcf411f3e8ff635c2b2cf87215aa7016f460e66d236c3db08309e7486583532d",
            50);

    /** The C header beside the library in the wheel; it is kept beside the installed library too. */
    static final String HEADER = "pjrt_c_api.h";

    private final String platform;
    private final String arch;
    private final String requirement;
    private final String tag;
    private final String fileName;
    private final String wheelSha256;
    private final String library;
    private final String librarySha256;
    private final int megabytes;

    PluginWheel(
            String platform,
            String arch,
            String requirement,
            String tag,
            String fileName,
            String wheelSha256,
            String library,
            String librarySha256,
            int megabytes) {
        this.platform = platform;
        this.arch = arch;
        this.requirement = requirement;
        this.tag = tag;
        this.fileName = fileName;
        this.wheelSha256 = wheelSha256;
        this.library = library;
        this.librarySha256 = librarySha256;
        this.megabytes = megabytes;
    }

    /**
     * The wheel of a platform for a machine.
     *
     * @param os {@code os.name}
     * @param arch {@code os.arch}, as the JDK for Linux has it
     * @throws KilnException USAGE for a platform that Kiln does not install, ENVIRONMENT for a machine that it has no wheel for
     */
    static PluginWheel of(String platform, String os, String arch) {
        if (platforms().noneMatch(platform::equals)) {
            throw KilnException.usage(
                    "installing a plugin: one of %s is required, got %s"
                            .formatted(String.join(", ", platforms().toList()), platform),
                    "give the path of another plugin by --plugin or spark.kiln.plugin; nothing is to be installed for it");
        }
        return Arrays.stream(values())
                .filter(w -> os.equals("Linux") && w.platform.equals(platform) && w.arch.equals(arch))
                .findFirst()
                .orElseThrow(() -> KilnException.environment(
                        "installing the plugin %s: Linux on x86-64 or aarch64 is required, got %s on %s"
                                .formatted(platform, os, arch),
                        "build a PJRT plugin for this machine and give its path by --plugin or spark.kiln.plugin"));
    }

    static Stream<String> platforms() {
        return Arrays.stream(values()).map(PluginWheel::platform).distinct();
    }

    String platform() {
        return platform;
    }

    String fileName() {
        return fileName;
    }

    String wheelSha256() {
        return wheelSha256;
    }

    /** The library's entry in the wheel. */
    String library() {
        return library;
    }

    String librarySha256() {
        return librarySha256;
    }

    /** The name of the library's file. */
    String libraryName() {
        return library.substring(library.lastIndexOf('/') + 1);
    }

    /** The header's entry in the wheel. */
    String header() {
        return library.substring(0, library.lastIndexOf('/')) + "/include/" + HEADER;
    }

    String requirement() {
        return requirement;
    }

    int megabytes() {
        return megabytes;
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
