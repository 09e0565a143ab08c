package io.kiln.bench;

import io.kiln.compile.DeviceArray;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A call of {@code tanh(x) tanh(x)} on f32[1024], as the peers' dispatch.py times JAX's. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 7, time = 2)
@Fork(1)
public class DispatchBenchmark {
    private final Jitted1<Tensor, Tensor> function =
            Jit.jit((Tensor x) -> x.tanh().times(x.tanh()));
    private final float[] values = new float[1024];
    private final Tensor host = Tensor.of(values);
    private final Tensor device = Jit.devicePut(host);

    /** Calls one after the other, of which the last is awaited: JAX's are measured so. */
    private static final int CALLS = 5000;

    /** Argument and result on the device; the result may still be computed, and is closed. JAX, which counts references: async_device_in. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Tensor dispatchAndClose() {
        return repeat(() -> closed(function.call(device)));
    }

    /** The result is there, and is closed. JAX: sync_device_in. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Tensor synchronousAndClose() {
        return repeat(() -> closed(function.call(device).awaitReady()));
    }

    private static Tensor closed(Tensor result) {
        ((DeviceArray) result.array()).close();
        return result;
    }

    /** The same with the results left to the garbage collector. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Tensor dispatch() {
        return repeat(() -> function.call(device)).awaitReady();
    }

    /** The same with the results left to the garbage collector. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Tensor synchronous() {
        return repeat(() -> function.call(device).awaitReady());
    }

    /** Host array in, host array out. JAX: numpy_in_numpy_out. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object hostToHost() {
        return repeat(() -> function.call(host).value());
    }

    /** A Java array in, a Java array out: the same and two copies. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object arrayToArray() {
        return repeat(() -> function.call(Tensor.of(values)).toFloats());
    }

    private static <T> T repeat(Supplier<T> call) {
        T last = call.get();
        for (int i = 1; i < CALLS; i++) {
            last = call.get();
        }
        return last;
    }
}
