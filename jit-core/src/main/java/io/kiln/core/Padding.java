package io.kiln.core;

/** How much a {@link Window} puts around an array, as in JAX. */
public enum Padding {
    /** Nothing: the window stays inside. */
    VALID,
    /** As much as gives a place for each step of the array, an odd rest at the end. */
    SAME,
    /** As much as gives a place for each step of the array, an odd rest at the start. */
    SAME_LOWER
}
