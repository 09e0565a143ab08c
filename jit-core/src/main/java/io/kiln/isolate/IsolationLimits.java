package io.kiln.isolate;

import io.kiln.error.KilnException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a program from a file may take.
 *
 * @param start how long a child JVM may take until it can compile
 * @param compile how long one program may compile
 * @param idle how long a child is kept without work
 * @param heapBytes the largest Java heap of a child
 * @param nativeBytes the most memory a child may have beside its heap, where the operating system has such a limit; 0: no limit
 * @param moduleBytes the longest program
 * @param executableBytes the longest serialized executable
 * @param customCalls the targets that a program's custom calls may name
 */
public record IsolationLimits(
        Duration start,
        Duration compile,
        Duration idle,
        long heapBytes,
        long nativeBytes,
        int moduleBytes,
        int executableBytes,
        Set<String> customCalls) {

    private static final long MIB = 1 << 20;

    /** Targets that XLA replaces by operations of its own or drops: none of them is a function that is called. */
    private static final Set<String> REPLACED_BY_XLA = Set.of(
            "Sharding",
            "SPMDFullToShardShape",
            "SPMDShardToFullShape",
            "LayoutConstraint",
            "annotate_device_placement",
            "mhlo.erf",
            "mhlo.topk");

    /** Limits; times and lengths have to be positive, the heap a mebibyte at least. */
    public IsolationLimits {
        require(start.isPositive(), "start", "a positive time", start);
        require(compile.isPositive(), "compile", "a positive time", compile);
        require(idle.isPositive(), "idle", "a positive time", idle);
        require(heapBytes >= MIB, "heapBytes", "1 MiB at least", heapBytes);
        require(nativeBytes >= 0, "nativeBytes", "0 or more", nativeBytes);
        require(moduleBytes > 0, "moduleBytes", "a positive length", moduleBytes);
        require(executableBytes > 0, "executableBytes", "a positive length", executableBytes);
        customCalls = Set.copyOf(customCalls);
    }

    private static void require(boolean holds, String what, String required, Object got) {
        if (!holds) {
            throw KilnException.usage(
                    "setting the limit %s of isolated compiles: %s is required, got %s".formatted(what, required, got),
                    "correct the limit");
        }
    }

    /**
     * Two minutes a program, a heap of 512 MiB and 4 GiB beside it, programs and executables of 64 and 256 MiB, and the custom calls that
     * XLA replaces.
     */
    public static IsolationLimits standard() {
        return new IsolationLimits(
                Duration.ofMinutes(1),
                Duration.ofMinutes(2),
                Duration.ofMinutes(1),
                512 * MIB,
                4096 * MIB,
                (int) (64 * MIB),
                (int) (256 * MIB),
                REPLACED_BY_XLA);
    }

    /** These with another time for a program. */
    public IsolationLimits withCompile(Duration time) {
        return new IsolationLimits(
                start, time, idle, heapBytes, nativeBytes, moduleBytes, executableBytes, customCalls);
    }

    /** These with another time for a child without work. */
    public IsolationLimits withIdle(Duration time) {
        return new IsolationLimits(
                start, compile, time, heapBytes, nativeBytes, moduleBytes, executableBytes, customCalls);
    }

    /** These with other memory beside the heap. */
    public IsolationLimits withNativeBytes(long bytes) {
        return new IsolationLimits(start, compile, idle, heapBytes, bytes, moduleBytes, executableBytes, customCalls);
    }

    /** These with other targets of custom calls: functions of the plugin's process, which then are called with what the program says. */
    public IsolationLimits withCustomCalls(Set<String> targets) {
        return new IsolationLimits(start, compile, idle, heapBytes, nativeBytes, moduleBytes, executableBytes, targets);
    }

    /** What decides whether a program survives: under other limits it is another case. */
    String survival() {
        return "compile=%s heap=%d native=%d".formatted(compile, heapBytes, nativeBytes);
    }

    /** The allow list as a person would read it. */
    String allowed() {
        return customCalls.isEmpty() ? "none" : String.join(", ", new TreeSet<>(customCalls));
    }
}
