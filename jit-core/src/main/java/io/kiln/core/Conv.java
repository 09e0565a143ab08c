package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The convolution (in the sense of neural networks: the kernel is not reversed) of the first operand with the second, the
 * kernel. With {@code featureGroups}, the features are convolved in groups of their own; with {@code batchGroups}, the
 * batch is, and the output features are those of the groups. The rules of derivatives and batches are those of XLA and
 * JAX: a transposed convolution, and batches as features or groups.
 *
 * @param preferred the dtype of the result and of the sums; {@code null} is that of the operands
 */
public record Conv(
        Window window,
        ConvDimensions dims,
        int featureGroups,
        int batchGroups,
        @Nullable DType preferred) implements Primitive {
    @Override
    public String mnemonic() {
        return "conv_general_dilated";
    }

    @Override
    public List<Param> params() {
        List<Param> all = new ArrayList<>(window.params());
        all.add(new Param.Ints("lhs_spec", dims.lhs()));
        all.add(new Param.Ints("rhs_spec", dims.rhs()));
        all.add(new Param.Ints("out_spec", dims.out()));
        all.add(new Param.Int("feature_group_count", featureGroups));
        all.add(new Param.Int("batch_group_count", batchGroups));
        if (preferred != null) {
            all.add(Param.dtype("preferred_element_type", preferred));
        }
        return all;
    }

    private static List<Integer> space(List<Integer> shape, List<Integer> axes) {
        return Indices.at(shape, ConvDimensions.space(axes));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        ShapedArray kernel = ins.get(1);
        if (x.dtype() != kernel.dtype()) {
            throw TraceErrors.dtypes(mnemonic(), x, kernel);
        }
        Unary.Domain.NUMERIC.check(this, x);
        if (x.rank() != kernel.rank() || !dims.fits(x.rank()) || !window.fits(x.rank() - 2)) {
            throw TraceErrors.operands(
                    mnemonic(), "the operands, %s and %s must have one rank".formatted(dims, window), ins);
        }
        DType result = preferred == null ? x.dtype() : preferred;
        if (result.kind() != x.dtype().kind()) {
            throw TraceErrors.operands(
                    mnemonic(), "the preferred dtype %s must be of the operands' kind".formatted(preferred), ins);
        }
        int batch = x.dim(dims.lhs().get(0));
        int features = x.dim(dims.lhs().get(1));
        int outputs = kernel.dim(dims.rhs().get(0));
        int inputs = kernel.dim(dims.rhs().get(1));
        if (featureGroups < 1 || batchGroups < 1 || (featureGroups > 1 && batchGroups > 1)) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "there must be 1 or more groups, of features or of the batch but not both, not %d and %d"
                            .formatted(featureGroups, batchGroups),
                    ins);
        }
        if (features != inputs * featureGroups
                || outputs % featureGroups != 0
                || batch % batchGroups != 0
                || outputs % batchGroups != 0) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "the %d features must be the %d input features of the kernel times %d groups, and the %d output features and the"
                                    .formatted(features, inputs, featureGroups, outputs)
                            + " batch of %d be divisible by the groups".formatted(batch),
                    ins);
        }
        List<Integer> places = window.places(space(x.shape(), dims.lhs()), space(kernel.shape(), dims.rhs()));
        if (places.contains(-1)) {
            throw TraceErrors.operands(mnemonic(), "the padding must not cut off more than there is", ins);
        }
        List<Integer> canonical = Indices.concat(List.of(batch / batchGroups, outputs), places);
        return List.of(new ShapedArray(result, Indices.at(canonical, Indices.inverse(dims.out()))));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        if (eqn.inputs().get(0).dtype().isComplex()) {
            // The CPU plugin has no fast convolution of complex numbers: four of real ones.
            return out.body(Replay.program(xy -> List.of(byParts(xy.get(0), xy.get(1))), eqn.inputs()), ins);
        }
        List<List<Integer>> pad = new ArrayList<>();
        for (int i = 0; i < window.low().size(); i++) {
            pad.add(List.of(window.low().get(i), window.high().get(i)));
        }
        String moves = "stride = %s, pad = %s, lhs_dilate = %s, rhs_dilate = %s"
                .formatted(window.strides(), pad, window.baseDilation(), window.windowDilation());
        return List.of(out.op(
                "stablehlo.convolution(%s) dim_numbers = %s, window = {%s} {batch_group_count = %d : i64, feature_group_count = %d : i64}"
                        .formatted(
                                String.join(", ", ins),
                                dims.mlir(),
                                pad.isEmpty() ? "" : moves,
                                batchGroups,
                                featureGroups),
                eqn));
    }

    private Tensor byParts(Tensor x, Tensor kernel) {
        Conv real = with(window, dims, featureGroups, batchGroups, preferred == null ? null : preferred.real());
        Tensor re = Lax.sub(Trace.bind1(real, x.real(), kernel.real()), Trace.bind1(real, x.imag(), kernel.imag()));
        Tensor im = Lax.add(Trace.bind1(real, x.real(), kernel.imag()), Trace.bind1(real, x.imag(), kernel.real()));
        return Lax.complex(re, im);
    }

    private static Conv with(
            Window window, ConvDimensions dims, int featureGroups, int batchGroups, @Nullable DType preferred) {
        return new Conv(window, dims, featureGroups, batchGroups, preferred);
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor dx = tangents.get(0);
        Tensor dk = tangents.get(1);
        Tensor left = dx == null ? null : Trace.bind1(this, dx, ins.get(1));
        Tensor right = dk == null ? null : Trace.bind1(this, ins.get(0), dk);
        return Collections.singletonList(Lax.addOrNull(left, right));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null || ct.aval().elements() == 0) {
            return Arrays.asList(null, null);
        }
        return List.of(backToArray(ct, ins.get(0), ins.get(1)), backToKernel(ct, ins.get(0), ins.get(1)));
    }

    /** The cotangent convolved with the reversed kernel, whose input and output features are exchanged. */
    private Tensor backToArray(Tensor ct, Tensor x, Tensor kernel) {
        Window back = window.backToArray(
                space(x.shape(), dims.lhs()), space(kernel.shape(), dims.rhs()), space(ct.shape(), dims.out()));
        int groups = Math.max(featureGroups, batchGroups);
        int outputs = dims.rhs().get(0);
        Tensor grouped = groups == 1
                ? kernel
                : mergeAxis(
                        splitAxis(kernel, outputs, groups), outputs, dims.rhs().get(1));
        Tensor reversed = Lax.reverse(grouped, ConvDimensions.space(dims.rhs()));
        ConvDimensions exchanged =
                new ConvDimensions(/* lhs= */ dims.out(), ConvDimensions.exchanged(dims.rhs()), /* out= */ dims.lhs());
        Tensor found = Trace.bind1(with(back, exchanged, groups, 1, preferred), ct, Lax.convert(reversed, ct.dtype()));
        Tensor typed = Lax.convert(found, x.dtype());
        return batchGroups == 1
                ? typed
                : mergeAxis(
                        splitAxis(typed, dims.lhs().get(1), batchGroups),
                        dims.lhs().get(1),
                        dims.lhs().get(0));
    }

    /** The array convolved with the cotangent as kernel: features are the batch, and groups of one are those of the other. */
    private Tensor backToKernel(Tensor ct, Tensor x, Tensor kernel) {
        Window back = window.backToKernel(
                space(x.shape(), dims.lhs()), space(kernel.shape(), dims.rhs()), space(ct.shape(), dims.out()));
        ConvDimensions exchanged = new ConvDimensions(
                ConvDimensions.exchanged(dims.lhs()),
                ConvDimensions.exchanged(dims.out()),
                ConvDimensions.exchanged(dims.rhs()));
        Conv conv =
                with(back, exchanged, /* featureGroups= */ batchGroups, /* batchGroups= */ featureGroups, preferred);
        return Lax.convert(Trace.bind1(conv, Lax.convert(x, ct.dtype()), ct), kernel.dtype());
    }

    /** Axis {@code axis} as two, the first of {@code size}. */
    private static Tensor splitAxis(Tensor x, int axis, int size) {
        List<Integer> shape = new ArrayList<>(x.shape());
        shape.set(axis, shape.get(axis) / size);
        shape.add(axis, size);
        return Lax.reshape(x, shape);
    }

    /** Axis {@code from} as the outer part of axis {@code into}, counted without it. */
    private static Tensor mergeAxis(Tensor x, int from, int into) {
        List<Integer> permutation = new ArrayList<>(Indices.others(x.rank(), List.of(from)));
        List<Integer> shape = new ArrayList<>(Indices.at(x.shape(), permutation));
        shape.set(into, shape.get(into) * x.dim(from));
        permutation.add(into, from);
        return Lax.reshape(Lax.transpose(x, permutation), shape);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        int size = batch.size();
        if (size == 0) {
            ShapedArray row =
                    abstractEval(List.of(ins.get(0).row(), ins.get(1).row())).get(0);
            return List.of(Mapped.yes(Lax.full(row.withShape(Indices.prepend(0, row.shape())), 0)));
        }
        Tensor x = ins.get(0).value();
        Tensor kernel = ins.get(1).value();
        int groups = Math.max(featureGroups, batchGroups);
        int outBatch = dims.out().get(0);
        int outFeature = dims.out().get(1);
        if (ins.get(0).mapped() && ins.get(1).mapped()) {
            boolean byBatch = batchGroups > 1;
            Conv conv =
                    with(window, dims, byBatch ? 1 : featureGroups * size, byBatch ? batchGroups * size : 1, preferred);
            Tensor all = Trace.bind1(
                    conv,
                    mergeAxis(x, 0, dims.lhs().get(byBatch ? 0 : 1)),
                    mergeAxis(kernel, 0, dims.rhs().get(0)));
            return rows(splitAxis(all, outFeature, size), outFeature);
        }
        if (ins.get(0).mapped()) {
            int axis = dims.lhs().get(0);
            Tensor merged = batchGroups == 1 ? mergeAxis(x, 0, axis) : mergeInsideGroups(x, axis);
            return rows(splitAxis(Trace.bind1(this, merged, kernel), outBatch, size), outBatch);
        }
        int axis = dims.rhs().get(0);
        if (groups == 1) {
            Tensor all = Trace.bind1(this, x, mergeAxis(kernel, 0, axis));
            return rows(splitAxis(all, outFeature, size), outFeature);
        }
        Tensor all = Trace.bind1(this, x, mergeInsideGroups(kernel, axis));
        Tensor parts = splitAxis(splitAxis(all, outFeature, groups), outFeature + 1, size);
        return rows(mergeAxis(parts, outFeature, outFeature + 1), outFeature);
    }

    /** The leading axis as part of axis {@code axis} (counted without it), inside of its groups, which stay outermost. */
    private Tensor mergeInsideGroups(Tensor x, int axis) {
        Tensor parts = splitAxis(x, axis + 1, Math.max(featureGroups, batchGroups));
        return mergeAxis(mergeAxis(parts, 0, axis + 1), axis, axis);
    }

    private static List<Mapped> rows(Tensor x, int axis) {
        return List.of(Mapped.yes(Lax.transpose(x, Indices.toFront(x.rank(), axis))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        HostArray kernel = ins.get(1);
        ShapedArray to = abstractEval(List.of(x.aval(), kernel.aval())).get(0);
        return List.of(
                switch (to.dtype().kind()) {
                    case FLOAT ->
                        HostArray.ofDoubles(to, i -> {
                            double sum = 0;
                            for (int[] term : terms(i, to, x.aval(), kernel.aval())) {
                                sum += x.doubleAt(term[0]) * kernel.doubleAt(term[1]);
                            }
                            return sum;
                        });
                    case COMPLEX ->
                        HostArray.ofComplex(to, i -> {
                            Complex sum = Complex.ZERO;
                            for (int[] term : terms(i, to, x.aval(), kernel.aval())) {
                                sum = sum.add(x.complexAt(term[0]).multiply(kernel.complexAt(term[1])));
                            }
                            return sum;
                        });
                    case BOOL, SIGNED, UNSIGNED ->
                        HostArray.ofLongs(to, i -> {
                            long sum = 0;
                            for (int[] term : terms(i, to, x.aval(), kernel.aval())) {
                                sum += x.longAt(term[0]) * kernel.longAt(term[1]);
                            }
                            return sum;
                        });
                });
    }

    /** The pairs of elements whose products make element {@code i} of the result. */
    private List<int[]> terms(int i, ShapedArray to, ShapedArray x, ShapedArray kernel) {
        List<Integer> at =
                Arrays.stream(Indices.unflatten(i, to.shape())).boxed().toList();
        List<Integer> place = Indices.at(at, dims.out());
        List<Integer> sizes = Indices.at(kernel.shape(), dims.rhs());
        int[] xSteps = Indices.strides(x.shape());
        int[] kernelSteps = Indices.strides(kernel.shape());
        int output = place.get(1);
        int group = output / (sizes.get(0) / Math.max(featureGroups, batchGroups));
        int batch = place.get(0) + (batchGroups > 1 ? group * to.dim(dims.out().get(0)) : 0);
        int feature = featureGroups > 1 ? group * sizes.get(1) : 0;
        List<Integer> inner = sizes.subList(1, sizes.size());
        int n = inner.stream().reduce(1, (a, b) -> a * b);
        List<int[]> found = new ArrayList<>();
        for (int k = 0; k < n; k++) {
            int[] in = Indices.unflatten(k, inner);
            int from = batch * xSteps[dims.lhs().get(0)]
                    + (feature + in[0]) * xSteps[dims.lhs().get(1)];
            int weight = output * kernelSteps[dims.rhs().get(0)]
                    + in[0] * kernelSteps[dims.rhs().get(1)];
            boolean inside = true;
            for (int s = 0; s < in.length - 1; s++) {
                int axis = dims.lhs().get(s + 2);
                int under = window.under(s, place.get(s + 2), in[s + 1], x.dim(axis));
                inside &= under >= 0;
                from += under * xSteps[axis];
                weight += in[s + 1] * kernelSteps[dims.rhs().get(s + 2)];
            }
            if (inside) {
                found.add(new int[] {from, weight});
            }
        }
        return found;
    }
}
