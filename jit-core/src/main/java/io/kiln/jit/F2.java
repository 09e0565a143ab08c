package io.kiln.jit;

/** A function of two arguments, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F2<A, B, R> {
    /** The result for these arguments. */
    R apply(A a, B b);
}
