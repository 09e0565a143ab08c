package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first operand with windows of updates, the third operand, combined into it at the vectors of an index array, the
 * second. A window that is not wholly inside is dropped. {@code sorted} promises that the vectors ascend, {@code unique}
 * that no two windows overlap.
 */
public record Scatter(Combine combine, SliceAddressing addressing, boolean sorted, boolean unique)
        implements Primitive {
    private static final List<String> NAMES = List.of(
            "update_window_dims",
            "inserted_window_dims",
            "input_batching_dims",
            "scatter_indices_batching_dims",
            "scatter_dims_to_operand_dims");

    /** What an element becomes with an update. */
    public enum Combine {
        /** The update; which one where there are several is not specified. */
        SET(null),
        /** The sum. */
        ADD(Binary.ADD),
        /** The product. */
        MUL(Binary.MUL),
        /** The smaller one. */
        MIN(Binary.MIN),
        /** The larger one. */
        MAX(Binary.MAX);

        private final @Nullable Binary binary;

        Combine(@Nullable Binary binary) {
            this.binary = binary;
        }

        String mnemonic() {
            return this == SET ? "scatter" : "scatter_" + name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String mnemonic() {
        return combine.mnemonic();
    }

    @Override
    public List<Param> params() {
        return Param.list(
                addressing.params(NAMES),
                Param.flag("indices_are_sorted", sorted),
                Param.flag("unique_indices", unique));
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        ShapedArray updates = ins.get(2);
        if (updates.dtype() != x.dtype()) {
            throw TraceErrors.dtypes(mnemonic(), x, updates);
        }
        if (combine.binary != null) {
            combine.binary.abstractEval(List.of(ShapedArray.of(x.dtype()), ShapedArray.of(x.dtype())));
        }
        addressing.check(mnemonic(), ins);
        boolean fits =
                updates.rank() == addressing.windowAxes().size() + ins.get(1).rank() - 1;
        List<Integer> sizes = fits ? sizes(x, updates) : List.of();
        fits = fits && addressing.windows(ins.get(1), sizes).equals(updates.shape());
        for (int i = 0; fits && i < x.rank(); i++) {
            fits = sizes.get(i) <= x.dim(i) || addressing.operandBatch().contains(i);
        }
        if (!fits) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "the updates must have a window for each vector of indices, with the window axes %s no larger than the"
                                    .formatted(addressing.windowAxes())
                            + " operand",
                    ins);
        }
        return List.of(x);
    }

    private List<Integer> sizes(ShapedArray x, ShapedArray updates) {
        return addressing.sliceSizes(x.rank(), updates.shape());
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String attributes = "indices_are_sorted = %s, scatter_dimension_numbers = %s, unique_indices = %s"
                .formatted(
                        sorted,
                        addressing.mlir("scatter", NAMES, eqn.inputs().get(1).rank()),
                        unique);
        ShapedArray scalar = ShapedArray.of(eqn.inputs().get(0).dtype());
        Program combiner = Replay.program(
                ab -> combine.binary == null ? List.of(ab.get(1)) : Trace.bind(combine.binary, ab),
                List.of(scalar, scalar));
        return out.withRegions("scatter", ins, eqn.inputs(), attributes, List.of(combiner), eqn.outputs());
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor x = ins.get(0);
        Tensor updates = ins.get(2);
        Tensor tx = tangents.get(0);
        Tensor tu = tangents.get(2);
        if (tx == null && tu == null) {
            return Collections.singletonList(null);
        }
        Tensor kept = tx == null ? Lax.like(x, 0) : tx;
        return List.of(
                switch (combine) {
                    case SET ->
                        unique
                                ? put(Combine.SET, kept, ins, tu == null ? Lax.like(updates, 0) : tu)
                                : added(
                                        put(Combine.SET, kept, ins, Lax.like(updates, 0)),
                                        ins,
                                        tu == null ? null : masked(won(ins), tu));
                    case ADD -> added(kept, ins, tu);
                    case MUL ->
                        added(put(Combine.MUL, kept, ins, updates), ins, tu == null ? null : Lax.mul(tu, others(ins)));
                    case MIN, MAX -> {
                        Shares shares = shares(ins, outs.get(0));
                        Tensor sum = added(
                                masked(shares.operand(), kept), ins, tu == null ? null : masked(shares.updates(), tu));
                        yield Lax.div(sum, shares.count());
                    }
                });
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Arrays.asList(null, null, null);
        }
        return switch (combine) {
            case SET -> {
                Tensor back = taken(ct, ins);
                Tensor kept = put(Combine.SET, ct, ins, Lax.like(ins.get(2), 0));
                yield Arrays.asList(kept, null, unique ? back : masked(won(ins), back));
            }
            case ADD -> Arrays.asList(ct, null, taken(ct, ins));
            case MUL ->
                Arrays.asList(put(Combine.MUL, ct, ins, ins.get(2)), null, Lax.mul(taken(ct, ins), others(ins)));
            case MIN, MAX -> {
                Shares shares = shares(ins, outs.get(0));
                Tensor each = Lax.div(ct, shares.count());
                yield Arrays.asList(masked(shares.operand(), each), null, masked(shares.updates(), taken(each, ins)));
            }
        };
    }

    /** A scatter into {@code x} at the same places. */
    private Tensor put(Combine how, Tensor x, List<Tensor> ins, Tensor updates) {
        return Trace.bind1(new Scatter(how, addressing, sorted, unique), x, ins.get(1), updates);
    }

    private Tensor added(Tensor x, List<Tensor> ins, @Nullable Tensor updates) {
        return updates == null ? x : put(Combine.ADD, x, ins, updates);
    }

    /** {@code t} where {@code mask} is true, else zero. */
    private static Tensor masked(Tensor mask, Tensor t) {
        return Lax.select(mask, t, Lax.like(t, 0));
    }

    /** The elements of {@code x} at the places of the updates; zero for updates that are dropped. */
    private Tensor taken(Tensor x, List<Tensor> ins) {
        List<Integer> windows = ins.get(2).shape();
        List<Integer> sizes = sizes(x.aval(), ins.get(2).aval());
        Tensor all = Trace.bind1(new Gather(addressing, sizes, sorted, true), x, ins.get(1));
        Tensor inside = addressing.inside(ins.get(1), x.aval(), sizes);
        return Lax.select(addressing.spread(inside, windows), all, Lax.like(all, 0));
    }

    /** Which updates are in the result: those whose number is there when the numbers are scattered in the same way. */
    private Tensor won(List<Tensor> ins) {
        ShapedArray updates = ins.get(2).aval();
        DType dtype = updates.elements() < Integer.MAX_VALUE ? DType.I32 : DType.I64;
        List<Integer> vectors = Indices.others(updates.rank(), addressing.windowAxes());
        List<Integer> shape = Indices.at(updates.shape(), vectors);
        int count = Math.toIntExact(new ShapedArray(dtype, shape).elements());
        Tensor flat = Lax.add(Lax.iota(ShapedArray.of(dtype, count), 0), Lax.full(ShapedArray.of(dtype, count), 1));
        Tensor numbers = addressing.spread(Lax.reshape(flat, shape), updates.shape());
        Tensor scattered = put(Combine.SET, Lax.full(ins.get(0).aval().withDType(dtype), 0), ins, numbers);
        return Lax.compare(Compare.EQ, numbers, taken(scattered, ins));
    }

    /** For each update the product of all other factors of its element. */
    private Tensor others(List<Tensor> ins) {
        Tensor x = ins.get(0);
        Tensor updates = ins.get(2);
        if (unique) {
            return taken(x, ins);
        }
        // Without zeros it is the quotient; with one zero, only that factor has others whose product is not zero.
        Tensor xZero = Lax.compare(Compare.EQ, x, Lax.like(x, 0));
        Tensor zero = Lax.compare(Compare.EQ, updates, Lax.like(updates, 0));
        Tensor zeros = taken(put(Combine.ADD, Lax.convert(xZero, x.dtype()), ins, Lax.convert(zero, x.dtype())), ins);
        Tensor ones = Lax.like(updates, 1);
        Tensor safe = Lax.select(zero, ones, updates);
        Tensor product = taken(put(Combine.MUL, Lax.select(xZero, Lax.like(x, 1), x), ins, safe), ins);
        Tensor left = Lax.sub(zeros, Lax.convert(zero, x.dtype()));
        return Lax.select(
                Lax.compare(Compare.EQ, left, Lax.like(left, 0)), Lax.div(product, safe), Lax.like(product, 0));
    }

    /** Who has the extreme value of each element, and how many; they share the derivative evenly, as in JAX. */
    private record Shares(Tensor operand, Tensor updates, Tensor count) {}

    private Shares shares(List<Tensor> ins, Tensor result) {
        Tensor operand = same(ins.get(0), result);
        Tensor updates = same(ins.get(2), taken(result, ins));
        DType dtype = result.dtype();
        return new Shares(
                operand, updates, put(Combine.ADD, Lax.convert(operand, dtype), ins, Lax.convert(updates, dtype)));
    }

    private static Tensor same(Tensor a, Tensor b) {
        Tensor nan = Trace.bind1(Binary.AND, Lax.compare(Compare.NE, a, a), Lax.compare(Compare.NE, b, b));
        return Trace.bind1(Binary.OR, Lax.compare(Compare.EQ, a, b), nan);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        boolean indices = ins.get(1).mapped();
        SliceAddressing all = indices ? addressing.mapBoth() : addressing.mapOperand();
        // Vectors that ascend in each element of the batch do not ascend over all of them.
        Scatter scatter = new Scatter(combine, all, sorted && !indices, unique);
        return List.of(Mapped.yes(Trace.bind1(
                scatter, ins.get(0).along(batch), ins.get(1).value(), ins.get(2).along(batch))));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        HostArray updates = ins.get(2);
        int[] to = addressing.addresses(ins.get(1), x.aval(), sizes(x.aval(), updates.aval()), false);
        if (combine.binary != null) {
            return List.of(combine.binary.fold(x, updates, to));
        }
        int[] from = new int[Math.toIntExact(x.aval().elements())];
        Arrays.fill(from, -1);
        for (int i = 0; i < to.length; i++) {
            if (to[i] >= 0) {
                from[to[i]] = i;
            }
        }
        return List.of(HostArray.pick(x.aval(), i -> from[i] < 0 ? x : updates, i -> from[i] < 0 ? i : from[i]));
    }
}
