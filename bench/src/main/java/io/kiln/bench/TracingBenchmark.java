package io.kiln.bench;

import io.kiln.core.DeadCode;
import io.kiln.core.Program;
import io.kiln.core.Trace;
import io.kiln.lower.Lowering;
import io.kiln.lower.StableHloModule;
import io.kiln.transform.Grad;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Tracing and lowering of the 12-layer transformer and of its gradient, as the peers' dispatch.py times JAX's. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class TracingBenchmark {
    private final Program forward = forward();
    private final Program gradient = gradient();

    private static Program forward() {
        return DeadCode.drop(Trace.trace(in -> List.of(Transformer.encode(in)), Transformer.types())
                .program());
    }

    private static Program gradient() {
        Program loss = DeadCode.drop(
                Trace.trace(in -> List.of(Transformer.encode(in).square().sum()), Transformer.types())
                        .program());
        return Grad.valueAndGrad(
                loss, IntStream.range(0, 12 * Transformer.LAYERS).boxed().toList());
    }

    /** The program of the transformer. */
    @Benchmark
    public Program traceTransformer() {
        return forward();
    }

    /** Its StableHLO. */
    @Benchmark
    public StableHloModule lowerTransformer() {
        return Lowering.lower(forward, "transformer", Set.of());
    }

    /** The program of the gradient with respect to all weights. */
    @Benchmark
    public Program traceGradient() {
        return gradient();
    }

    /** Its StableHLO. */
    @Benchmark
    public StableHloModule lowerGradient() {
        return Lowering.lower(gradient, "gradient", Set.of());
    }
}
