package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.pjrt.FakePlugin;
import io.kiln.pjrt.PjrtHandles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
final class TestDoctorCommand {
    private static final String TWO_DEVICES = "kiln.device.cpuCount";

    @TempDir
    private Path folder;

    @AfterEach
    void oneDevice() {
        System.clearProperty(TWO_DEVICES);
        assertThat(PjrtHandles.live()).isZero();
    }

    @Test
    void everyDeviceRunsProgramsAndItsSpeedIsSaid() {
        System.setProperty(TWO_DEVICES, "2");
        String out = KilnRun.of("doctor", "--plugin", "cpu").isDone().out();
        assertThat(out).contains("ok    plugins ", "xla_cpu_pjrt.so").containsPattern("ok    plugin +cpu, /");
        for (int device = 0; device < 2; device++) {
            assertThat(out)
                    .containsPattern("device " + device
                            + " \\(cpu\\): right numbers; f32 matrix product [0-9]+ GFLOP/s; one small"
                            + " execution [0-9]+ us");
        }
        assertThat(out.lines().filter(line -> line.startsWith("wrong"))).isEmpty();
    }

    @Test
    void whatACudaPluginMissesIsSaidWithTheFix() throws IOException {
        Path packages = Files.createDirectories(folder.resolve("xla_plugins/xla_cuda12_pjrt"));
        Path plugin = FakePlugin.write(packages.resolve("xla_gpu_pjrt.so"), 0, 90, "libcukiln-missing.so.12");
        KilnRun run = KilnRun.of("doctor", "--plugin", plugin.toString());
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.out())
                .containsPattern("ok    plugin +cuda, " + plugin)
                .containsPattern("wrong libraries +loading the PJRT plugin .*libcukiln-missing.so.12 are required")
                .contains("fix: run `kiln plugin install cuda12 --nvidia`")
                .containsPattern("wrong devices ");
    }

    @Test
    void aPluginThatIsNotThereIsOneLine() {
        KilnRun run = KilnRun.of("doctor", "--plugin", folder.resolve("none.so").toString());
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.out().lines().filter(line -> line.startsWith("wrong")))
                .singleElement()
                .asString()
                .contains("wrong plugin ", "none.so");
    }
}
