package io.kiln.core;

/** Products with a logarithm that are 0 where their factor is, as entropies need them. */
final class Entropy {
    private Entropy() {}

    /** {@code x * log}, and 0 where x is 0 and {@code y}, of which it is the logarithm, is not NaN. */
    static Tensor orZero(Tensor x, Tensor y, Tensor log) {
        return Lax.select(x.notEqualTo(0).or(y.isNaN()), x.times(log), Lax.like(x, 0));
    }
}
