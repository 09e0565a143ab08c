package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The product of two arrays, summed over contracting dimensions, for each index of the batching dimensions. The result
 * has the batching dimensions, then the other ones of the left operand, then those of the right.
 */
public record DotGeneral(
        List<Integer> lhsContracting, List<Integer> rhsContracting, List<Integer> lhsBatch, List<Integer> rhsBatch)
        implements Primitive {
    /** Copies the lists. */
    public DotGeneral {
        lhsContracting = List.copyOf(lhsContracting);
        rhsContracting = List.copyOf(rhsContracting);
        lhsBatch = List.copyOf(lhsBatch);
        rhsBatch = List.copyOf(rhsBatch);
    }

    @Override
    public String mnemonic() {
        return "dot_general";
    }

    @Override
    public List<Param> params() {
        return List.of(
                new Param.Ints("lhs_contracting", lhsContracting),
                new Param.Ints("rhs_contracting", rhsContracting),
                new Param.Ints("lhs_batch", lhsBatch),
                new Param.Ints("rhs_batch", rhsBatch));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray a = ins.get(0);
        ShapedArray b = ins.get(1);
        if (a.dtype() != b.dtype()) {
            throw TraceErrors.dtypes(mnemonic(), a, b);
        }
        Unary.Domain.NUMERIC.check(this, a);
        boolean valid = Indices.areAxes(Indices.concat(lhsBatch, lhsContracting), a.rank())
                && Indices.areAxes(Indices.concat(rhsBatch, rhsContracting), b.rank())
                && lhsContracting.size() == rhsContracting.size()
                && lhsBatch.size() == rhsBatch.size();
        if (!valid
                || !Indices.at(a.shape(), lhsContracting).equals(Indices.at(b.shape(), rhsContracting))
                || !Indices.at(a.shape(), lhsBatch).equals(Indices.at(b.shape(), rhsBatch))) {
            String batches =
                    lhsBatch.isEmpty() ? "" : " and batching dimensions %s and %s".formatted(lhsBatch, rhsBatch);
            throw TraceErrors.operands(
                    mnemonic(),
                    "the contracting dimensions %s of the left and %s of the right operand%s must have equal sizes"
                            .formatted(lhsContracting, rhsContracting, batches),
                    ins);
        }
        List<Integer> shape = Indices.concat(
                Indices.at(a.shape(), lhsBatch),
                Indices.concat(Indices.at(a.shape(), lhsFree(a.rank())), Indices.at(b.shape(), rhsFree(b.rank()))));
        return List.of(a.withShape(shape));
    }

    private List<Integer> lhsFree(int rank) {
        return Indices.others(rank, Indices.concat(lhsBatch, lhsContracting));
    }

    private List<Integer> rhsFree(int rank) {
        return Indices.others(rank, Indices.concat(rhsBatch, rhsContracting));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String batches = lhsBatch.isEmpty() ? "" : "batching_dims = %s x %s, ".formatted(lhsBatch, rhsBatch);
        String attributes = ", %scontracting_dims = %s x %s".formatted(batches, lhsContracting, rhsContracting);
        return List.of(out.typed("stablehlo.dot_general", eqn, ins, attributes));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor da = tangents.get(0);
        Tensor db = tangents.get(1);
        Tensor left = da == null ? null : Trace.bind1(this, da, ins.get(1));
        Tensor right = db == null ? null : Trace.bind1(this, ins.get(0), db);
        return Collections.singletonList(Lax.addOrNull(left, right));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null);
        }
        int rankA = ins.get(0).rank();
        int rankB = ins.get(1).rank();
        int batches = lhsBatch.size();
        List<Integer> freeA = lhsFree(rankA);
        List<Integer> freeB = rhsFree(rankB);
        List<Integer> ctBatch = Indices.range(batches);
        List<Integer> ctA = Indices.range(batches, batches + freeA.size());
        List<Integer> ctB = Indices.range(batches + freeA.size(), ct.rank());
        // ct . b over b's free axes has [batch, a free, contracted in b's order]; the axes then go where a has them.
        Tensor gradA = Trace.bind1(new DotGeneral(ctB, freeB, ctBatch, rhsBatch), ct, ins.get(1));
        List<Integer> sortedB = rhsContracting.stream().sorted().toList();
        List<Integer> placeA = Indices.concat(
                Indices.concat(lhsBatch, freeA),
                sortedB.stream()
                        .map(d -> lhsContracting.get(rhsContracting.indexOf(d)))
                        .toList());
        Tensor gradB = Trace.bind1(new DotGeneral(ctA, freeA, ctBatch, lhsBatch), ct, ins.get(0));
        List<Integer> sortedA = lhsContracting.stream().sorted().toList();
        List<Integer> placeB = Indices.concat(
                Indices.concat(rhsBatch, freeB),
                sortedA.stream()
                        .map(d -> rhsContracting.get(lhsContracting.indexOf(d)))
                        .toList());
        return List.of(Lax.transpose(gradA, Indices.inverse(placeA)), Lax.transpose(gradB, Indices.inverse(placeB)));
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        Mapped a = ins.get(0);
        Mapped b = ins.get(1);
        int shiftA = a.mapped() ? 1 : 0;
        int shiftB = b.mapped() ? 1 : 0;
        List<Integer> batchA = Indices.shift(lhsBatch, shiftA);
        List<Integer> batchB = Indices.shift(rhsBatch, shiftB);
        boolean both = a.mapped() && b.mapped();
        DotGeneral dot = new DotGeneral(
                Indices.shift(lhsContracting, shiftA),
                Indices.shift(rhsContracting, shiftB),
                both ? Indices.prepend(0, batchA) : batchA,
                both ? Indices.prepend(0, batchB) : batchB);
        Tensor out = Trace.bind1(dot, a.value(), b.value());
        if (both) {
            return List.of(Mapped.yes(out));
        }
        // The mapped axis is the first free one of its operand: find it in the result and move it to the front.
        int at = a.mapped()
                ? lhsBatch.size()
                : out.rank() - (b.value().rank() - rhsBatch.size() - rhsContracting.size());
        return List.of(Mapped.yes(Lax.transpose(out, Indices.toFront(out.rank(), at))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray a = ins.get(0);
        HostArray b = ins.get(1);
        ShapedArray to = abstractEval(List.of(a.aval(), b.aval())).get(0);
        List<Integer> freeA = lhsFree(a.aval().rank());
        List<Integer> freeB = rhsFree(b.aval().rank());
        int[] stridesA = Indices.strides(a.aval().shape());
        int[] stridesB = Indices.strides(b.aval().shape());
        List<Integer> inner = Indices.at(a.aval().shape(), lhsContracting);
        int terms = inner.stream().reduce(1, (x, y) -> x * y);
        int[] innerA = new int[terms];
        int[] innerB = new int[terms];
        for (int k = 0; k < terms; k++) {
            int[] at = Indices.unflatten(k, inner);
            innerA[k] = offset(at, 0, lhsContracting, stridesA);
            innerB[k] = offset(at, 0, rhsContracting, stridesB);
        }
        int n = Math.toIntExact(to.elements());
        double[] floats = new double[n];
        long[] integers = new long[n];
        for (int i = 0; i < n; i++) {
            int[] at = Indices.unflatten(i, to.shape());
            int atA = offset(at, 0, lhsBatch, stridesA) + offset(at, lhsBatch.size(), freeA, stridesA);
            int atB = offset(at, 0, rhsBatch, stridesB) + offset(at, lhsBatch.size() + freeA.size(), freeB, stridesB);
            for (int k = 0; k < terms; k++) {
                if (to.dtype().isFloat()) {
                    floats[i] += a.doubleAt(atA + innerA[k]) * b.doubleAt(atB + innerB[k]);
                } else {
                    integers[i] += a.longAt(atA + innerA[k]) * b.longAt(atB + innerB[k]);
                }
            }
        }
        return List.of(
                to.dtype().isFloat()
                        ? HostArray.ofDoubles(to, i -> floats[i])
                        : HostArray.ofLongs(to, i -> integers[i]));
    }

    private static int offset(int[] at, int from, List<Integer> axes, int[] strides) {
        int sum = 0;
        for (int k = 0; k < axes.size(); k++) {
            sum += at[from + k] * strides[axes.get(k)];
        }
        return sum;
    }
}
