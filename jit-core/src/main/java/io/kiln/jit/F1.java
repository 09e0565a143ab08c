package io.kiln.jit;

import java.io.Serializable;

/** A function of one argument, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F1<A, R> extends Serializable {
    /** The result for these arguments. */
    R apply(A a);
}
