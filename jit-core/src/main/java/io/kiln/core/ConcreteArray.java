package io.kiln.core;

/** An array with data: in the host's memory ({@link HostArray}) or in a device's. */
public interface ConcreteArray {
    /** Its element type and shape. */
    ShapedArray aval();

    /** Its data in the host's memory; a copy if it lies elsewhere. */
    HostArray toHost();

    /** Blocks until the elements are there; a fault of what was to compute them is thrown here. */
    default void awaitReady() {}
}
