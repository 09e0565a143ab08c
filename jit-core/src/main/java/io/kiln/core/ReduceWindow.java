package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The elements under each place of a moving window combined; what is around and between them is neutral. */
public record ReduceWindow(Reduction reduction, List<Integer> sizes, Window window) implements Primitive {
    /** Copies the list. */
    public ReduceWindow {
        sizes = List.copyOf(sizes);
    }

    @Override
    public String mnemonic() {
        return reduction.windowMnemonic();
    }

    @Override
    public List<Param> params() {
        return params(sizes, window);
    }

    static List<Param> params(List<Integer> sizes, Window window) {
        List<Param> all = new ArrayList<>();
        all.add(new Param.Ints("window_dimensions", sizes));
        all.addAll(window.params());
        return all;
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        reduction.combine().abstractEval(List.of(x, x));
        return List.of(places(mnemonic(), x, sizes, window));
    }

    /** The type of one value for each place of a window over {@code x}. */
    static ShapedArray places(String operation, ShapedArray x, List<Integer> sizes, Window window) {
        boolean fits = sizes.size() == x.rank()
                && window.fits(x.rank())
                && sizes.stream().allMatch(s -> s >= 1);
        List<Integer> places = fits ? window.places(x.shape(), sizes) : List.of();
        if (!fits || places.contains(-1)) {
            throw TraceErrors.operands(
                    operation,
                    "a window of sizes %s, 1 or more, and %s must fit the axes of the operand".formatted(sizes, window),
                    List.of(x));
        }
        return x.withShape(places);
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        if (sizes.isEmpty()) {
            return ins;
        }
        ShapedArray x = eqn.inputs().get(0);
        ShapedArray scalar = ShapedArray.of(x.dtype());
        String init = out.constant(reduction.neutral(x.dtype()));
        Program combiner = Replay.program(ab -> Trace.bind(reduction.combine(), ab), List.of(scalar, scalar));
        return out.withRegions(
                "reduce_window",
                List.of(ins.get(0), init),
                List.of(x, scalar),
                attributes(sizes, window),
                List.of(combiner),
                eqn.outputs());
    }

    /** StableHLO's attributes of a window. */
    static String attributes(List<Integer> sizes, Window window) {
        List<List<Integer>> pad = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
            pad.add(List.of(window.low().get(i), window.high().get(i)));
        }
        return "base_dilations = %s, padding = dense<%s> : tensor<%dx2xi64>, window_dilations = %s, window_dimensions = %s,"
                        .formatted(
                                Emitter.array(window.baseDilation()),
                                pad,
                                sizes.size(),
                                Emitter.array(window.windowDilation()),
                                Emitter.array(sizes))
                + " window_strides = %s".formatted(Emitter.array(window.strides()));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        Tensor x = ins.get(0);
        return Collections.singletonList(
                t == null
                        ? null
                        : switch (reduction) {
                            case SUM -> Trace.bind1(this, t);
                            case PROD ->
                                Replay.jvp(product(x.aval()), ins, tangents)
                                        .tangents()
                                        .get(0);
                            case MAX, MIN -> winners(x).of(t);
                            case AND, OR, XOR -> null;
                        });
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null || ct.aval().elements() == 0) {
            return Collections.singletonList(null);
        }
        Tensor x = ins.get(0);
        return Collections.singletonList(
                switch (reduction) {
                    case SUM ->
                        Lax.reduceWindow(reduction, ct, sizes, window.backToArray(x.shape(), sizes, ct.shape()));
                    case PROD ->
                        Replay.vjp(product(x.aval()), ins, _ -> cts, Set.of(0))
                                .cts()
                                .get(0);
                    case MAX, MIN -> winners(x).back(ct, x.aval());
                    case AND, OR, XOR -> null;
                });
    }

    /** The flat index of the element that gives each result, which gets all of its derivative: of equal ones the first. */
    private Winners winners(Tensor x) {
        return new Winners(Trace.bind1(new ArgReduceWindow(reduction == Reduction.MAX, sizes, window), x));
    }

    private record Winners(Tensor indices) {
        private static final SliceAddressing FLAT = new SliceAddressing(List.of(), List.of(0), List.of(0));

        Tensor of(Tensor t) {
            Tensor zero = Lax.scalar(t.dtype(), 0);
            Tensor flat = Lax.reshape(t, List.of(Math.toIntExact(t.aval().elements())));
            return Indexing.gather(flat, Indexing.column(indices), FLAT, List.of(1), IndexMode.FILL_OR_DROP, zero);
        }

        Tensor back(Tensor ct, ShapedArray x) {
            Tensor zeros = Lax.full(x.withShape(List.of(Math.toIntExact(x.elements()))), 0);
            Scatter add = new Scatter(Scatter.Combine.ADD, FLAT, false, false);
            return Lax.reshape(Trace.bind1(add, zeros, Indexing.column(indices), ct), x.shape());
        }
    }

    /** The same products as a chain of products of shifted slices, whose derivative is exact also at zeros. */
    private Program product(ShapedArray x) {
        return Replay.program(
                in -> {
                    Tensor around = padded(in.get(0));
                    List<Integer> places = window.places(x.shape(), sizes);
                    Tensor all = null;
                    for (int k = 0; k < Indices.product(sizes); k++) {
                        Tensor part = part(around, Indices.unflatten(k, sizes), places);
                        all = all == null ? part : Lax.mul(all, part);
                    }
                    return all == null ? List.of() : List.of(all);
                },
                List.of(x));
    }

    private Tensor padded(Tensor x) {
        return Lax.pad(x, 1, window.low(), window.high(), Indices.shift(window.baseDilation(), -1));
    }

    /** What is under element {@code at} of the window at all places. */
    private Tensor part(Tensor around, int[] at, List<Integer> places) {
        List<Integer> starts = new ArrayList<>();
        List<Integer> limits = new ArrayList<>();
        for (int i = 0; i < at.length; i++) {
            int start = at[i] * window.windowDilation().get(i);
            starts.add(Math.min(start, around.dim(i)));
            limits.add(
                    places.get(i) == 0
                            ? starts.get(i)
                            : start + (places.get(i) - 1) * window.strides().get(i) + 1);
        }
        return Trace.bind1(new Slice(starts, limits, window.strides()), around);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return List.of(Mapped.yes(
                Lax.reduceWindow(reduction, ins.get(0).value(), Indices.prepend(1, sizes), window.withLeadingAxis())));
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        List<int[]> pairs = pairs(x.aval(), to, sizes, window);
        HostArray parts = x.gather(to.withShape(List.of(pairs.size())), i -> pairs.get(i)[1]);
        int[] slots = pairs.stream().mapToInt(p -> p[0]).toArray();
        HostArray neutral = reduction.neutral(to.dtype()).toHost();
        return List.of(reduction.combine().fold(neutral.gather(to, i -> 0), parts, slots));
    }

    /** The pairs of a place and an element of the operand under the window there, both row-major. */
    static List<int[]> pairs(ShapedArray x, ShapedArray to, List<Integer> sizes, Window window) {
        int[] strides = Indices.strides(x.shape());
        int each = Indices.product(sizes);
        List<int[]> found = new ArrayList<>();
        for (int i = 0; i < to.elements(); i++) {
            int[] place = Indices.unflatten(i, to.shape());
            for (int k = 0; k < each; k++) {
                int[] at = Indices.unflatten(k, sizes);
                int from = 0;
                boolean inside = true;
                for (int a = 0; a < at.length; a++) {
                    int under = window.under(a, place[a], at[a], x.dim(a));
                    inside &= under >= 0;
                    from += under * strides[a];
                }
                if (inside) {
                    found.add(new int[] {i, from});
                }
            }
        }
        return found;
    }
}
