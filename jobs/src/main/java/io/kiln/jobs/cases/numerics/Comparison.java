package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rule of the cases' README: {@code abs(got - want) <= atol + rtol * abs(want)}, equal as values where both
 * tolerances are 0; NaN equals NaN, and an infinity only itself.
 */
final class Comparison {
    private Comparison() {}

    /** What of the results is not as wanted, a text for each array; empty when nothing is. */
    static List<String> differences(List<HostArray> got, List<Expected> want, boolean columnsUpToSign) {
        if (got.size() != want.size()) {
            return List.of("%d results, want %d".formatted(got.size(), want.size()));
        }
        List<String> out = new ArrayList<>();
        for (int k = 0; k < want.size(); k++) {
            Expected e = want.get(k);
            if (!sameType(got.get(k).aval(), e.array().aval())) {
                out.add("%s is %s, want %s"
                        .formatted(e.key(), got.get(k).aval(), e.array().aval()));
            }
        }
        if (out.isEmpty()) {
            List<HostArray> turned = columnsUpToSign ? Columns.turned(got, want) : got;
            for (int k = 0; k < want.size(); k++) {
                difference(turned.get(k), want.get(k)).ifPresent(out::add);
            }
        }
        return out;
    }

    /** Indices compare by value: JAX's own index type is i64 where one is not asked for. */
    private static boolean sameType(ShapedArray got, ShapedArray want) {
        boolean indices = got.dtype() == DType.I32 && want.dtype() == DType.I64;
        return got.shape().equals(want.shape()) && (got.dtype() == want.dtype() || indices);
    }

    private static Optional<String> difference(HostArray got, Expected e) {
        int n = Math.toIntExact(e.array().aval().elements());
        int wrong = 0;
        int worst = -1;
        double most = -1;
        for (int i = 0; i < n; i++) {
            if (right(got, e.array(), e, i) || (e.alternative() != null && right(got, e.alternative(), e, i))) {
                continue;
            }
            wrong++;
            double excess = off(got, e.array(), i) - allowed(e, i);
            if (worst < 0 || excess > most) {
                most = excess;
                worst = i;
            }
        }
        return wrong == 0
                ? Optional.empty()
                : Optional.of("%s differs in %d of %d, most at %d: got %s, want %s, off by %.3g where %.3g is allowed"
                        .formatted(
                                e.key(),
                                wrong,
                                n,
                                worst,
                                text(got, worst),
                                text(e.array(), worst),
                                off(got, e.array(), worst),
                                allowed(e, worst)));
    }

    private static boolean right(HostArray got, HostArray want, Expected e, int i) {
        DType dtype = want.aval().dtype();
        if (dtype.isComplex()) {
            boolean parts = part(part(got, i, 0), part(want, i, 0), e) && part(part(got, i, 1), part(want, i, 1), e);
            return parts || off(got, want, i) <= e.atol() + e.rtol() * size(want, i);
        }
        return dtype.isFloat() ? part(got.doubleAt(i), want.doubleAt(i), e) : got.longAt(i) == want.longAt(i);
    }

    private static boolean part(double got, double want, Expected e) {
        if (Double.isNaN(want) || Double.isInfinite(want)) {
            return Double.compare(got, want) == 0;
        }
        if (want == 0 && got == 0) {
            return !e.signedZero() || Double.compare(got, want) == 0;
        }
        return Math.abs(got - want) <= e.atol() + e.rtol() * Math.abs(want);
    }

    private static double off(HostArray got, HostArray want, int i) {
        return Math.hypot(part(got, i, 0) - part(want, i, 0), part(got, i, 1) - part(want, i, 1));
    }

    private static double allowed(Expected e, int i) {
        return e.atol() + e.rtol() * size(e.array(), i);
    }

    private static double size(HostArray array, int i) {
        return Math.hypot(part(array, i, 0), part(array, i, 1));
    }

    /** The real part of element {@code i}, or with {@code which} 1 its imaginary part. */
    private static double part(HostArray array, int i, int which) {
        return array.aval().dtype().isComplex()
                ? array.parts().doubleAt(2 * i + which)
                : which == 0 ? array.doubleAt(i) : 0;
    }

    private static String text(HostArray array, int i) {
        DType dtype = array.aval().dtype();
        return dtype.isComplex()
                ? "(%s, %s)".formatted(part(array, i, 0), part(array, i, 1))
                : dtype.isFloat() ? Double.toString(array.doubleAt(i)) : Long.toString(array.longAt(i));
    }

    /** Factors of a matrix whose columns are free in sign. */
    private static final class Columns {
        /**
         * The factors with each column of the first matrix turned to the wanted one's side, and with it the row of the
         * matrices behind it: (Q, R), (w, V), (U, s, V^T).
         */
        static List<HostArray> turned(List<HostArray> got, List<Expected> want) {
            int first = 0;
            while (first < got.size() && got.get(first).aval().rank() < 2) {
                first++;
            }
            if (first == got.size()) {
                return got;
            }
            double[][] signs = signs(got.get(first), want.get(first).array());
            List<HostArray> out = new ArrayList<>();
            for (int k = 0; k < got.size(); k++) {
                HostArray each = got.get(k);
                out.add(each.aval().rank() < 2 ? each : times(each, signs, k == first));
            }
            return out;
        }

        private static double[][] signs(HostArray got, HostArray want) {
            int rows = fromEnd(got, 2);
            int columns = fromEnd(got, 1);
            int matrices = Math.toIntExact(got.aval().elements() / Math.max(1, rows * columns));
            double[][] signs = new double[matrices][columns];
            for (int m = 0; m < matrices; m++) {
                for (int j = 0; j < columns; j++) {
                    double product = 0;
                    for (int i = 0; i < rows; i++) {
                        int at = (m * rows + i) * columns + j;
                        product += got.doubleAt(at) * want.doubleAt(at);
                    }
                    signs[m][j] = product < 0 ? -1 : 1;
                }
            }
            return signs;
        }

        private static int fromEnd(HostArray x, int axis) {
            return x.aval().dim(x.aval().rank() - axis);
        }

        private static HostArray times(HostArray x, double[][] signs, boolean columns) {
            int width = fromEnd(x, 1);
            int height = fromEnd(x, 2);
            return HostArray.ofDoubles(x.aval(), at -> {
                double[] own = signs[at / (width * height)];
                int k = columns ? at % width : at / width % height;
                return k < own.length ? x.doubleAt(at) * own[k] : x.doubleAt(at);
            });
        }
    }
}
