package io.kiln.linalg;

import io.kiln.core.DType;
import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import java.util.ArrayList;
import java.util.List;

/** Powers and the exponential of square matrices. */
final class Powers {
    /** The largest 1-norms at which the approximations reach the precision of f32 and f64 (Higham 2005, table 2.3). */
    private static final double NORM_7 = 3.925724783138660;

    private static final double NORM_13 = 5.371920351148152;
    private static final double[] PADE_7 = {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1};
    private static final double[] PADE_13 = {
        64764752532480000.0,
        32382376266240000.0,
        7771770303897600.0,
        1187353796428800.0,
        129060195264000.0,
        10559470521600.0,
        670442572800.0,
        33522128640.0,
        1323241920.0,
        40840800.0,
        960960.0,
        16380.0,
        182.0,
        1.0
    };

    /** As many squarings as a matrix can need whose exponential is not NaN: more overflow. */
    private static final int MAX_SQUARINGS = 16;

    private Powers() {}

    static Tensor power(Tensor a, int n) {
        if (n == 0) {
            return Matrices.zeros(a).plus(Matrices.eye(a.dtype(), a.dim(-1)));
        }
        Tensor base = n < 0 ? Linalg.inv(a) : a;
        long exponent = Math.abs((long) n);
        // From the highest bit of the exponent down: square, and multiply where a bit is set.
        Tensor product = base;
        for (long bit = Long.highestOneBit(exponent) >> 1; bit > 0; bit >>= 1) {
            Tensor square = product.matmul(product);
            product = (exponent & bit) == 0 ? square : square.matmul(base);
        }
        return product;
    }

    static Tensor expm(Tensor a) {
        boolean wide = a.dtype() == DType.F64;
        Tensor norm = Norms.matrix(a, MatrixNorm.ONE);
        double limit = wide ? NORM_13 : NORM_7;
        Tensor squarings = norm.dividedBy(limit)
                .log()
                .dividedBy(Math.log(2))
                .ceil()
                .maximum(0)
                .stopGradient();
        Tensor scale = squarings.times(Math.log(2)).exp().round();
        Tensor scaled = a.dividedBy(scale.expandDims(-1).expandDims(-1));
        Tensor start = pade(scaled, wide ? PADE_13 : PADE_7);
        Tensor all = squarings.max();
        Tensor result = Control.fori(0, MAX_SQUARINGS, start, (i, r) -> {
            Tensor step = i.convert(a.dtype());
            return Control.cond(
                    step.lessThan(all),
                    () -> Tensor.where(step.lessThan(squarings).expandDims(-1).expandDims(-1), r.matmul(r), r),
                    () -> r);
        });
        return Matrix.orNaN(squarings.lessOrEqual(MAX_SQUARINGS).expandDims(-1).expandDims(-1), result);
    }

    /** The diagonal Pade approximation of exp with these coefficients: (V + U)/(V - U), U the odd terms, V the even ones. */
    private static Tensor pade(Tensor a, double[] coefficients) {
        Tensor square = a.matmul(a);
        Tensor identity = Matrices.zeros(a).plus(Matrices.eye(a.dtype(), a.dim(-1)));
        List<Tensor> even = new ArrayList<>(List.of(identity));
        while (2 * even.size() < coefficients.length) {
            even.add(even.getLast() == identity ? square : even.getLast().matmul(square));
        }
        Tensor v = identity.times(coefficients[0]);
        Tensor u = identity.times(coefficients[1]);
        for (int k = 1; k < even.size(); k++) {
            v = v.plus(even.get(k).times(coefficients[2 * k]));
            u = u.plus(even.get(k).times(coefficients[2 * k + 1]));
        }
        Tensor odd = a.matmul(u);
        return Solutions.solve(v.minus(odd), v.plus(odd));
    }
}
