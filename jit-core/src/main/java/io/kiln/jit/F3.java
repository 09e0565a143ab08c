package io.kiln.jit;

import java.io.Serializable;

/** A function of three arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F3<A, B, C, R> extends Serializable {
    /** The result for these arguments. */
    R apply(A a, B b, C c);
}
