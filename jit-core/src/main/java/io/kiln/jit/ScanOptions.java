package io.kiln.jit;

import io.kiln.core.TraceErrors;
import java.util.OptionalInt;

/**
 * How a {@link Control#scan} runs. {@code length}: the number of steps, needed where nothing is scanned, else checked;
 * {@code reverse}: from the last element to the first; {@code unroll}: so many steps are compiled in a row.
 */
public record ScanOptions(OptionalInt length, boolean reverse, int unroll) {
    /** From the first element to the last, one step at a time. */
    public static final ScanOptions DEFAULT = new ScanOptions(OptionalInt.empty(), false, 1);

    /** Checks that the length is not negative and that at least one step is compiled. */
    public ScanOptions {
        if (unroll < 1) {
            throw TraceErrors.user(
                    "KILN-T032", "scan: unroll must be at least 1, got " + unroll, "give the number of steps in a row");
        }
        if (length.orElse(0) < 0) {
            throw TraceErrors.user(
                    "KILN-T032",
                    "scan: the length must not be negative, got " + length.getAsInt(),
                    "give the number of steps");
        }
    }

    /** These options with this number of steps. */
    public ScanOptions withLength(int steps) {
        return new ScanOptions(OptionalInt.of(steps), reverse, unroll);
    }

    /** These options from the last element to the first. */
    public ScanOptions reversed() {
        return new ScanOptions(length, true, unroll);
    }

    /** These options with {@code steps} steps compiled in a row. */
    public ScanOptions withUnroll(int steps) {
        return new ScanOptions(length, reverse, steps);
    }
}
