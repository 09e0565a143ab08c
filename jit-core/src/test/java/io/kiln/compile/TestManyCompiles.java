package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kiln.cache.NoCache;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs compiled, run and destroyed over and over leave nothing behind. */
final class TestManyCompiles {
    /** The nightly profile asks for 5,000. */
    private static final int COMPILES = Integer.getInteger("kiln.soak.compiles", 100);

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final ShapedArray X = ShapedArray.of(DType.F32, 64);

    @Test
    @Timeout(3600)
    void compilesLeaveNoHandleAndAFlatResidentSize() throws IOException {
        assumeTrue(Files.exists(STATUS), "the resident size is read from Linux's /proc");
        PluginFile file = PluginFinder.find(null, true, System.err::println);
        PjrtPlugin plugin = file.load();
        long handles = PjrtHandles.live();
        long before = 0;
        HostArray x = HostArray.ofDoubles(X, i -> i * 0.5);
        try (PjrtClient client = plugin.createClient(file.createOptions(DeviceConf.standard()));
                NoCache none = new NoCache()) {
            for (int i = 0; i < COMPILES; i++) {
                if (i == COMPILES / 5) {
                    before = outsideTheHeap();
                }
                int constant = i;
                Program program = Trace.trace(
                                in -> List.of(in.get(0).plus(constant).times(2)), List.of(X))
                        .program();
                try (Compiler compiler = new Compiler(plugin, client, none, CompileOptions.of(false))) {
                    assertThat(compiler.load(program, "soak", Set.of()).call(List.of(x)))
                            .containsExactly(HostArray.ofDoubles(X, k -> (k * 0.5 + constant) * 2));
                }
            }
        }
        assertThat(PjrtHandles.live()).isLessThanOrEqualTo(handles);
        // What is allowed is noise of the allocator; one executable that is kept takes more than 100 kB, so the nightly
        // number of compiles shows it.
        assertThat(outsideTheHeap() - before).isLessThan((32L << 20) + COMPILES * 4096L);
    }

    /** The resident size without what the JVM has for itself, bytes. */
    private static long outsideTheHeap() throws IOException {
        System.gc();
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        try (Stream<String> lines = Files.lines(STATUS)) {
            long resident = lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
            long own = memory.getHeapMemoryUsage().getCommitted()
                    + memory.getNonHeapMemoryUsage().getCommitted();
            return resident - own;
        }
    }
}
