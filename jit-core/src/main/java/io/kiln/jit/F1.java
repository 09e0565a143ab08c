package io.kiln.jit;

/** A function of one argument, each a pytree of tensors, without side effects. */
@FunctionalInterface
public interface F1<A, R> {
    /** The result for these arguments. */
    R apply(A a);
}
