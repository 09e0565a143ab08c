package io.kiln.linalg;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Matrices;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import java.util.ArrayList;
import java.util.List;

/** LU with partial pivoting by rank-1 updates, one column at a time: a loop of min(m, n) steps. */
final class PivotedLu {
    private PivotedLu() {}

    static Linalg.LuFactors factor(Tensor a) {
        int m = a.dim(-2);
        int n = a.dim(-1);
        int k = Math.min(m, n);
        List<Integer> batch = new ArrayList<>(Matrix.batch(a.aval()));
        batch.add(m);
        Tensor rows = Lax.iota(new ShapedArray(DType.I32, batch), batch.size() - 1);
        Linalg.LuFactors start = new Linalg.LuFactors(a, rows.slice(-1, 0, k), rows);
        return k == 0 ? start : Control.fori(0, k, start, PivotedLu::step);
    }

    private static Linalg.LuFactors step(Tensor k, Linalg.LuFactors s) {
        Tensor a = s.lu();
        Tensor row = Matrices.index(a.dim(-2));
        Tensor column = Matrices.index(a.dim(-1));
        Tensor x = Matrix.column(a, k);
        Tensor size = x.abs();
        // A column of zeros has its pivot on the diagonal; a NaN is the largest of all.
        Tensor pivot =
                Tensor.where(row.greaterOrEqual(k), size, Lax.like(size, -1)).argmax(-1);
        Tensor top = Matrix.row(a, pivot);
        Tensor old = Matrix.row(a, k.plus(Matrices.zeros(pivot)));
        Tensor isTop = row.equalTo(k);
        Tensor isPivot = row.equalTo(pivot.expandDims(-1));
        Tensor swapped = Tensor.where(
                isTop.expandDims(-1), top.expandDims(-2), Tensor.where(isPivot.expandDims(-1), old.expandDims(-2), a));
        Tensor first = Matrix.pick(x, pivot);
        Tensor moved = Tensor.where(
                isTop,
                first.expandDims(-1),
                Tensor.where(isPivot, Matrix.pick(x, k).expandDims(-1), x));
        Tensor below = row.greaterThan(k);
        Tensor nonzero = first.notEqualTo(0).expandDims(-1);
        Tensor l = Tensor.where(
                below.and(nonzero),
                moved.dividedBy(Tensor.where(nonzero, first.expandDims(-1), Matrices.ones(first.expandDims(-1)))),
                moved);
        Tensor update = l.expandDims(-1).times(top.expandDims(-2));
        Tensor inside = below.expandDims(-1).and(column.greaterThan(k));
        Tensor lu =
                Tensor.where(inside, swapped.minus(update), Tensor.where(column.equalTo(k), l.expandDims(-1), swapped));
        Tensor order = s.permutation();
        Tensor permutation = Tensor.where(
                isTop,
                Matrix.pick(order, pivot).expandDims(-1),
                Tensor.where(isPivot, Matrix.pick(order, k).expandDims(-1), order));
        return new Linalg.LuFactors(lu, Matrix.with(s.pivots(), k, pivot), permutation);
    }
}
