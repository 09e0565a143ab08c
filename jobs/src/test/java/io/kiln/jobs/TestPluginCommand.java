package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.pjrt.FakePlugin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
final class TestPluginCommand {
    @TempDir
    private Path folder;

    @Test
    void aCudaPluginWithoutItsLibrariesIsAnEnvironmentErrorThatNamesThem() throws IOException {
        Path packages = Files.createDirectories(folder.resolve("xla_plugins/xla_cuda12_pjrt"));
        Path plugin = FakePlugin.write(packages.resolve("xla_gpu_pjrt.so"), 0, 90, "libcukiln-missing.so.12");
        KilnRun run = KilnRun.of("plugin", "verify", plugin.toString())
                .isRefused(4, "NVIDIA's libcukiln-missing.so.12 are required", "kiln plugin install cuda12 --nvidia");
        assertThat(run.out())
                .contains("cuda  " + plugin, "missing libcukiln-missing.so.12", "no hash is pinned for it");
    }

    @Test
    void theInstalledPluginIsListedVerifiedAndWrittenAsAnArchive() throws IOException {
        assertThat(KilnRun.of("plugin", "list").isDone().out()).contains("xla_cpu_pjrt.so", "jobs use ");
        assertThat(KilnRun.of("plugin", "verify", "cpu").isDone().out())
                .contains("its hash is the pinned one", "its PJRT API is 0.");
        Path archive = folder.resolve("plugin.zip");
        assertThat(KilnRun.of("plugin", "install", "cpu", "--archive", archive.toString())
                        .isDone()
                        .out())
                .contains("--archives " + archive
                        + "#kiln-plugin --conf spark.kiln.plugin=kiln-plugin/cpu/xla_cpu_pjrt.so");
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            assertThat(zip.stream()).singleElement().hasToString("cpu/xla_cpu_pjrt.so");
        }
    }

    @Test
    void librariesOfNvidiaAreForACudaPluginOnly() {
        KilnRun.of("plugin", "install", "cpu", "--nvidia").isRefused(2, "a CUDA plugin is required, got cpu");
        KilnRun.of("plugin", "install", "tpu").isRefused(2, "one of cpu, cuda12, cuda13 is required, got tpu");
    }
}
