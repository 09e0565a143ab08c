package io.kiln.numpy;

import io.kiln.core.DType;
import io.kiln.core.IndexMode;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Order, search and counting: the fifth part of {@link Np}. Indices are i32. */
abstract sealed class Searching extends Statistics permits Products {
    Searching() {}

    /**
     * The elements below which the shares {@code q} (from 0 to 1, a scalar or a vector) of those along one axis lie. A
     * vector's axis comes first in the result. NaN where there is one.
     */
    public static Tensor quantile(Tensor x, Tensor q, int axis, QuantileMethod method) {
        int at = axis("quantile", axis, requireFloat("quantile", x));
        if (q.rank() > 1) {
            throw TraceErrors.operands("quantile", "the shares must be a scalar or a vector", List.of(q.aval()));
        }
        Tensor last = moveaxis(x, at, -1);
        Tensor sorted = last.sort(-1);
        int highest = last.dim(-1) - 1;
        Tensor place = q.convert(x.dtype()).times(highest);
        Tensor low = element(sorted, place.floor(), highest);
        Tensor high = element(sorted, place.ceil(), highest);
        Tensor share = place.minus(place.floor());
        Tensor result = switch (method) {
            case LINEAR -> low.times(share.negate().plus(1)).plus(high.times(share));
            case LOWER -> low;
            case HIGHER -> high;
            case MIDPOINT -> low.plus(high).times(0.5);
            case NEAREST -> Tensor.where(share.lessOrEqual(0.5), low, high);
        };
        Tensor missing = isNan(last).any(-1);
        Tensor marked =
                Tensor.where(q.rank() == 1 ? missing.expandDims(-1) : missing, Lax.like(result, Double.NaN), result);
        return q.rank() == 1 ? moveaxis(marked, -1, 0) : marked;
    }

    private static Tensor element(Tensor sorted, Tensor place, int highest) {
        return sorted.take(place.clamp(0, highest).toI32(), -1, IndexMode.CLIP);
    }

    /** {@link #quantile(Tensor, Tensor, int, QuantileMethod)} of one share, in proportion. */
    public static Tensor quantile(Tensor x, double q, int axis) {
        return quantile(x, Tensor.scalar(x.dtype(), q), axis, QuantileMethod.LINEAR);
    }

    /** The quantile of a share in percent. */
    public static Tensor percentile(Tensor x, double percent, int axis) {
        return quantile(x, percent / 100, axis);
    }

    /** The middle element along one axis, or the mean of the two middle ones. */
    public static Tensor median(Tensor x, int axis) {
        return quantile(x, 0.5, axis);
    }

    /** The order that sorts by the last key, then by the one before it, and so on: indices along the last axis. */
    public static Tensor lexsort(Tensor... keys) {
        List<Tensor> operands = new ArrayList<>(Arrays.asList(keys));
        Collections.reverse(operands);
        int rank = keys[0].rank();
        operands.add(index(rank - 1, dims(keys[0].shape())));
        return Lax.sort(operands, rank - 1, keys.length, true).getLast();
    }

    /**
     * Where each of {@code values} goes into the ascending vector {@code sorted}: before the elements that are equal to
     * it, or after them if {@code right}. NaN counts as largest.
     */
    public static Tensor searchsorted(Tensor sorted, Tensor values, boolean right) {
        if (sorted.rank() != 1) {
            throw TraceErrors.operands("searchsorted", "the sorted operand must be a vector", List.of(sorted.aval()));
        }
        int size = sorted.dim(0);
        Tensor low = Lax.full(values.aval().withDType(DType.I32), 0);
        if (size == 0) {
            return low;
        }
        Tensor high = Lax.like(low, size);
        for (int span = size; span > 0; span /= 2) {
            Tensor middle = low.plus(high).dividedBy(2);
            Tensor element = sorted.take(middle, 0, IndexMode.CLIP);
            Tensor before = right ? element.lessOrEqual(values) : element.lessThan(values);
            if (values.dtype().isFloat()) {
                Tensor last =
                        right ? isNan(values) : isNan(values).and(isNan(element).not());
                before = before.or(last);
            }
            before = before.and(low.lessThan(high));
            low = Tensor.where(before, middle.plus(1), low);
            high = Tensor.where(before, high, middle);
        }
        return low;
    }

    /** The bin of each element, counted from 1, among ascending or descending edges; a bin includes its left edge. */
    public static Tensor digitize(Tensor x, Tensor edges, boolean right) {
        int size = edges.dim(0);
        if (size == 0) {
            return Lax.full(x.aval().withDType(DType.I32), 0);
        }
        Tensor ascending = searchsorted(edges, x, !right);
        Tensor descending = searchsorted(edges.reverse(0), x, !right).negate().plus(size);
        return Tensor.where(edges.at(-1).greaterOrEqual(edges.at(0)), ascending, descending);
    }

    /** How many elements fall into each of {@code bins} equal bins from {@code low} to {@code high}, as x's floats. */
    public static Tensor histogram(Tensor x, int bins, double low, double high) {
        Tensor flat = ravel(requireFloat("histogram", x));
        Tensor edges = linspace(x.dtype(), low, high, bins + 1);
        // The last bin includes its right edge.
        Tensor bin = Tensor.where(flat.equalTo(edges.at(-1)), Tensor.scalar(bins), searchsorted(edges, flat, true));
        return Lax.like(flat, 1).segmentSum(bin.minus(1), bins);
    }

    /** How often each integer from 0 to {@code length - 1} occurs, as i32; negative ones count as 0. */
    public static Tensor bincount(Tensor x, int length) {
        Tensor ids = ravel(x);
        return Lax.full(ids.aval().withDType(DType.I32), 1).segmentSum(ids.maximum(0), length);
    }

    /** The sums of the weights of each integer from 0 to {@code length - 1}. */
    public static Tensor bincount(Tensor x, Tensor weights, int length) {
        return ravel(weights).segmentSum(ravel(x).maximum(0), length);
    }

    /** The line through the points (xp, fp), of ascending xp, at {@code x}; the first and last value outside. */
    public static Tensor interp(Tensor x, Tensor xp, Tensor fp) {
        int size = xp.dim(0);
        Tensor i = searchsorted(xp, x, true).clamp(1, Math.max(1, size - 1));
        Tensor left = xp.take(i.minus(1), 0, IndexMode.CLIP);
        Tensor start = fp.take(i.minus(1), 0, IndexMode.CLIP);
        Tensor rise = fp.take(i, 0, IndexMode.CLIP).minus(start);
        Tensor run = xp.take(i, 0, IndexMode.CLIP).minus(left);
        Tensor flat = run.abs()
                .lessOrEqual(
                        requireFloat("interp", x).dtype().epsilon() * xp.dtype().epsilon());
        Tensor slope = x.minus(left)
                .dividedBy(Tensor.where(flat, Lax.like(run, 1), run))
                .times(rise);
        Tensor inside = Tensor.where(flat, start, start.plus(slope));
        Tensor above = Tensor.where(x.greaterThan(xp.at(-1)), fp.at(-1), inside);
        return Tensor.where(x.lessThan(xp.at(0)), fp.at(0), above);
    }

    /** The row-major indices of the first {@code size} elements that are not zero; {@code fill} after the last. */
    public static Tensor flatnonzero(Tensor x, int size, int fill) {
        Tensor found = truth(ravel(x));
        int elements = found.dim(0);
        Tensor order = found.not().argsort(0).slice(0, 0, Math.min(size, elements));
        Tensor padded = Lax.pad(order, 0, List.of(0), List.of(Math.max(0, size - elements)), List.of(0));
        Tensor within = Tensor.iota(DType.I32, size).lessThan(countNonzero(found));
        return Tensor.where(within, padded, Tensor.scalar(fill));
    }

    /** The distinct elements in ascending order, cut off at {@code size} or filled up with the smallest. */
    public static Tensor unique(Tensor x, int size) {
        Tensor sorted = ravel(x).sort(0);
        int elements = sorted.dim(0);
        Tensor changes = elements < 2
                ? Tensor.zeros(DType.BOOL, 0)
                : sorted.slice(0, 1, elements).notEqualTo(sorted.slice(0, 0, elements - 1));
        Tensor first = Tensor.concatenate(0, Tensor.of(true).slice(0, 0, Math.min(1, elements)), changes);
        return sorted.take(flatnonzero(first, size, 0), 0, IndexMode.CLIP);
    }
}
