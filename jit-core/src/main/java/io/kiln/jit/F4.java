package io.kiln.jit;

import java.io.Serializable;

/** A function of four arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F4<A, B, C, D, R> extends Serializable {
    /** The result for these arguments. */
    R apply(A a, B b, C c, D d);
}
