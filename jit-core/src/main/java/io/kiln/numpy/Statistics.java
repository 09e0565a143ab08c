package io.kiln.numpy;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Statistics and differences: the fourth part of {@link Np}. No axes mean all of them. */
abstract sealed class Statistics extends Elements permits Searching {
    Statistics() {}

    /** {@code reduced} with axes of size 1 where {@code axes} of {@code x} were, so that it broadcasts against x. */
    public static Tensor keepDims(Tensor reduced, Tensor x, int... axes) {
        List<Integer> over = over("keepDims", axes, x);
        List<Integer> shape = new ArrayList<>(x.shape());
        over.forEach(axis -> shape.set(axis, 1));
        return reduced.reshape(dims(shape));
    }

    private static List<Integer> over(String operation, int[] axes, Tensor x) {
        return axes.length == 0 ? range(0, x.rank()) : axes(operation, axes, x);
    }

    private static double count(Tensor x, int... axes) {
        double count = 1;
        for (int axis : over("count", axes, x)) {
            count *= x.dim(axis);
        }
        return count;
    }

    /** The mean squared distance from the mean. */
    public static Tensor var(Tensor x, int... axes) {
        return varDdof(x, 0, axes);
    }

    /** The sum of squared distances from the mean by the number of elements less {@code ddof}; NaN where that is not positive. */
    public static Tensor varDdof(Tensor x, int ddof, int... axes) {
        if (!x.dtype().isInexact()) {
            throw TraceErrors.dtype("var", "a float or complex", x.aval());
        }
        // 16-bit floats are rounded once, at the end.
        Tensor wide = x.dtype().bits() == 16 ? x.toF32() : x;
        Tensor centered = wide.minus(keepDims(wide.mean(axes), wide, axes));
        Tensor squares = x.dtype().isComplex()
                ? centered.real().square().plus(centered.imag().square())
                : centered.square();
        double divisor = count(x, axes) - ddof;
        return squares.sum(axes)
                .dividedBy(divisor > 0 ? divisor : Double.NaN)
                .convert(x.dtype().real());
    }

    /** The square root of {@link #var}. */
    public static Tensor std(Tensor x, int... axes) {
        return var(x, axes).sqrt();
    }

    /** The square root of {@link #varDdof}. */
    public static Tensor stdDdof(Tensor x, int ddof, int... axes) {
        return varDdof(x, ddof, axes).sqrt();
    }

    /** The largest less the smallest. */
    public static Tensor ptp(Tensor x, int... axes) {
        return x.max(axes).minus(x.min(axes));
    }

    /** How many are not zero, as i32. */
    public static Tensor countNonzero(Tensor x, int... axes) {
        return truth(x).toI32().sum(axes);
    }

    /** The mean along one axis, weighted by a vector or by an array of the same shape. */
    public static Tensor average(Tensor x, int axis, Tensor weights) {
        int at = axis("average", axis, x);
        int[] column = new int[x.rank()];
        Arrays.fill(column, 1);
        column[at] = x.dim(at);
        Tensor w = (weights.rank() == 1 ? weights.reshape(column) : weights).broadcastTo(dims(x.shape()));
        return x.times(w).sum(at).dividedBy(w.sum(at));
    }

    private static Tensor without(String operation, Tensor x, double neutral) {
        return Tensor.where(isNan(requireFloat(operation, x)), Lax.like(x, neutral), x);
    }

    /** The sum, NaN as 0. */
    public static Tensor nansum(Tensor x, int... axes) {
        return without("nansum", x, 0).sum(axes);
    }

    /** The product, NaN as 1. */
    public static Tensor nanprod(Tensor x, int... axes) {
        return without("nanprod", x, 1).prod(axes);
    }

    /** The largest that is not NaN; NaN where there is none. */
    public static Tensor nanmax(Tensor x, int... axes) {
        Tensor most = without("nanmax", x, Double.NEGATIVE_INFINITY).max(axes);
        return Tensor.where(isNan(x).all(axes), Lax.like(most, Double.NaN), most);
    }

    /** The smallest that is not NaN; NaN where there is none. */
    public static Tensor nanmin(Tensor x, int... axes) {
        Tensor least = without("nanmin", x, Double.POSITIVE_INFINITY).min(axes);
        return Tensor.where(isNan(x).all(axes), Lax.like(least, Double.NaN), least);
    }

    /** The mean of those that are not NaN. */
    public static Tensor nanmean(Tensor x, int... axes) {
        Tensor wide = x.dtype().bits() == 16 ? x.toF32() : x;
        Tensor count = isNan(x).not().convert(wide.dtype()).sum(axes);
        return nansum(wide, axes).dividedBy(count).convert(x.dtype());
    }

    /** The variance of those that are not NaN. */
    public static Tensor nanvar(Tensor x, int... axes) {
        Tensor wide = x.dtype().bits() == 16 ? x.toF32() : x;
        Tensor nan = isNan(wide);
        Tensor centered = wide.minus(keepDims(nanmean(wide, axes), wide, axes));
        // What is infinite has a distance that is NaN, which counts; and the derivative of what is NaN must be 0.
        Tensor squares = Tensor.where(nan, Lax.like(wide, 0), centered).square();
        Tensor count = nan.not().convert(wide.dtype()).sum(axes);
        return squares.sum(axes).dividedBy(count).convert(x.dtype());
    }

    /** The standard deviation of those that are not NaN. */
    public static Tensor nanstd(Tensor x, int... axes) {
        return nanvar(x, axes).sqrt();
    }

    /** The covariances of variables, one a row, of observations, one a column, by their number less 1. */
    public static Tensor cov(Tensor x) {
        Tensor rows = atLeast2d(x);
        Tensor centered = rows.minus(rows.mean(1).expandDims(1));
        Tensor products = centered.dot(centered.conj().transpose());
        Tensor c = products.dividedBy(Math.max(0, rows.dim(1) - 1));
        return x.rank() < 2 ? c.reshape() : c;
    }

    /** The correlations of variables, one a row, of observations, one a column. */
    public static Tensor corrcoef(Tensor x) {
        Tensor c = cov(x);
        if (c.rank() == 0) {
            return c.dividedBy(c);
        }
        Tensor deviations = diagonal(c, 0).real().sqrt().convert(c.dtype());
        Tensor r = c.dividedBy(deviations.expandDims(1)).dividedBy(deviations);
        return r.dtype().isComplex() ? r : r.clamp(-1, 1);
    }

    /** The differences of neighbours along one axis, {@code times} over. */
    public static Tensor diff(Tensor x, int times, int axis) {
        int at = axis("diff", axis, x);
        Tensor result = x;
        for (int i = 0; i < times && result.dim(at) > 0; i++) {
            int size = result.dim(at);
            Tensor later = result.slice(at, 1, size);
            Tensor earlier = result.slice(at, 0, size - 1);
            result = x.dtype() == DType.BOOL ? later.notEqualTo(earlier) : later.minus(earlier);
        }
        return result;
    }

    /** The differences of neighbours along the last axis. */
    public static Tensor diff(Tensor x) {
        return diff(x, 1, -1);
    }

    /** The differences of neighbours of all elements in one axis. */
    public static Tensor ediff1d(Tensor x) {
        return diff(ravel(x));
    }

    /** The slope at each element along one axis, of distance 1: central inside, one-sided at the ends. */
    public static Tensor gradient(Tensor x, int axis) {
        int at = axis("gradient", axis, requireFloat("gradient", x));
        int size = x.dim(at);
        if (size < 2) {
            throw TraceErrors.operands("gradient", "axis %d must have two elements".formatted(at), List.of(x.aval()));
        }
        Tensor inner = x.slice(at, 2, size).minus(x.slice(at, 0, size - 2)).times(0.5);
        Tensor first = x.slice(at, 1, 2).minus(x.slice(at, 0, 1));
        Tensor last = x.slice(at, size - 1, size).minus(x.slice(at, size - 2, size - 1));
        return Tensor.concatenate(at, first, inner, last);
    }

    /** The integral of y over x along the last axis by trapezoids. */
    public static Tensor trapezoid(Tensor y, Tensor x) {
        int size = y.dim(-1);
        Tensor heights = y.slice(-1, 1, size).plus(y.slice(-1, 0, size - 1));
        return heights.times(diff(x)).sum(-1).times(0.5);
    }

    /** The integral of y along the last axis by trapezoids of width {@code dx}. */
    public static Tensor trapezoid(Tensor y, double dx) {
        int size = y.dim(-1);
        return y.slice(-1, 1, size).plus(y.slice(-1, 0, size - 1)).sum(-1).times(0.5 * dx);
    }

    /** Angles along the last axis with jumps of more than pi replaced by their complement to 2 pi. */
    public static Tensor unwrap(Tensor x) {
        Tensor steps = diff(requireFloat("unwrap", x));
        double period = 2 * Math.PI;
        Tensor moved = steps.plus(Math.PI);
        Tensor folded =
                moved.minus(moved.dividedBy(period).floor().times(period)).minus(Math.PI);
        // Half a turn keeps its sign.
        Tensor half = folded.equalTo(-Math.PI).and(steps.greaterThan(0));
        Tensor wrapped = Tensor.where(half, Lax.like(folded, Math.PI), folded);
        Tensor correction = Tensor.where(steps.abs().lessThan(Math.PI), Lax.like(steps, 0), wrapped.minus(steps));
        Tensor first = x.slice(-1, 0, Math.min(1, x.dim(-1)));
        Tensor rest = x.slice(-1, Math.min(1, x.dim(-1)), x.dim(-1)).plus(correction.cumsum(-1));
        return Tensor.concatenate(-1, first, rest);
    }
}
