package io.kiln.transform;

import io.kiln.core.Program;
import java.util.List;

/** Batching, program to program. */
public final class Vmap {
    private Vmap() {}

    /**
     * The program that applies {@code p} to each element of a batch of {@code size}. {@code inAxes} says along which axis
     * each parameter is mapped; -1: it is not. All results are mapped along axis 0.
     */
    public static Program vmap(Program p, List<Integer> inAxes, int size) {
        throw new UnsupportedOperationException("not yet");
    }
}
