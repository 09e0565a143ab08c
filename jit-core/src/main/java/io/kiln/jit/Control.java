package io.kiln.jit;

import io.kiln.core.AssociativeScan;
import io.kiln.core.Cond;
import io.kiln.core.DType;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.Scan;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import io.kiln.core.Traced;
import io.kiln.core.While;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Control flow that is decided while the program runs, as in {@code jax.lax}: conditionals, loops, scans. The functions may
 * use tensors around them; carries, elements and results are pytrees of tensors.
 */
public final class Control {
    private Control() {}

    // ---- conditionals ----

    /** {@code whenTrue} if {@code condition}, a bool[], is true, else {@code whenFalse}; only one of them runs. */
    public static <T> T cond(Tensor condition, Supplier<T> whenTrue, Supplier<T> whenFalse) {
        require(condition, DType.BOOL, "cond: the condition");
        return choose(condition.convert(DType.I32), List.of(whenFalse, whenTrue));
    }

    /** {@link #cond(Tensor, Supplier, Supplier)} of functions of {@code operand}. */
    public static <A, T> T cond(Tensor condition, Function<A, T> whenTrue, Function<A, T> whenFalse, A operand) {
        return cond(condition, () -> whenTrue.apply(operand), () -> whenFalse.apply(operand));
    }

    /**
     * The branch with the number {@code index}, an i32[] that is clamped to their number; only that one runs. It is {@code
     * jax.lax.switch}, whose name is a keyword of Java.
     */
    public static <T> T choose(Tensor index, List<Supplier<T>> branches) {
        require(index, DType.I32, "choose: the index");
        if (branches.isEmpty()) {
            throw TraceErrors.user("KILN-T031", "choose: there must be a branch, got none", "give at least one");
        }
        List<TracedFunction> traced = new ArrayList<>();
        List<Tensor> captured = new ArrayList<>();
        for (Supplier<T> branch : branches) {
            TracedFunction one = TracedFunction.trace(null, _ -> branch.get(), new Signature(List.of(), List.of()));
            traced.add(one);
            captured.addAll(one.traced().captured());
        }
        TracedFunction first = traced.get(0);
        List<ShapedArray> avals = captured.stream().map(Tensor::aval).toList();
        List<Program> programs = new ArrayList<>();
        int at = 0;
        for (int k = 0; k < traced.size(); k++) {
            TracedFunction one = traced.get(k);
            Program program = one.traced().program();
            ControlErrors.requireBranch(
                    k, first.result(), first.traced().program().outputs(), one.result(), program.outputs());
            int from = at;
            at += one.traced().captured().size();
            int to = at;
            // Every branch takes what any of them captured, so that they have one type.
            programs.add(Trace.trace(all -> Inline.call(program, all.subList(from, to)), avals)
                    .program());
        }
        List<Tensor> operands = new ArrayList<>();
        operands.add(index);
        operands.addAll(captured);
        return cast(first.unflatten(Trace.bind(new Cond(programs), operands)));
    }

    // ---- loops ----

    /**
     * {@code body} applied to a carry, {@code init} at first, as long as {@code condition} of it, a bool[], is true. It has
     * forward-mode derivatives only, because the number of steps is not known.
     */
    public static <T> T whileLoop(T init, Function<T, Tensor> condition, UnaryOperator<T> body) {
        return whileLoop("while", init, condition, body);
    }

    private static <T> T whileLoop(String name, T init, Function<T, Tensor> condition, UnaryOperator<T> body) {
        Flat start = Flat.of(init, "the initial carry");
        Signature carry = new Signature(List.of(start.tree()), start.types());
        TracedFunction test = TracedFunction.trace(
                null,
                args -> {
                    Tensor go = condition.apply(cast(args.get(0)));
                    require(go, DType.BOOL, name + ": the condition");
                    return go;
                },
                carry);
        TracedFunction step = TracedFunction.trace(null, args -> body.apply(cast(args.get(0))), carry);
        Traced cond = test.traced();
        Traced next = step.traced();
        ControlErrors.requireCarry(
                name, start.tree(), start.types(), step.result(), next.program().outputs());
        While loop = new While(
                cond.program(),
                cond.captured().size(),
                next.program(),
                next.captured().size());
        List<Tensor> operands = new ArrayList<>(cond.captured());
        operands.addAll(next.captured());
        operands.addAll(start.leaves());
        return start.unflatten(Trace.bind(loop, operands));
    }

    private record Counted<T>(Tensor i, T carry) {}

    /**
     * {@code body} of the counter, an i32[], and a carry, {@code init} at first, for the counter from {@code low} to before
     * {@code high}. It is a scan, so it has derivatives of both modes.
     */
    public static <T> T fori(int low, int high, T init, BiFunction<Tensor, T, T> body) {
        int steps = Math.max(0, Math.subtractExact(high, low));
        return scan(
                        "fori",
                        (Counted<T> c, List<Tensor> _) ->
                                new Step<>(new Counted<>(c.i().plus(1), body.apply(c.i(), c.carry())), List.of()),
                        new Counted<>(Tensor.scalar(low), init),
                        List.<Tensor>of(),
                        ScanOptions.DEFAULT.withLength(steps))
                .carry()
                .carry();
    }

    /**
     * {@link #fori(int, int, Object, BiFunction)} with bounds that are tensors, integer scalars of one dtype, which the
     * counter has too. Their values are not known while tracing, so it is a while loop: it has forward-mode derivatives
     * only.
     */
    public static <T> T fori(Tensor low, Tensor high, T init, BiFunction<Tensor, T, T> body) {
        if (!low.dtype().isInteger() || low.rank() != 0 || !low.aval().equals(high.aval())) {
            throw TraceErrors.user(
                    "KILN-T032",
                    "fori: the bounds must be integer scalars of one dtype, got %s and %s"
                            .formatted(low.aval(), high.aval()),
                    "convert them: .convert(DType.I32)");
        }
        return whileLoop(
                        "fori",
                        new Counted<>(low, init),
                        c -> c.i().lessThan(high),
                        c -> new Counted<>(c.i().plus(1), body.apply(c.i(), c.carry())))
                .carry();
    }

    // ---- scans ----

    /** A carry and a result: what a step of a scan returns, and the last carry and the stacked results of it. */
    public record Step<C, Y>(C carry, Y y) {
        /** A carry without a result. */
        public static <C> Step<C, List<Tensor>> of(C carry) {
            return new Step<>(carry, List.of());
        }
    }

    /**
     * {@code f} of a carry, {@code init} at first, and of one element of {@code xs} after the other along axis 0 of each leaf. It
     * returns the last carry, and the results of all steps stacked along a new axis 0. Derivatives of both modes are
     * scans; reverse mode keeps what it needs of each step.
     *
     * @throws io.kiln.error.KilnException KILN-T030 if the carry changes its type, KILN-T009 its structure, KILN-T032 if
     *     the leaves of {@code xs} have not one size
     */
    public static <C, X, Y> Step<C, Y> scan(BiFunction<C, X, Step<C, Y>> f, C init, X xs) {
        return scan(f, init, xs, ScanOptions.DEFAULT);
    }

    /** {@link #scan(BiFunction, Object, Object)} in reverse order, unrolled, or for a number of steps. */
    public static <C, X, Y> Step<C, Y> scan(BiFunction<C, X, Step<C, Y>> f, C init, X xs, ScanOptions options) {
        return scan("scan", f, init, xs, options);
    }

    private static <C, X, Y> Step<C, Y> scan(
            String name, BiFunction<C, X, Step<C, Y>> f, C init, X xs, ScanOptions options) {
        Flat start = Flat.of(init, "the initial carry");
        Flat arrays = Flat.of(xs, "xs");
        int length = ControlErrors.requireLength(
                name, arrays.tree(), arrays.types(), options.length().orElse(-1));
        List<ShapedArray> types = new ArrayList<>(start.types());
        types.addAll(elements(arrays.types()));
        TracedFunction step = TracedFunction.trace(
                null,
                args -> f.apply(cast(args.get(0)), cast(args.get(1))),
                new Signature(List.of(start.tree(), arrays.tree()), types));
        Pytree.Fields result = (Pytree.Fields) step.result();
        Program body = step.traced().program();
        ControlErrors.requireCarry(
                name, start.tree(), start.types(), result.items().get(0), body.outputs());
        List<Tensor> captured = step.traced().captured();
        int carry = start.leaves().size();
        List<Tensor> operands = new ArrayList<>(captured);
        operands.addAll(start.leaves());
        operands.addAll(arrays.leaves());
        List<Tensor> outs = Trace.bind(
                new Scan(body, length, captured.size(), carry, options.reverse(), options.unroll()), operands);
        return new Step<>(
                start.unflatten(outs.subList(0, carry)),
                cast(result.items()
                        .get(1)
                        .unflatten(outs.subList(carry, outs.size()).iterator())));
    }

    /** {@code f} of each element of {@code xs} along axis 0, one after the other, stacked: a scan without a carry. */
    public static <X, Y> Y map(Function<X, Y> f, X xs) {
        return scan(
                        "map",
                        (List<Tensor> c, X x) -> new Step<>(c, f.apply(x)),
                        List.<Tensor>of(),
                        xs,
                        ScanOptions.DEFAULT)
                .y();
    }

    /** {@link #map(Function, Object)} of {@code batchSize} elements at a time by vmap; what is left over is a batch too. */
    public static <X, Y> Y map(Function<X, Y> f, X xs, int batchSize) {
        Flat arrays = Flat.of(xs, "xs");
        int length = ControlErrors.requireLength("map", arrays.tree(), arrays.types(), -1);
        if (batchSize < 1) {
            throw TraceErrors.user(
                    "KILN-T032", "map: the batch size must be at least 1, got " + batchSize, "give a positive size");
        }
        int whole = length / batchSize * batchSize;
        F1<X, Y> batch = Jit.vmap((X x) -> f.apply(x), 0);
        if (whole == 0) {
            return batch.apply(xs);
        }
        X chunks = Pytree.map(x -> lead(x.slice(0, 0, whole), 1, whole / batchSize, batchSize), xs);
        Y most = Pytree.map(y -> lead(y, 2, whole), map(batch::apply, chunks));
        if (whole == length) {
            return most;
        }
        Y rest = batch.apply(Pytree.map(x -> x.slice(0, whole, length), xs));
        return Pytree.map((a, b) -> Tensor.concatenate(0, a, b), most, rest);
    }

    /** {@code x} with other axes in place of its first {@code axes}. */
    private static Tensor lead(Tensor x, int axes, int... others) {
        List<Integer> dims = new ArrayList<>();
        Arrays.stream(others).forEach(dims::add);
        dims.addAll(x.shape().subList(axes, x.rank()));
        return x.reshape(dims.stream().mapToInt(i -> i).toArray());
    }

    /**
     * The running combinations along axis 0 of each leaf by {@code f}, which must be associative and work on slices: it is
     * given two trees like {@code xs} and combines them element by element. It takes about 2 log2(n) applications.
     */
    public static <T> T associativeScan(BinaryOperator<T> f, T xs) {
        return associativeScan(f, xs, 0, false);
    }

    /** {@link #associativeScan(BinaryOperator, Object)} along an axis, from the end if {@code reverse}. */
    public static <T> T associativeScan(BinaryOperator<T> f, T xs, int axis, boolean reverse) {
        Flat arrays = Flat.of(xs, "xs");
        if (arrays.leaves().isEmpty()) {
            throw TraceErrors.user("KILN-T032", "associative_scan: there must be an array, got none", "give one");
        }
        Tensor first = arrays.leaves().get(0);
        int at = axis < 0 ? axis + first.rank() : axis;
        for (int i = 0; i < arrays.leaves().size(); i++) {
            ShapedArray type = arrays.types().get(i);
            if (at < 0 || at >= type.rank() || type.dim(at) != first.dim(at)) {
                throw TraceErrors.user(
                        "KILN-T032",
                        "associative_scan: all arrays must have one size along axis %d, but %s is %s and %s is %s"
                                .formatted(
                                        axis,
                                        arrays.tree().paths("xs").get(0),
                                        first.aval(),
                                        arrays.tree().paths("xs").get(i),
                                        type),
                        "name an axis that all have, or slice them to one size");
            }
        }
        return arrays.unflatten(AssociativeScan.scan(
                (a, b) -> {
                    Flat combined = Flat.of(f.apply(arrays.unflatten(a), arrays.unflatten(b)), "the combination");
                    ControlErrors.requireCarry(
                            "associative_scan",
                            arrays.tree(),
                            a.stream().map(Tensor::aval).toList(),
                            combined.tree(),
                            combined.types());
                    return combined.leaves();
                },
                arrays.leaves(),
                at,
                reverse));
    }

    // ---- pytrees ----

    private record Flat(Pytree tree, List<Tensor> leaves) {
        static Flat of(@Nullable Object value, String name) {
            List<Tensor> leaves = new ArrayList<>();
            Pytree tree = Pytree.flatten(value, name, leaves::add);
            return new Flat(tree, leaves);
        }

        List<ShapedArray> types() {
            return leaves.stream().map(Tensor::aval).toList();
        }

        @SuppressWarnings("TypeParameterUnusedInFormals") // the structure is that of a T
        <T> T unflatten(List<Tensor> others) {
            return cast(tree.unflatten(others.iterator()));
        }
    }

    private static List<ShapedArray> elements(List<ShapedArray> arrays) {
        return arrays.stream()
                .map(x -> x.withShape(x.shape().subList(1, x.rank())))
                .toList();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the structure is that of a T
    private static <T> T cast(@Nullable Object value) {
        return (T) Objects.requireNonNull(value);
    }

    private static void require(Tensor tensor, DType dtype, String what) {
        if (!tensor.aval().equals(ShapedArray.of(dtype))) {
            throw TraceErrors.user(
                    "KILN-T003",
                    "%s must be %s[], got %s".formatted(what, dtype, tensor.aval()),
                    dtype == DType.BOOL
                            ? "compare to get one: x.sum().greaterThan(0), or .all() and .any() of several; for an"
                                    + " array of conditions use Tensor.where"
                            : "convert it: .convert(DType.I32), and make it a scalar");
        }
    }
}
