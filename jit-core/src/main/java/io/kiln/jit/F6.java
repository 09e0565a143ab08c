package io.kiln.jit;

/** A function of six arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F6<A, B, C, D, E, G, R> {
    /** The result for these arguments. */
    R apply(A a, B b, C c, D d, E e, G g);
}
