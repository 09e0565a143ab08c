package io.kiln.jit;

/**
 * The value of a function at a point, and its derivative there: the linear function from a tangent of the argument to the
 * tangent of the value. The function was evaluated once; {@code tangent} may be applied many times.
 */
public record Linearized<A, R>(R value, F1<A, R> tangent) {}
