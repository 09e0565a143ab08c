package io.kiln.jit;

import java.util.OptionalLong;

/**
 * Counts of a jitted function so far.
 *
 * @param calls calls, also those inside a trace
 * @param traces how often the function was run to be traced
 * @param compiles programs that no cache had, so that they were compiled
 * @param runs calls on concrete arrays, which ran an executable
 * @param traceSeconds the time for tracing
 * @param loadSeconds the time for lowering, and compiling or loading from a cache
 * @param runSeconds the time in {@code runs}: transfer of arguments from the host and the execution; where all arguments are on
 *     the device, only the start of the execution, which goes on after the call
 */
public record JitStats(
        long calls, long traces, long compiles, long runs, double traceSeconds, double loadSeconds, double runSeconds) {
    /**
     * After how many runs as much time has gone into running as into tracing and loading: {@code (traceSeconds + loadSeconds)} over the
     * mean of {@code runSeconds}, rounded up; empty before the first run. There is no measurement of the function without {@code jit}
     * in it: with a function that runs {@code k} times slower un-jitted, compilation has paid for itself after this
     * number over {@code k - 1} runs.
     */
    public OptionalLong amortizedAfter() {
        return runs == 0 || runSeconds <= 0
                ? OptionalLong.empty()
                : OptionalLong.of((long) Math.ceil((traceSeconds + loadSeconds) / (runSeconds / runs)));
    }
}
