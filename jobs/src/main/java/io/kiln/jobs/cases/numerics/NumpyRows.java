package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.numpy.Np;
import io.kiln.numpy.PadMode;
import io.kiln.numpy.QuantileMethod;
import java.util.List;
import java.util.Locale;

/** NumPy's conveniences. */
final class NumpyRows {
    /** The axis that a definition does not name. */
    private static final int FLAT = Integer.MIN_VALUE;

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
        rows.family((c, in) -> Np.vander(in.get(0), c.outputDims()[1]), "vander");
    }

    private static void shapes(Rows rows) {
        rows.family((c, in) -> Np.tile(in.get(0), c.call().integers("jnp.tile", 1, "reps")), "tile");
        rows.family(NumpyRows::pad, "pad_constant", "pad_edge", "pad_reflect", "pad_symmetric", "pad_wrap", "jnp_pad");
        rows.family(NumpyRows::repeat, "repeat");
        rows.family(NumpyRows::roll, "roll");
        rows.family((c, in) -> Np.rot90(in.get(0), c.call().integer("jnp.rot90", 1, "k", 1)), "rot90");
        rows.family((c, in) -> Np.triu(in.get(0), c.call().integer("jnp.triu", 1, "k", 0)), "triu");
        rows.family((c, in) -> Np.tril(in.get(0), c.call().integer("jnp.tril", 1, "k", 0)), "tril");
        rows.family((c, in) -> Np.diagonal(in.get(0), c.call().integer("jnp.diagonal", 1, "offset", 0)), "diagonal");
        rows.family((c, in) -> Np.diag(in.get(0), c.call().integer("jnp.diag", 1, "k", 0)), "diag");
        rows.family((c, in) -> Np.trace(in.get(0), c.call().integer("jnp.trace", 1, "offset", 0)), "trace");
        rows.family(
                (c, in) -> Np.swapaxes(in.get(0), (int) c.call().number("jnp.swapaxes", 1), (int)
                        c.call().number("jnp.swapaxes", 2)),
                "swapaxes");
        rows.family(
                (c, in) -> Np.moveaxis(in.get(0), (int) c.call().number("jnp.moveaxis", 1), (int)
                        c.call().number("jnp.moveaxis", 2)),
                "moveaxis");
        rows.familyOfMany(
                (c, in) -> {
                    int axis = c.call().integer("jnp.split", 2, "axis", 0);
                    int[] places = c.call().integers("jnp.split", 1, "indices_or_sections");
                    return c.call().has("[")
                            ? Np.splitAt(in.get(0), axis, places)
                            : Np.split(in.get(0), places[0], axis);
                },
                "split");
        rows.many(in -> Np.meshgridXy(in.get(0), in.get(1)), "meshgrid");
        rows.many(in -> Np.meshgrid(in.get(0), in.get(1)), "meshgrid_ij");
    }

    /** A jnp.pad of the first two axes' margins, as the definition writes them. */
    private static Tensor pad(NumericsCase c, List<Tensor> in) {
        int[] margins = c.call().integers("jnp.pad", 1, "pad_width");
        int[] before = {margins[0], margins[2]};
        int[] after = {margins[1], margins[3]};
        String mode = c.call().keyword("jnp.pad", "mode", "constant");
        return mode.equals("constant")
                ? Np.pad(in.get(0), c.call().integer("jnp.pad", 3, "constant_values", 0), before, after)
                : Np.pad(in.get(0), PadMode.valueOf(mode.toUpperCase(Locale.ROOT)), before, after);
    }

    private static Tensor repeat(NumericsCase c, List<Tensor> in) {
        int count = c.call().integer("jnp.repeat", 1, "repeats", 1);
        int axis = c.call().integer("jnp.repeat", 2, "axis", FLAT);
        return axis == FLAT ? Np.repeat(Np.ravel(in.get(0)), count, 0) : Np.repeat(in.get(0), count, axis);
    }

    private static Tensor roll(NumericsCase c, List<Tensor> in) {
        int shift = c.call().integer("jnp.roll", 1, "shift", 1);
        int axis = c.call().integer("jnp.roll", 2, "axis", FLAT);
        return axis == FLAT ? Np.roll(in.get(0), shift) : Np.roll(in.get(0), shift, axis);
    }

    private static void statistics(Rows rows) {
        rows.family((c, in) -> Np.var(in.get(0), c.axes()), "reduce_var");
        rows.family((c, in) -> Np.std(in.get(0), c.axes()), "reduce_std");
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
        rows.family(
                (c, in) -> Np.diff(
                        in.get(0),
                        c.call().integer("jnp.diff", 1, "n", 1),
                        c.call().integer("jnp.diff", 2, "axis", -1)),
                "diff",
                "diff2");
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
        rows.family(
                (c, in) -> Np.linspace(
                        in.get(0), in.get(1), c.outputDims()[0], !c.call().has("endpoint=False")),
                "linspace");
        rows.family((c, in) -> Np.logspace(in.get(0), in.get(1), c.outputDims()[0], 10), "logspace");
        rows.family((c, in) -> Np.geomspace(in.get(0), in.get(1), c.outputDims()[0]), "geomspace");
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
