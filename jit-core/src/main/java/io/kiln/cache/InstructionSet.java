package io.kiln.cache;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The newest instructions that code for a CPU may use, so that unlike machines of a cluster share it. The names are those of XLA's option
 * {@value #OPTION}, which takes an unknown name for none at all: so they are checked here.
 */
public enum InstructionSet {
    /** x86 without AVX. */
    SSE4_2("amd64", "avx.*|f16c|vaes|vpclmulqdq|fma.*|amx.*"),
    /** x86 with AVX and without FMA. */
    AVX("amd64", "avx2.*|avx512.*|fma.*|amx.*"),
    /** x86 with AVX2 and FMA: what nearly every server has. */
    AVX2("amd64", "avx512.*|amx.*"),
    /** x86 with the first generation of AVX-512. */
    AVX512("amd64", "avx512_vnni|avx512_bf16|amx.*"),
    /** 64-bit Arm without SVE. */
    NEON("aarch64", "sve2?");

    /** XLA's name of the option. */
    public static final String OPTION = "xla_cpu_max_isa";

    /**
     * The names, as Linux has them, of instructions that a compiler chooses by itself. Others, such as encryption, are used only where a
     * program asks for them, or are no instructions at all, and differ between machines that run the same code.
     */
    private static final Pattern CHOSEN_ON_X86 = Pattern.compile(
            "(sse|ssse|pni|avx|amx|apx|fma|f16c|bmi|abm|lzcnt|popcnt|movbe|cx16|xop|tbm|gfni|cmpccxadd).*");

    private final String arch;
    private final Pattern newer;

    /** A set; {@code newer} are the features that XLA leaves out for it, no more: what it leaves in, code may need. */
    InstructionSet(String arch, String newer) {
        this.arch = arch;
        this.newer = Pattern.compile(newer);
    }

    /**
     * The instruction set of a name.
     *
     * @throws KilnException USAGE when there is none of the name
     */
    public static InstructionSet parse(String name) {
        return Arrays.stream(values())
                .filter(set -> set.name().equals(name))
                .findFirst()
                .orElseThrow(() -> KilnException.usage(
                        "reading an instruction set: one of %s is required, got %s".formatted(names(), name),
                        "use the newest set that every machine of the cluster has, such as " + AVX2));
    }

    private static String names() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }

    /**
     * What code for this set needs when {@code host} compiles it: the host's instructions that a compiler chooses by itself, less those that
     * are newer than this set.
     *
     * @throws KilnException ENVIRONMENT when the host is of another architecture
     */
    public HostRecord needs(HostRecord host) {
        if (!host.arch().equals(arch)) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "compiling for the instruction set %s: a processor of %s is required, got one of %s"
                            .formatted(this, arch, host.arch()),
                    "choose an instruction set of " + host.arch() + ", or none");
        }
        return new HostRecord(
                arch,
                host.features().stream()
                        .filter(feature -> !newer.matcher(feature).matches())
                        .filter(feature ->
                                this == NEON || CHOSEN_ON_X86.matcher(feature).matches())
                        .toList());
    }
}
