package io.kiln.jit;

/** Counts of a jitted function so far. {@code compiles} are programs that no cache had. */
public record JitStats(long calls, long traces, long compiles, double traceSeconds, double loadSeconds) {}
