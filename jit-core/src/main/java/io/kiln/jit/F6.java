package io.kiln.jit;

import java.io.Serializable;

/** A function of six arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F6<A, B, C, D, E, G, R> extends Serializable {
    /** The result for these arguments. */
    R apply(A a, B b, C c, D d, E e, G g);
}
