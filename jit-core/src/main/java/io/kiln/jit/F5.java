package io.kiln.jit;

/** A function of five arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F5<A, B, C, D, E, R> {
    /** The result for these arguments. */
    R apply(A a, B b, C c, D d, E e);
}
