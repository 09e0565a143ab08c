package io.kiln.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.plugin.DeviceConf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskContextImpl;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import scala.collection.immutable.Map;
import scala.collection.immutable.Map$;

/** Devices of tasks, on a CPU that is three devices. */
@Timeout(120)
final class TestDeviceChoice {
    @AfterEach
    void nothingIsLeft() {
        WorkerRuntime.closeAll();
        assertThat(PjrtHandles.live()).isZero();
    }

    private static WorkerConf conf(int executions, Integer... visible) {
        WorkerConf one = Programs.conf();
        DeviceConf device = new DeviceConf(List.of(visible), 0.75, false, "default", 3);
        return new WorkerConf(one.plugin(), one.install(), one.cache(), one.threads(), executions, null, null, device);
    }

    private static int number(WorkerRuntime.Use use) {
        return use.device().device().hardwareId();
    }

    @Test
    void aTaskGetsTheGpuThatSparkAssignedToIt() {
        for (int assigned : new int[] {2, 0, 1, 1}) {
            try (var use = WorkerRuntime.use(conf(0), List.of(String.valueOf(assigned)))) {
                assertThat(number(use)).isEqualTo(assigned);
            }
        }
    }

    /** A task's context as Spark's executor makes it. */
    private static TaskContext task(String... gpus) {
        TaskContext empty = TaskContext$.MODULE$.empty();
        Map<String, ResourceInformation> none = Map$.MODULE$.empty();
        return new TaskContextImpl(
                0,
                0,
                0,
                0,
                0,
                1,
                empty.taskMemoryManager(),
                new Properties(),
                null,
                empty.taskMetrics(),
                1,
                gpus.length == 0 ? none : new Map.Map1<>("gpu", new ResourceInformation("gpu", gpus)));
    }

    @Test
    void theAssignmentIsReadFromTheTasksResourcesUnlessTheConfigurationOverridesIt() {
        try (var assigned = WorkerRuntime.use(conf(0), task("2"));
                var overridden = WorkerRuntime.use(conf(0, 1), task("2"));
                var none = WorkerRuntime.use(conf(0), task())) {
            assertThat(number(assigned)).isEqualTo(2);
            assertThat(number(overridden)).isEqualTo(1);
            assertThat(number(none)).isZero();
        }
    }

    @Test
    void anExecutorOpensTheGpusThatSparkGaveToItUnlessTheConfigurationNamesThem() {
        DeviceConf any = DeviceConf.standard();
        assertThat(DeviceChoice.visible(any, List.of("1", "3")).visible()).containsExactly(1, 3);
        assertThat(DeviceChoice.visible(any.withVisible(List.of(0)), List.of("1", "3"))
                        .visible())
                .containsExactly(0);
        assertThat(DeviceChoice.visible(any, List.of())).isEqualTo(any);
    }

    @Test
    void devicesOfSeveralKindsAreRefused() {
        DeviceChoice.requireOneKind(List.of("NVIDIA H100"));
        assertThatThrownBy(() -> DeviceChoice.requireOneKind(List.of("NVIDIA H100", "NVIDIA T400")))
                .isInstanceOf(KilnException.class)
                .hasMessage("""
                    choosing devices: devices of one kind are required, got NVIDIA H100 and NVIDIA T400
                    fix: set spark.kiln.device.visible to the numbers of those of one kind\
                    """);
    }

    @Test
    void withoutAnAssignmentTasksSpreadOverTheDevices() {
        List<WorkerRuntime.Use> uses = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            uses.add(WorkerRuntime.use(conf(0), List.of()));
        }
        assertThat(uses.stream().map(TestDeviceChoice::number)).containsExactly(0, 1, 2, 0, 1, 2);
        uses.get(4).close();
        try (var next = WorkerRuntime.use(conf(0), List.of())) {
            assertThat(number(next)).isEqualTo(1);
        }
        uses.forEach(WorkerRuntime.Use::close);
    }

    @Test
    void theConfigurationNamesTheDevices() {
        try (var first = WorkerRuntime.use(conf(0, 1, 2), List.of());
                var second = WorkerRuntime.use(conf(0, 1, 2), List.of());
                var third = WorkerRuntime.use(conf(0, 1, 2), List.of())) {
            assertThat(List.of(number(first), number(second), number(third))).containsExactly(1, 2, 1);
        }
        assertThatThrownBy(() -> WorkerRuntime.of(conf(0, 7)))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT))
                .hasMessageContaining("one of spark.kiln.device.visible=[7] is required, got [device 0");
    }

    @Test
    void anAddressThatIsNoDeviceIsNamed() {
        assertThatThrownBy(() -> WorkerRuntime.use(conf(0), List.of("GPU-8f3c")))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT))
                .hasMessageContaining("the GPU that Spark assigned to it is required (address GPU-8f3c), got [device 0")
                .hasMessageContaining("let the discovery script");
    }

    /** GPUs of the cluster are nothing to a job that runs on the CPU. */
    @Test
    void aCpuOfOneDeviceTakesNoNoticeOfGpus() {
        try (var use = WorkerRuntime.use(Programs.conf(), List.of("3"))) {
            assertThat(number(use)).isZero();
        }
    }

    @Test
    void addressesAreCudasNumbersOrPlacesInCudaVisibleDevices() {
        assertThat(DeviceChoice.number("3", "")).contains(3);
        assertThat(DeviceChoice.number("3", "2, 3")).contains(1);
        assertThat(DeviceChoice.number("GPU-b", "GPU-a,GPU-b")).contains(1);
        assertThat(DeviceChoice.number("0", "GPU-a,GPU-b")).contains(0);
        assertThat(DeviceChoice.number("GPU-c", "GPU-a,GPU-b")).isEmpty();
    }

    /** Compiled once, and the results lie on the device that was chosen. */
    @Test
    void aProgramRunsOnTheChosenDevice() {
        ShapedArray aval = ShapedArray.of(DType.F32, 4);
        Program twice = Trace.trace(in -> List.of(in.getFirst().times(2)), List.of(aval))
                .program();
        byte[] bytes = ProgramFormat.write(twice);
        for (int i = 0; i < 3; i++) {
            try (var use = WorkerRuntime.use(conf(0), List.of(String.valueOf(i)));
                    Arena arena = Arena.ofConfined()) {
                DeviceProgram program = use.runtime().program(bytes, "twice", use.device());
                MemorySegment data = arena.allocate(16, 64);
                data.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 21);
                try (PjrtBuffer in = program.upload(aval, data);
                        PjrtBuffer out = program.run(List.of(in)).getFirst()) {
                    assertThat(in.device()).isSameAs(use.device().device());
                    assertThat(out.device()).isSameAs(use.device().device());
                    assertThat(out.hostView().getAtIndex(ValueLayout.JAVA_FLOAT, 3))
                            .isEqualTo(42f);
                }
            }
        }
        assertThat(WorkerRuntime.jvmMetrics().compiles()).isEqualTo(1);
    }

    @Test
    void executionsOnADeviceAreLimitedForEachDevice() {
        try (var first = WorkerRuntime.use(conf(1), List.of("0"));
                var second = WorkerRuntime.use(conf(1), List.of("0"));
                var other = WorkerRuntime.use(conf(1), List.of("1"))) {
            assertThat(second.device()).isSameAs(first.device());
            assertThat(first.device().turns().availablePermits()).isEqualTo(1);
            first.device().turns().acquireUninterruptibly();
            assertThat(second.device().turns().tryAcquire()).isFalse();
            assertThat(other.device().turns().tryAcquire()).isTrue();
            first.device().turns().release();
            other.device().turns().release();
        }
        try (var unlimited = WorkerRuntime.use(conf(0), List.of())) {
            assertThat(unlimited.device().turns().availablePermits()).isEqualTo(Integer.MAX_VALUE);
        }
    }
}
