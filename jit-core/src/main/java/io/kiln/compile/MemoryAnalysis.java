package io.kiln.compile;

import java.util.Map;

/**
 * The memory of an executable as its compiler laid it out, in bytes: JAX's {@code memory_analysis()}.
 *
 * @param code its machine code; 0 where a plugin does not say
 * @param arguments all arguments of a call
 * @param outputs all results
 * @param aliased of the arguments, what is donated to results
 * @param temporary what a call needs beside these while it runs
 */
public record MemoryAnalysis(long code, long arguments, long outputs, long aliased, long temporary) {
    static MemoryAnalysis of(Map<String, Long> stats) {
        return new MemoryAnalysis(
                stats.getOrDefault("code", 0L),
                stats.getOrDefault("arguments", 0L),
                stats.getOrDefault("outputs", 0L),
                stats.getOrDefault("aliased", 0L),
                stats.getOrDefault("temporary", 0L));
    }

    /** What a call holds at most: arguments, results that have no argument's memory, and temporary memory. */
    public long call() {
        return arguments + outputs - aliased + temporary;
    }

    @Override
    public String toString() {
        return "%,d bytes of arguments, %,d of results, %,d of these in donated arguments, %,d temporary; %,d of code"
                .formatted(arguments, outputs, aliased, temporary, code);
    }
}
