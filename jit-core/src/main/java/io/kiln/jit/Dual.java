package io.kiln.jit;

/** A value and its tangent, which has its structure; tangents of what is not float are zero. */
public record Dual<R>(R value, R tangent) {}
