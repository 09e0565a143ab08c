package io.kiln.special;

import io.kiln.core.Tensor;

/**
 * {@code log(gamma(b) / gamma(a + b))} for b of 8 or more and a up to b, without the cancellation of two large logarithms:
 * the difference of two Stirling series, as in Didonato and Morris, "Algorithm 708" (ACM TOMS 18, 1992).
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits are the published ones
final class StirlingDifference {
    private static final double[] SERIES = {
        0.833333333333333e-01,
        -0.277777777760991e-02,
        0.793650666825390e-03,
        -0.595202931351870e-03,
        0.837308034031215e-03,
        -0.165322962780713e-02
    };

    private StirlingDifference() {}

    static Tensor of(Tensor a, Tensor b) {
        Tensor ratio = a.dividedBy(b);
        Tensor c = ratio.dividedBy(ratio.plus(1));
        Tensor x = ratio.plus(1).reciprocal();
        Tensor square = x.square();
        // (1 - x^n) / (1 - x) for n = 1, 3, 5, ... where x is b / (a + b).
        Tensor[] s = new Tensor[SERIES.length];
        Tensor t = b.reciprocal().square();
        s[0] = Tensor.full(a.aval(), 1);
        for (int i = 1; i < s.length; i++) {
            s[i] = x.plus(square.times(s[i - 1])).plus(1);
        }
        Tensor w = s[s.length - 1].times(SERIES[s.length - 1]);
        for (int i = s.length - 2; i >= 0; i--) {
            w = w.times(t).plus(s[i].times(SERIES[i]));
        }
        Tensor correction = w.times(c.dividedBy(b));
        Tensor u = b.plus(a.minus(0.5)).times(ratio.log1p());
        Tensor v = a.times(b.log().minus(1));
        return Tensor.where(
                u.lessOrEqual(v),
                correction.minus(v).minus(u),
                correction.minus(u).minus(v));
    }
}
