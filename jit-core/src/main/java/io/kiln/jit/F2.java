package io.kiln.jit;

import java.io.Serializable;

/** A function of two arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F2<A, B, R> extends Serializable {
    /** The result for these arguments. */
    R apply(A a, B b);
}
