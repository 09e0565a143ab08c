package io.kiln.core;

/** The standard normal distribution where its logarithm is wanted: exact in both tails. Operands f32 or f64. */
public final class NormalTail {
    private NormalTail() {}

    /** The logarithm of the density. */
    static Tensor logDensity(Tensor x) {
        return x.square().times(-0.5).minus(Math.log(2 * Math.PI) / 2);
    }

    /** The distribution function of f32 or f64, elementwise, by the error functions: what {@code ndtr} of Cephes computes. */
    public static Tensor distribution(Tensor x) {
        double half = Math.sqrt(0.5);
        Tensor w = x.times(half);
        Tensor z = w.abs();
        Tensor tail = z.erfc();
        Tensor outer = Lax.select(w.greaterThan(0), tail.negate().plus(2), tail);
        return Lax.select(z.lessThan(half), w.erf().plus(1), outer).times(0.5);
    }

    /**
     * The logarithm of the distribution function: far below by the asymptotic series of three terms, far above by
     * {@code log(1 - q) = -q}.
     */
    static Tensor logDistribution(Tensor x) {
        boolean single = x.dtype() == DType.F32;
        double low = single ? -10 : -20;
        double high = single ? 5 : 8;
        Tensor above = x.greaterThan(high);
        Tensor p = distribution(Lax.select(above, x.negate(), x.maximum(low)));
        Tensor below = x.minimum(low);
        Tensor square = below.square();
        Tensor series = Lax.like(x, 1)
                .minus(square.reciprocal())
                .plus(square.square().reciprocal().times(3))
                .minus(square.integerPow(3).reciprocal().times(15));
        Tensor asymptotic = logDensity(below).minus(below.negate().log()).plus(series.log());
        return Lax.select(above, p.negate(), Lax.select(x.greaterThan(low), p.log(), asymptotic));
    }
}
