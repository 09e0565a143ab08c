package io.kiln.core;

import java.util.List;

/**
 * Modified Bessel functions of the first kind, scaled by {@code exp(-|x|)}: sums of Chebyshev polynomials with the
 * coefficients of Moshier's Cephes library, one sum up to 8 and one in 1/x beyond.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits are the published ones
final class Bessel {
    private static final double[] I0E_F32_NEAR = {
        -1.30002500998624804212e-8,
        6.04699502254191894932e-8,
        -2.67079385394061173391e-7,
        1.11738753912010371815e-6,
        -4.41673835845875056359e-6,
        1.64484480707288970893e-5,
        -5.75419501008210370398e-5,
        1.88502885095841655729e-4,
        -5.76375574538582365885e-4,
        1.63947561694133579842e-3,
        -4.32430999505057594430e-3,
        1.05464603945949983183e-2,
        -2.37374148058994688156e-2,
        4.93052842396707084878e-2,
        -9.49010970480476444210e-2,
        1.71620901522208775349e-1,
        -3.04682672343198398683e-1,
        6.76795274409476084995e-1
    };
    private static final double[] I0E_F32_FAR = {
        3.39623202570838634515e-9,
        2.26666899049817806459e-8,
        2.04891858946906374183e-7,
        2.89137052083475648297e-6,
        6.88975834691682398426e-5,
        3.36911647825569408990e-3,
        8.04490411014108831608e-1
    };
    private static final double[] I0E_F64_NEAR = {
        -4.41534164647933937950e-18,
        3.33079451882223809783e-17,
        -2.43127984654795469359e-16,
        1.71539128555513303061e-15,
        -1.16853328779934516808e-14,
        7.67618549860493561688e-14,
        -4.85644678311192946090e-13,
        2.95505266312963983461e-12,
        -1.72682629144155570723e-11,
        9.67580903537323691224e-11,
        -5.18979560163526290666e-10,
        2.65982372468238665035e-9,
        -1.30002500998624804212e-8,
        6.04699502254191894932e-8,
        -2.67079385394061173391e-7,
        1.11738753912010371815e-6,
        -4.41673835845875056359e-6,
        1.64484480707288970893e-5,
        -5.75419501008210370398e-5,
        1.88502885095841655729e-4,
        -5.76375574538582365885e-4,
        1.63947561694133579842e-3,
        -4.32430999505057594430e-3,
        1.05464603945949983183e-2,
        -2.37374148058994688156e-2,
        4.93052842396707084878e-2,
        -9.49010970480476444210e-2,
        1.71620901522208775349e-1,
        -3.04682672343198398683e-1,
        6.76795274409476084995e-1
    };
    private static final double[] I0E_F64_FAR = {
        -7.23318048787475395456e-18,
        -4.83050448594418207126e-18,
        4.46562142029675999901e-17,
        3.46122286769746109310e-17,
        -2.82762398051658348494e-16,
        -3.42548561967721913462e-16,
        1.77256013305652638360e-15,
        3.81168066935262242075e-15,
        -9.55484669882830764870e-15,
        -4.15056934728722208663e-14,
        1.54008621752140982691e-14,
        3.85277838274214270114e-13,
        7.18012445138366623367e-13,
        -1.79417853150680611778e-12,
        -1.32158118404477131188e-11,
        -3.14991652796324136454e-11,
        1.18891471078464383424e-11,
        4.94060238822496958910e-10,
        3.39623202570838634515e-9,
        2.26666899049817806459e-8,
        2.04891858946906374183e-7,
        2.89137052083475648297e-6,
        6.88975834691682398426e-5,
        3.36911647825569408990e-3,
        8.04490411014108831608e-1
    };

    private Bessel() {}

    /** The function of order 0 of one f32 or f64. */
    static Tensor i0e(List<Tensor> ins) {
        Tensor x = ins.get(0).abs();
        boolean single = x.dtype() == DType.F32;
        Tensor near = chebyshev(x.times(0.5).minus(2), single ? I0E_F32_NEAR : I0E_F64_NEAR);
        Tensor far = chebyshev(Lax.like(x, 32).dividedBy(x).minus(2), single ? I0E_F32_FAR : I0E_F64_FAR);
        return Lax.select(x.lessOrEqual(8), near, far.dividedBy(x.sqrt()));
    }

    /** Clenshaw's recurrence for the sum of {@code coefficients[i]} times a Chebyshev polynomial, the highest order first. */
    private static Tensor chebyshev(Tensor x, double[] coefficients) {
        Tensor before = Lax.like(x, 0);
        Tensor last = Lax.like(x, 0);
        Tensor next = Lax.like(x, coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            before = last;
            last = next;
            next = x.times(last).minus(before).plus(coefficients[i]);
        }
        return next.minus(before).times(0.5);
    }

    /** The derivative at {@code x} of the function of order 1, whose value is {@code y}. */
    static Tensor i1eSlope(Tensor x, Tensor y) {
        double tiny = x.dtype().epsilon();
        // y / x is 0 / 0 at 0, where the slope is a half.
        Tensor regular = x.abs().greaterThan(tiny);
        Tensor safe = Lax.select(regular, x, Lax.like(x, tiny));
        Tensor slope = Lax.besselI0e(safe).minus(y.times(safe.sign().plus(safe.reciprocal())));
        return Lax.select(regular, slope, Lax.like(x, 0.5));
    }

    /** The function of order 1 in plain Java: its power series, and its asymptotic one where that is exact. */
    static double i1e(double x) {
        double a = Math.abs(x);
        double sum = 1;
        double term = 1;
        if (a < 40) {
            for (int k = 1; term > sum * 0x1p-60; k++) {
                term *= a * a / 4 / k / (k + 1);
                sum += term;
            }
            return x / 2 * sum * Math.exp(-a);
        }
        for (int k = 1; k <= 30; k++) {
            term *= ((2 * k - 1.0) * (2 * k - 1) - 4) / (8 * a * k);
            sum += term;
        }
        return Math.copySign(Double.isInfinite(a) ? 0 : sum / Math.sqrt(2 * Math.PI * a), x);
    }
}
