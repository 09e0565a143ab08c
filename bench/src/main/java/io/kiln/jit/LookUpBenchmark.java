package io.kiln.jit;

import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The look-up of the trace of a call whose argument is a list of 50 records of two tensors: a signature of 100 leaves. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 7, time = 2)
@Fork(1)
public class LookUpBenchmark {
    /** A layer of two tensors. */
    public record Layer(Tensor weights, Tensor bias) {}

    private final List<Object> arguments = List.of(layers());
    private final TraceCache cache = cache();

    private static List<Layer> layers() {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            layers.add(new Layer(Tensor.of(1f, 2f, 3f), Tensor.scalar(0f)));
        }
        return List.copyOf(layers);
    }

    private TraceCache cache() {
        Signature signature = Signature.of(arguments, Set.of()).signature();
        TraceCache made = new TraceCache("bench", i -> "argument " + i, 16);
        made.put(TracedFunction.trace(null, args -> List.of(), signature));
        return made;
    }

    /** Finds the trace and the 100 leaves. */
    @Benchmark
    public Object lookUp() {
        return cache.find(arguments);
    }
}
