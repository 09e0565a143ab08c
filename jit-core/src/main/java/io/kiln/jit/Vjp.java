package io.kiln.jit;

/**
 * The value of a function at a point, and the transpose of its derivative there: the linear function from a cotangent of the
 * value to the cotangent of the argument. The function was evaluated once; {@code pullback} may be applied many times.
 */
public record Vjp<A, R>(R value, F1<R, A> pullback) {}
