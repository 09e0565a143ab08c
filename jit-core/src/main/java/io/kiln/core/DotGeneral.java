package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The product of two arrays, summed over contracting dimensions, for each index of the batching dimensions. The result
 * has the batching dimensions, then the other ones of the left operand, then those of the right.
 *
 * @param preferred the dtype that is summed in and of the result; {@code null}: that of the operands
 */
public record DotGeneral(
        List<Integer> lhsContracting,
        List<Integer> rhsContracting,
        List<Integer> lhsBatch,
        List<Integer> rhsBatch,
        @Nullable DType preferred)
        implements Primitive {
    /** The product in the dtype of its operands. */
    public DotGeneral(
            List<Integer> lhsContracting,
            List<Integer> rhsContracting,
            List<Integer> lhsBatch,
            List<Integer> rhsBatch) {
        this(lhsContracting, rhsContracting, lhsBatch, rhsBatch, null);
    }

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
        List<Param> params = new ArrayList<>(List.of(
                new Param.Ints("lhs_contracting", lhsContracting),
                new Param.Ints("rhs_contracting", rhsContracting),
                new Param.Ints("lhs_batch", lhsBatch),
                new Param.Ints("rhs_batch", rhsBatch)));
        if (preferred != null) {
            params.add(Param.dtype("preferred_element_type", preferred));
        }
        return params;
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
        DType result = preferred == null ? a.dtype() : preferred;
        if (result.kind() != a.dtype().kind()) {
            throw TraceErrors.operands(
                    mnemonic(), "the preferred dtype %s must be of the operands' kind".formatted(preferred), ins);
        }
        return List.of(new ShapedArray(result, shape));
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
        Tensor gradA = product(new DotGeneral(ctB, freeB, ctBatch, rhsBatch), ct, ins.get(1), ins.get(0));
        List<Integer> sortedB = rhsContracting.stream().sorted().toList();
        List<Integer> placeA = Indices.concat(
                Indices.concat(lhsBatch, freeA),
                sortedB.stream()
                        .map(d -> lhsContracting.get(rhsContracting.indexOf(d)))
                        .toList());
        Tensor gradB = product(new DotGeneral(ctA, freeA, ctBatch, lhsBatch), ct, ins.get(0), ins.get(1));
        List<Integer> sortedA = lhsContracting.stream().sorted().toList();
        List<Integer> placeB = Indices.concat(
                Indices.concat(rhsBatch, freeB),
                sortedA.stream()
                        .map(d -> rhsContracting.get(lhsContracting.indexOf(d)))
                        .toList());
        return List.of(Lax.transpose(gradA, Indices.inverse(placeA)), Lax.transpose(gradB, Indices.inverse(placeB)));
    }

    /** The product of a cotangent and an operand, in the cotangent's dtype, as the dtype of the other operand. */
    private static Tensor product(DotGeneral dot, Tensor ct, Tensor operand, Tensor other) {
        return Lax.convert(Trace.bind1(dot, ct, Lax.convert(operand, ct.dtype())), other.dtype());
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
                both ? Indices.prepend(0, batchB) : batchB,
                preferred);
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
        int[] atA = new int[n];
        int[] atB = new int[n];
        for (int i = 0; i < n; i++) {
            int[] at = Indices.unflatten(i, to.shape());
            atA[i] = offset(at, 0, lhsBatch, stridesA) + offset(at, lhsBatch.size(), freeA, stridesA);
            atB[i] = offset(at, 0, rhsBatch, stridesB) + offset(at, lhsBatch.size() + freeA.size(), freeB, stridesB);
        }
        return List.of(
                switch (to.dtype().kind()) {
                    case FLOAT ->
                        HostArray.ofDoubles(to, i -> {
                            double sum = 0;
                            for (int k = 0; k < terms; k++) {
                                sum += a.doubleAt(atA[i] + innerA[k]) * b.doubleAt(atB[i] + innerB[k]);
                            }
                            return sum;
                        });
                    case COMPLEX ->
                        HostArray.ofComplex(to, i -> {
                            Complex sum = Complex.ZERO;
                            for (int k = 0; k < terms; k++) {
                                sum = sum.add(
                                        a.complexAt(atA[i] + innerA[k]).multiply(b.complexAt(atB[i] + innerB[k])));
                            }
                            return sum;
                        });
                    case BOOL, SIGNED, UNSIGNED ->
                        HostArray.ofLongs(to, i -> {
                            long sum = 0;
                            for (int k = 0; k < terms; k++) {
                                sum += a.longAt(atA[i] + innerA[k]) * b.longAt(atB[i] + innerB[k]);
                            }
                            return sum;
                        });
                });
    }

    private static int offset(int[] at, int from, List<Integer> axes, int[] strides) {
        int sum = 0;
        for (int k = 0; k < axes.size(); k++) {
            sum += at[from + k] * strides[axes.get(k)];
        }
        return sum;
    }
}
