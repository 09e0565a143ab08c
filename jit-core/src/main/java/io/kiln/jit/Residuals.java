package io.kiln.jit;

/** A result, and what the way back from its cotangent needs of the way there: a pytree, {@code List.of()} where nothing. */
public record Residuals<R, S>(R value, S residuals) {}
