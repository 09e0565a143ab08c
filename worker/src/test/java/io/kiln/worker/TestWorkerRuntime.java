package io.kiln.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.cache.HostRecord;
import io.kiln.cache.InstructionSet;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.plugin.DeviceConf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestWorkerRuntime {
    private static final Program DOUBLED = Trace.trace(
                    in -> List.of(in.get(0).times(2)), List.of(ShapedArray.of(DType.F32, 3)))
            .program();

    @AfterEach
    void nothingIsLeftOpen() {
        WorkerRuntime.closeAll();
        assertThat(PjrtHandles.live()).isZero();
    }

    private static float[] doubled(WorkerRuntime runtime) {
        return runtime.call(DOUBLED, "doubled", List.of(HostArray.of(1f, 2f, 3f)))
                .getFirst()
                .toFloats();
    }

    @Test
    void thereIsOneRuntimeOfAConfiguration() {
        assertThat(WorkerRuntime.of(Programs.conf())).isSameAs(WorkerRuntime.of(Programs.conf()));
    }

    @Test
    void aProgramRunsOnArraysOfTheHost() {
        assertThat(doubled(WorkerRuntime.of(Programs.conf()))).containsExactly(2, 4, 6);
    }

    @Test
    void aProgramIsCompiledOnceAndThenFoundInTheJvm() {
        WorkerRuntime runtime = WorkerRuntime.of(Programs.conf());
        for (int i = 0; i < 5; i++) {
            doubled(runtime);
        }
        WorkerMetrics metrics = runtime.metrics();
        assertThat(metrics.compiles()).isEqualTo(1);
        assertThat(metrics.hits()).containsEntry("jvm", 4L);
        assertThat(metrics.liveHandles()).isPositive();
    }

    /** The settings of the tests with a cache in a folder. */
    private static WorkerConf onDisk(Path folder, @Nullable InstructionSet newest) {
        return new WorkerConf(
                null,
                true,
                Programs.conf().cache().withDisk(folder.toString()),
                false,
                0,
                newest,
                null,
                DeviceConf.standard());
    }

    @Test
    void theNextRuntimeFindsTheExecutableOnDisk(@TempDir Path folder) {
        WorkerConf conf = onDisk(folder, null);
        assertThat(doubled(WorkerRuntime.of(conf))).containsExactly(2, 4, 6);
        assertThat(WorkerRuntime.jvmMetrics().compiles()).isEqualTo(1);
        WorkerRuntime.closeAll();
        assertThat(doubled(WorkerRuntime.of(conf))).containsExactly(2, 4, 6);
        assertThat(WorkerRuntime.jvmMetrics().compiles()).isZero();
        assertThat(WorkerRuntime.jvmMetrics().hits()).containsEntry("disk", 1L);
    }

    @Test
    void aLimitedInstructionSetIsAnotherExecutable(@TempDir Path folder) {
        WorkerConf all = onDisk(folder, null);
        InstructionSet set = HostRecord.local().arch().equals("aarch64") ? InstructionSet.NEON : InstructionSet.SSE4_2;
        WorkerConf limited = onDisk(folder, set);
        assertThat(doubled(WorkerRuntime.of(all))).containsExactly(2, 4, 6);
        assertThat(doubled(WorkerRuntime.of(limited))).containsExactly(2, 4, 6);
        assertThat(WorkerRuntime.jvmMetrics().compiles()).isEqualTo(2);
        WorkerRuntime.closeAll();
        assertThat(doubled(WorkerRuntime.of(limited))).containsExactly(2, 4, 6);
        assertThat(WorkerRuntime.jvmMetrics().hits()).containsEntry("disk", 1L);
    }

    @Test
    void anInstructionSetOfAnotherProcessorIsAnErrorOfTheEnvironment() {
        InstructionSet other = HostRecord.local().arch().equals("aarch64") ? InstructionSet.AVX2 : InstructionSet.NEON;
        WorkerConf conf =
                new WorkerConf(null, true, Programs.conf().cache(), false, 0, other, null, DeviceConf.standard());
        assertThatThrownBy(() -> WorkerRuntime.of(conf))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT))
                .hasMessageContaining("instruction set " + other);
    }

    @Test
    void aRuntimeInUseStaysOpenUntilItsLastUser() {
        WorkerRuntime.Use use = WorkerRuntime.use(Programs.conf(), List.of());
        WorkerRuntime.closeAll();
        assertThat(doubled(use.runtime())).containsExactly(2, 4, 6);
        assertThat(WorkerRuntime.of(Programs.conf())).isNotSameAs(use.runtime());
        use.close();
        assertThatThrownBy(() -> doubled(use.runtime())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFileThatIsNoPluginIsAnErrorOfTheEnvironment(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("no-plugin.so"), "not a library");
        WorkerConf conf = new WorkerConf(
                file.toString(), false, Programs.conf().cache(), false, 0, null, null, DeviceConf.standard());
        assertThatThrownBy(() -> WorkerRuntime.of(conf))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT))
                .hasMessageContaining("no-plugin.so");
    }

    @Test
    void aRelativePathIsLookedForInTheArchivesThatSparkShipped(@TempDir Path folder) throws Exception {
        Path archive = folder.resolve("plugin.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(new ZipEntry("cuda13/xla_cuda_plugin.so"));
        }
        String plugin = "kiln-plugin/cuda13/xla_cuda_plugin.so";
        assertThat(WorkerRuntime.shipped(plugin)).isEqualTo(plugin);
        try (SparkFixture spark = new SparkFixture()) {
            spark.session().sparkContext().addArchive(archive + "#kiln-plugin");
            assertThat(WorkerRuntime.shipped(plugin)).startsWith("/").endsWith(plugin);
            assertThat(WorkerRuntime.shipped("kiln-plugin/none.so")).isEqualTo("kiln-plugin/none.so");
            assertThat(WorkerRuntime.shipped("cuda")).isEqualTo("cuda");
        }
    }

    @Test
    void aConfigurationTravelsToExecutors() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(Programs.conf());
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(Programs.conf());
        }
    }

    @Test
    void metricsOfJvmsAddUpAndOfOneJvmSubtract() {
        WorkerMetrics a =
                new WorkerMetrics("a", 10, 2, 1, 0.5, 2.0, Map.of("disk", 1L), 4, 2, 1, Map.of(), 100, 3, 40, 0);
        WorkerMetrics b = new WorkerMetrics(
                "b", 5, 1, 0, 0, 0.25, Map.of("disk", 2L, "jvm", 1L), 30, 20, 10, Map.of("mac", 1L), 50, 2, 40, 8);
        assertThat(a.plus(b))
                .isEqualTo(new WorkerMetrics(
                        "a+b",
                        15,
                        3,
                        1,
                        0.5,
                        2.25,
                        Map.of("disk", 3L, "jvm", 1L),
                        34,
                        22,
                        11,
                        Map.of("mac", 1L),
                        150,
                        5,
                        80,
                        8));
        assertThat(a.plus(b).since(b).rows()).isEqualTo(10);
        assertThat(a.plus(b).since(b).savedSeconds()).isEqualTo(2.0);
        assertThat(a.plus(b).since(b).misses()).isEqualTo(4);
        assertThat(a.plus(b).since(b).waits()).isEqualTo(2);
        assertThat(a.plus(b).since(b).leasesLost()).isEqualTo(1);
        assertThat(a.plus(b).since(b).hits()).containsEntry("disk", 1L).containsEntry("jvm", 0L);
    }
}
