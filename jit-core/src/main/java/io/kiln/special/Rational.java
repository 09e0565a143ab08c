package io.kiln.special;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;

/** Quotients of polynomials with the coefficients of Moshier's Cephes library. Operands f32 or f64. */
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits are the published ones
final class Rational {
    private static final double[] NDTRI_P0 = {
        -5.99633501014107895267E1,
        9.80010754185999661536E1,
        -5.66762857469070293439E1,
        1.39312609387279679503E1,
        -1.23916583867381258016E0
    };
    private static final double[] NDTRI_Q0 = {
        1.0,
        1.95448858338141759834E0,
        4.67627912898881538453E0,
        8.63602421390890590575E1,
        -2.25462687854119370527E2,
        2.00260212380060660359E2,
        -8.20372256168333339912E1,
        1.59056225126211695515E1,
        -1.18331621121330003142E0
    };
    private static final double[] NDTRI_P1 = {
        4.05544892305962419923E0,
        3.15251094599893866154E1,
        5.71628192246421288162E1,
        4.40805073893200834700E1,
        1.46849561928858024014E1,
        2.18663306850790267539E0,
        -1.40256079171354495875E-1,
        -3.50424626827848203418E-2,
        -8.57456785154685413611E-4
    };
    private static final double[] NDTRI_Q1 = {
        1.0,
        1.57799883256466749731E1,
        4.53907635128879210584E1,
        4.13172038254672030440E1,
        1.50425385692907503408E1,
        2.50464946208309415979E0,
        -1.42182922854787788574E-1,
        -3.80806407691578277194E-2,
        -9.33259480895457427372E-4
    };
    private static final double[] NDTRI_P2 = {
        3.23774891776946035970E0,
        6.91522889068984211695E0,
        3.93881025292474443415E0,
        1.33303460815807542389E0,
        2.01485389549179081538E-1,
        1.23716634817820021358E-2,
        3.01581553508235416007E-4,
        2.65806974686737550832E-6,
        6.23974539184983293730E-9
    };
    private static final double[] NDTRI_Q2 = {
        1.0,
        6.02427039364742014255E0,
        3.67983563856160859403E0,
        1.37702099489081330271E0,
        2.16236993594496635890E-1,
        1.34204006088543189037E-2,
        3.28014464682127739104E-4,
        2.89247864745380683936E-6,
        6.79019408009981274425E-9
    };
    private static final double[] SPENCE_P = {
        4.65128586073990045278E-5,
        7.31589045238094711071E-3,
        1.33847639578309018650E-1,
        8.79691311754530315341E-1,
        2.71149851196553469920E0,
        4.25697156008121755724E0,
        3.29771340985225106936E0,
        1.00000000000000000126E0
    };
    private static final double[] SPENCE_Q = {
        6.90990488912553276999E-4,
        2.54043763932544379113E-2,
        2.82974860602568089943E-1,
        1.41172597751831069617E0,
        3.63800533345137075418E0,
        5.03278880143316990390E0,
        3.54771340985225096217E0,
        9.99999999999999998740E-1
    };

    private Rational() {}

    /** The quotient of two polynomials, the highest power first. */
    private static Tensor quotient(double[] p, double[] q, Tensor x) {
        return polynomial(p, x).dividedBy(polynomial(q, x));
    }

    private static Tensor polynomial(double[] coefficients, Tensor x) {
        Tensor sum = Lax.like(x, coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            sum = sum.times(x).plus(coefficients[i]);
        }
        return sum;
    }

    /** The quantile of the standard normal distribution; infinite at 0 and 1. */
    static Tensor ndtri(Tensor p) {
        double tail = Math.exp(-2);
        Tensor lower = Tensor.where(p.greaterThan(1 - tail), Lax.like(p, 1).minus(p), p);
        // 0 has its value below; here it must not make a NaN.
        Tensor safe = Tensor.where(lower.equalTo(0), Lax.like(p, 0.5), lower);
        Tensor w = safe.minus(0.5);
        Tensor ww = w.square();
        Tensor central =
                w.plus(w.times(ww).times(quotient(NDTRI_P0, NDTRI_Q0, ww))).times(-Math.sqrt(2 * Math.PI));
        Tensor z = safe.log().times(-2).sqrt();
        Tensor first = z.minus(z.log().dividedBy(z));
        Tensor inverse = z.reciprocal();
        Tensor far = first.minus(quotient(NDTRI_P2, NDTRI_Q2, inverse).dividedBy(z));
        Tensor near = first.minus(quotient(NDTRI_P1, NDTRI_Q1, inverse).dividedBy(z));
        Tensor outer = Tensor.where(z.greaterOrEqual(8), far, near);
        Tensor x = Tensor.where(safe.greaterThan(tail), central, outer);
        x = Tensor.where(p.greaterThan(1 - tail), x, x.negate());
        x = Tensor.where(p.equalTo(0), Lax.like(p, Double.NEGATIVE_INFINITY), x);
        return Tensor.where(p.equalTo(1), Lax.like(p, Double.POSITIVE_INFINITY), x);
    }

    /** Spence's function, the integral of {@code log(t) / (1 - t)} from 1 to x; NaN below 0. */
    static Tensor spence(Tensor x) {
        Tensor one = Lax.like(x, 1);
        // What has its value below must not divide by zero here.
        Tensor safe = Tensor.where(x.greaterThan(0), x, one);
        Tensor large = safe.greaterThan(2);
        Tensor y = Tensor.where(large, safe.reciprocal(), safe);
        Tensor above = y.greaterThan(1.5);
        Tensor below = y.lessThan(0.5);
        Tensor w = Tensor.where(above, y.reciprocal().minus(1), Tensor.where(below, y.negate(), y.minus(1)));
        Tensor value = w.negate().times(quotient(SPENCE_P, SPENCE_Q, w));
        Tensor inner = Tensor.where(below, y, Lax.like(x, 0.25));
        Tensor reflected = inner.log()
                .times(one.minus(inner).log())
                .negate()
                .plus(Math.PI * Math.PI / 6)
                .minus(value);
        value = Tensor.where(below, reflected, value);
        Tensor inverted = y.log().square().times(-0.5).minus(value);
        value = Tensor.where(large.or(above), inverted, value);
        value = Tensor.where(x.equalTo(1), Lax.like(x, 0), value);
        value = Tensor.where(x.equalTo(0), Lax.like(x, Math.PI * Math.PI / 6), value);
        return Tensor.where(x.greaterOrEqual(0), value, Lax.like(x, Double.NaN));
    }
}
