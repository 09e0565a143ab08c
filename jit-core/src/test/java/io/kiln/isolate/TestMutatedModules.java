package io.kiln.isolate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.compile.CompileOptions;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged programs end children at most: this process takes {@code -Dkiln.mutations} of them (1000), from the seed {@code -Dkiln.seed}.
 */
@Timeout(900)
final class TestMutatedModules {
    private static final int MUTATIONS = Integer.getInteger("kiln.mutations", 1000);

    @TempDir
    Path folder;

    /** A module of every form that comes from files. */
    private static List<byte[]> modules() {
        return List.of(
                Modules.sines(5),
                Modules.customCall("Sharding", true),
                Modules.customCall("Sharding", false),
                Modules.exported());
    }

    /** One damage: flipped bits, other bytes, a cut, zeros, a part twice, or a number made huge. */
    private static byte[] mutated(byte[] module, Random random) {
        byte[] bytes = module.clone();
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(6)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> {
                for (int i = 0; i < 3; i++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            case 2 -> bytes = Arrays.copyOf(bytes, at);
            case 3 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 64), (byte) 0);
            case 4 -> {
                int length = Math.min(32, bytes.length - at);
                bytes = Arrays.copyOf(bytes, bytes.length + length);
                System.arraycopy(module, at, bytes, at + length, module.length - at);
            }
            default -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 12), (byte) '9');
        }
        return bytes;
    }

    private IsolatedCompiler compiler() {
        PluginFile plugin = PluginFinder.find(null, true, System.err::println);
        return new IsolatedCompiler(
                plugin,
                DeviceConf.standard(),
                CompileOptions.of(false),
                IsolationLimits.standard(),
                new Quarantine(folder.resolve("q")));
    }

    @Test
    void thisProcessOutlivesThemAll() {
        long seed = Long.getLong("kiln.seed", 1);
        Random random = new Random(seed);
        try (IsolatedCompiler compiler = compiler()) {
            int compiled = 0;
            int refused = 0;
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] module = mutated(modules().get(i % modules().size()), random);
                try {
                    assertThat(compiler.compile("mutation " + i, module)).isNotEmpty();
                    compiled++;
                } catch (KilnException e) {
                    assertThat(e.category())
                            .as("-Dkiln.seed=%d, mutation %d: %s", seed, i, e.getMessage())
                            .isEqualTo(ErrorCategory.USER);
                    refused++;
                }
            }
            assertThat(compiled + refused).isEqualTo(MUTATIONS);
            assertThat(refused).as("mutations that are no programs").isPositive();
            assertThat(compiler.compile("whole", Modules.exported())).isNotEmpty();
        }
    }

    @Test
    void theModulesCompileUndamaged() {
        try (IsolatedCompiler compiler = compiler()) {
            modules()
                    .forEach(module ->
                            assertThat(compiler.compile("whole", module)).isNotEmpty());
        }
        assertThat(HexFormat.of().formatHex(Arrays.copyOf(Modules.exported(), 4)))
                .isEqualTo("4d4cef52");
    }
}
