package io.kiln.transform;

import io.kiln.core.Program;
import java.util.List;

/** Reverse-mode differentiation, program to program. */
public final class Grad {
    private Grad() {}

    /**
     * The program that returns the value of {@code p}, which must have one scalar float result, and then its gradient with
     * respect to the parameters {@code wrt}, in that order.
     */
    public static Program valueAndGrad(Program p, List<Integer> wrt) {
        throw new UnsupportedOperationException("not yet");
    }
}
