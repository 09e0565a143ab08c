package io.kiln.core;

import java.util.List;

/** The logarithm of a sum of two powers, and the share of one of them in it, which is its derivative. */
final class LogAddExp {
    private LogAddExp() {}

    static Tensor natural(List<Tensor> ins) {
        Tensor a = ins.get(0);
        Tensor b = ins.get(1);
        Tensor difference = a.minus(b);
        Tensor sum = a.maximum(b).plus(difference.abs().negate().exp().log1p());
        // The difference of equal infinities is NaN; their sum is right, and that of NaN.
        return Lax.select(difference.isNaN(), a.plus(b), sum);
    }

    static Tensor binary(List<Tensor> ins) {
        Tensor a = ins.get(0);
        Tensor b = ins.get(1);
        Tensor difference = a.minus(b);
        Tensor more = difference.abs().negate().exp2().log1p().times(1 / Math.log(2));
        return Lax.select(difference.isNaN(), a.plus(b), a.maximum(b).plus(more));
    }

    /** {@code exp(x - sum)}: 0 where x is negative infinity; positive infinity counts as 0, as in JAX. */
    static Tensor share(Tensor x, Tensor sum) {
        return orZero(x, finite(x).minus(finite(sum)).exp());
    }

    /** {@code 2^(x - sum)}, with the limits of {@link #share}. */
    static Tensor share2(Tensor x, Tensor sum) {
        return orZero(x, finite(x).minus(finite(sum)).exp2());
    }

    private static Tensor orZero(Tensor x, Tensor share) {
        return Lax.select(x.equalTo(Double.NEGATIVE_INFINITY), Lax.like(x, 0), share);
    }

    private static Tensor finite(Tensor x) {
        return Lax.select(x.equalTo(Double.POSITIVE_INFINITY), Lax.like(x, 0), x);
    }
}
