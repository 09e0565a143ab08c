package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kiln.cache.CacheKey;
import io.kiln.cache.HostRecord;
import io.kiln.cache.InstructionSet;
import io.kiln.cache.LocalExecutableCache;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Interpreter;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code of the installed plugin for each instruction set of x86. */
@Timeout(120)
final class TestLimitedCode {
    private static final ShapedArray X = ShapedArray.of(DType.F32, 256, 256);
    private static final HostArray RAMP = HostArray.ofDoubles(X, i -> (i - 32768) * 1e-4);
    private static final Program PROGRAM = Trace.trace(
                    in -> List.of(in.get(0).tanh().times(in.get(0)).plus(in.get(0))), List.of(X))
            .program();

    private static final Set<CacheKey> KEYS = new HashSet<>();
    private static final Map<InstructionSet, byte[]> CODE = new EnumMap<>(InstructionSet.class);
    private static final Map<InstructionSet, HostArray> RESULTS = new EnumMap<>(InstructionSet.class);
    private static PjrtPlugin plugin;
    private static PjrtClient client;

    @BeforeAll
    static void compile() {
        assumeTrue(HostRecord.local().features().containsAll(List.of("avx2", "fma")));
        PluginFile file = PluginFinder.find("cpu", true, System.err::println);
        plugin = file.load();
        client = plugin.createClient(file.createOptions(DeviceConf.standard()));
        LocalExecutableCache cache = new LocalExecutableCache();
        for (InstructionSet set : InstructionSet.values()) {
            if (set == InstructionSet.NEON) {
                continue;
            }
            CompileOptions options = CompileOptions.of(false).upTo(set);
            assertThat(options.instructionSet()).isEqualTo(set);
            try (Compiler compiler = new Compiler(plugin, client, cache, options)) {
                LoadedProgram loaded = compiler.load(PROGRAM, "f", Set.of());
                RESULTS.put(set, loaded.call(List.of(RAMP)).get(0));
                KEYS.add(loaded.key());
                CODE.put(
                        set,
                        Objects.requireNonNull(
                                cache.get(loaded.key(), () -> null).bytes()));
            }
        }
    }

    @AfterAll
    static void close() {
        if (client != null) {
            client.close();
        }
    }

    @Test
    void eachSetHasAKeyOfItsOwn_withoutTheHostsFeatures() {
        assertThat(KEYS).hasSize(4);
        assertThat(KEYS)
                .allSatisfy(key -> assertThat(key.describe())
                        .anyMatch(line -> line.startsWith("host: amd64 up to "))
                        .noneMatch(line -> line.contains("avx2")));
    }

    @Test
    void theResultsAreTheInterpreters() {
        double[] expected = Interpreter.run(PROGRAM, List.of(RAMP)).get(0).toDoubles();
        RESULTS.forEach((set, result) -> {
            for (int i = 0; i < expected.length; i++) {
                assertThat(result.doubleAt(i)).as("%s at %d", set, i).isCloseTo(expected[i], within(1e-5));
            }
        });
    }

    /**
     * Whatever its limit, an executable lists all features of the host that compiled it. Here it lists one that no host has, as code of a
     * newer machine would: a plugin that refused it would keep unlike machines from sharing.
     */
    @Test
    void thePluginLoadsLimitedCodeOfAMachineThatHasMore() {
        CompileOptions options = CompileOptions.of(false).upTo(InstructionSet.SSE4_2);
        String code = new String(CODE.get(InstructionSet.SSE4_2), StandardCharsets.ISO_8859_1);
        String changed = code.replaceAll("(?<![a-z0-9.-])avx2(?![a-z0-9.-])", "nope");
        assertThat(changed).isNotEqualTo(code);
        byte[] ofAnother = changed.getBytes(StandardCharsets.ISO_8859_1);
        LocalExecutableCache cache = new LocalExecutableCache();
        try (Compiler compiler = new Compiler(plugin, client, cache, options)) {
            cache.get(compiler.key(PROGRAM, Set.of()), () -> ofAnother);

            LoadedProgram loaded = compiler.load(PROGRAM, "f", Set.of());

            assertThat(loaded.tier()).isEqualTo("memory");
            assertThat(loaded.call(List.of(RAMP)).get(0)).isEqualTo(RESULTS.get(InstructionSet.SSE4_2));
        }
    }

    /** By the machine code: XLA ignores the name of a set that it does not know, and says so only in a log. */
    @Test
    void theCodeHasNoNewerInstruction() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")));

        assertThat(listing(InstructionSet.SSE4_2)).contains("mulps").doesNotContain("%ymm", "vmul");
        assertThat(listing(InstructionSet.AVX)).contains("vmulps").doesNotContain("vfmadd");
        assertThat(listing(InstructionSet.AVX2))
                .contains("vfmadd", "%ymm")
                .doesNotContain("%zmm", "{%k", "%ymm16", "%xmm16");
    }

    /** The assembly of the object file that is in the plugin's serialized executable. */
    private static String listing(InstructionSet set) throws Exception {
        byte[] executable = CODE.get(set);
        int elf = new String(executable, StandardCharsets.ISO_8859_1).indexOf("\u007fELF");
        assertThat(elf).isPositive();
        Path object = Files.createTempFile("kiln", ".o");
        try {
            Files.write(object, Arrays.copyOfRange(executable, elf, executable.length));
            Process objdump = new ProcessBuilder("/usr/bin/objdump", "-d", object.toString()).start();
            return new String(objdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            Files.delete(object);
        }
    }
}
