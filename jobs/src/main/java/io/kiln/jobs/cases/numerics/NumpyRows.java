package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.numpy.Np;
import io.kiln.numpy.QuantileMethod;
import java.util.List;

/** NumPy's conveniences. */
final class NumpyRows {
    private NumpyRows() {}

    static void addTo(Rows rows) {
        einsum(rows);
        shapes(rows);
        statistics(rows);
        elements(rows);
        creation(rows);
        searching(rows);
    }

    private static void einsum(Rows rows) {
        rows.family(
                (c, in) ->
                        Np.einsum(c.call().arguments("jnp.einsum").get(0).replace("'", ""), in.toArray(Tensor[]::new)),
                "einsum");
        rows.binary((a, b) -> Np.tensordot(a, b, 2), "tensordot");
        rows.binary(Np::inner, "inner");
        rows.binary(Np::outer, "outer");
        rows.binary(Np::vdot, "vdot");
        rows.binary(Np::kron, "kron");
        rows.binary(Np::cross, "cross");
        rows.binary(Np::polyval, "polyval");
        rows.unary(x -> Np.vander(x, 4), "vander");
    }

    private static void shapes(Rows rows) {
        rows.unary(x -> Np.tile(x, 2, 3), "tile");
        rows.unary(x -> Np.repeat(x, 3, 1), "repeat");
        rows.unary(x -> Np.repeat(Np.ravel(x), 2, 0), "repeat_flat");
        rows.unary(x -> Np.roll(x, 2, 1), "roll");
        rows.unary(x -> Np.roll(x, -1, 0), "roll_negative");
        rows.unary(x -> Np.roll(x, 2), "roll_flat");
        rows.unary(x -> Np.rot90(x, 1), "rot90");
        rows.unary(x -> Np.triu(x, 1), "triu");
        rows.unary(x -> Np.tril(x, 0), "tril");
        rows.unary(x -> Np.tril(x, -1), "tril_minus1");
        rows.unary(x -> Np.triu(x, 0), "triu_batch");
        rows.unary(x -> Np.diagonal(x, 0), "diagonal");
        rows.unary(x -> Np.diagonal(x, 1), "diagonal_offset");
        rows.unary(x -> Np.diag(x, 0), "diag", "diag_extract");
        rows.unary(x -> Np.diag(x, 1), "diag_k1");
        rows.unary(x -> Np.trace(x, 0), "trace");
        rows.unary(x -> Np.swapaxes(x, 0, 2), "swapaxes");
        rows.unary(x -> Np.moveaxis(x, 0, -1), "moveaxis");
        rows.many(in -> Np.split(in.get(0), 3, 1), "split");
        rows.many(in -> Np.splitAt(in.get(0), 1, 1, 4), "split_at");
        rows.many(in -> Np.meshgridXy(in.get(0), in.get(1)), "meshgrid");
        rows.many(in -> Np.meshgrid(in.get(0), in.get(1)), "meshgrid_ij");
    }

    private static void statistics(Rows rows) {
        rows.family((c, in) -> Np.var(in.get(0), c.integers("axes")), "reduce_var");
        rows.family((c, in) -> Np.std(in.get(0), c.integers("axes")), "reduce_std");
        rows.unary(x -> Np.varDdof(x, 1, 1), "reduce_var_ddof1");
        rows.unary(x -> Np.stdDdof(x, 1, 1), "reduce_std_ddof1");
        rows.unary(x -> Np.nansum(x, 1), "reduce_nansum");
        rows.unary(x -> Np.nanmax(x, 1), "reduce_nanmax");
        rows.unary(x -> Np.nanmin(x, 1), "reduce_nanmin");
        rows.unary(x -> Np.nanmean(x, 1), "reduce_nanmean");
        rows.binary((x, w) -> Np.average(x, 1, w), "average_weighted");
        rows.unary(x -> Np.countNonzero(x, 1), "count_nonzero");
        rows.unary(x -> Np.ptp(x, 1), "ptp");
        rows.unary(Np::cov, "cov");
        rows.unary(Np::corrcoef, "corrcoef");
        rows.unary(x -> Np.diff(x, 1, 1), "diff");
        rows.unary(x -> Np.diff(x, 2, 1), "diff2");
        rows.unary(Np::ediff1d, "ediff1d");
        rows.binary((y, x) -> Np.trapezoid(y, x), "trapezoid");
        rows.unary(Np::unwrap, "unwrap");
    }

    private static void elements(Rows rows) {
        rows.unary(Np::nanToNum, "nan_to_num");
        rows.unary(Np::isPosInf, "isposinf");
        rows.unary(Np::isNegInf, "isneginf");
        rows.binary(Np::isClose, "isclose");
        rows.binary(Np::allClose, "allclose");
        rows.binary(Np::arrayEqual, "array_equal");
        rows.unary(Np::deg2rad, "deg2rad");
        rows.unary(Np::rad2deg, "rad2deg");
        rows.unary(Np::sinc, "sinc");
        rows.unary(Np::angle, "complex_angle");
        rows.binary(Np::ldexp, "ldexp");
        rows.binary(Np::logicalAnd, "logical_and");
        rows.binary(Np::logicalOr, "logical_or");
        rows.binary(Np::logicalXor, "logical_xor");
        rows.unary(Np::logicalNot, "logical_not");
        rows.unary(
                a -> Np.select(
                        List.of(a.greaterThan(1), a.greaterThan(0)),
                        List.of(a.times(2), a),
                        Tensor.scalar(a.dtype(), 0)),
                "select_cases");
        rows.one(in -> Np.choose(in.get(0), in.subList(1, 3)), "choose");
    }

    private static void creation(Rows rows) {
        rows.unary(a -> Np.arange(DType.I32, 2, 14, 3).plus(a), "arange_i32");
        rows.unary(a -> Np.arange(DType.F32, 0, 1, 0.25).plus(a), "arange_f32");
        rows.unary(a -> Np.eye(DType.F32, 3, 4, 0).times(a), "eye");
        rows.unary(a -> Tensor.full(a.aval(), 7), "full_like");
        rows.unary(a -> Np.identity(DType.F64, 3).plus(a), "identity");
        rows.binary((a, b) -> Np.linspace(a, b, 7, true), "linspace");
        rows.binary((a, b) -> Np.linspace(a, b, 7, false), "linspace_open");
        rows.binary((a, b) -> Np.logspace(a, b, 5, 10), "logspace");
        rows.binary((a, b) -> Np.geomspace(a, b, 5), "geomspace");
    }

    private static void searching(Rows rows) {
        rows.unary(x -> Np.quantile(x, Tensor.of(x.dtype(), 0.1, 0.5, 0.9), 0, QuantileMethod.LINEAR), "quantile");
        rows.unary(x -> Np.percentile(x, 30, 0), "percentile");
        rows.unary(x -> Np.median(x, 0), "median");
        rows.unary(x -> Np.median(x, 1), "median_even");
        rows.binary((a, b) -> Np.lexsort(a, b), "lexsort");
        rows.binary((a, b) -> Np.searchsorted(a, b, false), "searchsorted");
        rows.binary((a, b) -> Np.searchsorted(a, b, true), "searchsorted_right");
        rows.binary((a, b) -> Np.digitize(a, b, false), "digitize");
        rows.binary((a, b) -> Np.digitize(a, b, true), "digitize_right");
        rows.unary(x -> Np.histogram(x, 4, -2, 2), "histogram");
        rows.unary(x -> Np.bincount(x, 5), "bincount");
        rows.one(in -> Np.interp(in.get(0), in.get(1), in.get(2)), "interp");
    }
}
