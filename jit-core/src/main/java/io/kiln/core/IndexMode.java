package io.kiln.core;

/** What an index outside its axis means, as in {@code jax.lax.GatherScatterMode}. */
public enum IndexMode {
    /**
     * A gathered slice that is not wholly inside is filled: with NaN, the lowest signed integer, the highest unsigned one
     * or true; a scattered one is dropped.
     */
    FILL_OR_DROP,
    /** The index is moved to the nearest one whose slice is inside. */
    CLIP,
    /** The index counts modulo the size of its axis. */
    WRAP,
    /** The caller promises that there is none: nothing is checked, and what is read or written is not specified. */
    PROMISE_IN_BOUNDS
}
