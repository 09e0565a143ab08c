package io.kiln.jit;

import io.kiln.core.Cond;
import io.kiln.core.DType;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.SourceLine;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.Traced;
import io.kiln.core.While;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Control flow that is decided while the program runs. The functions may use tensors around them; what they return is a
 * pytree of tensors.
 */
public final class Control {
    private Control() {}

    /** {@code whenTrue} if {@code condition}, a bool[], is true, else {@code whenFalse}; only one of them runs. */
    public static <T> T cond(Tensor condition, Supplier<T> whenTrue, Supplier<T> whenFalse) {
        require(condition, DType.BOOL, "cond: the condition");
        return choose(condition.convert(DType.I32), List.of(whenFalse, whenTrue));
    }

    /** The branch with the number {@code index}, an i32[] that is clamped to their number; only that one runs. */
    public static <T> T choose(Tensor index, List<Supplier<T>> branches) {
        require(index, DType.I32, "choose: the index");
        List<TracedFunction> traced = new ArrayList<>();
        List<Tensor> captured = new ArrayList<>();
        for (Supplier<T> branch : branches) {
            TracedFunction one = TracedFunction.trace(null, _ -> branch.get(), new Signature(List.of(), List.of()));
            traced.add(one);
            captured.addAll(one.traced().captured());
        }
        List<ShapedArray> avals = captured.stream().map(Tensor::aval).toList();
        List<Program> programs = new ArrayList<>();
        int at = 0;
        for (TracedFunction one : traced) {
            if (!one.result().equals(traced.get(0).result())) {
                throw user(
                        "cond: all branches must return the same structure, got %s and %s"
                                .formatted(traced.get(0).result(), one.result()),
                        "return the same records, lists and maps from each branch");
            }
            int from = at;
            at += one.traced().captured().size();
            int to = at;
            // Every branch takes what any of them captured, so that they have one type.
            programs.add(Trace.trace(all -> Inline.call(one.traced().program(), all.subList(from, to)), avals)
                    .program());
        }
        List<Tensor> operands = new ArrayList<>();
        operands.add(index);
        operands.addAll(captured);
        return cast(traced.get(0).unflatten(Trace.bind(new Cond(programs), operands)));
    }

    /** {@code body} applied to a carry, {@code init} at first, as long as {@code condition} of it, a bool[], is true. */
    public static <T> T whileLoop(T init, Function<T, Tensor> condition, UnaryOperator<T> body) {
        List<Tensor> leaves = new ArrayList<>();
        Pytree tree = Pytree.flatten(init, "the initial carry", leaves::add);
        Signature carry =
                new Signature(List.of(tree), leaves.stream().map(Tensor::aval).toList());
        TracedFunction test = TracedFunction.trace(null, args -> condition.apply(cast(args.get(0))), carry);
        TracedFunction step = TracedFunction.trace(null, args -> body.apply(cast(args.get(0))), carry);
        if (!step.result().equals(tree)) {
            throw user(
                    "while: the body must return the structure of its carry %s, got %s".formatted(tree, step.result()),
                    "return the same record, list or map, with tensors of the same types");
        }
        Traced cond = test.traced();
        Traced next = step.traced();
        While loop = new While(
                cond.program(),
                cond.captured().size(),
                next.program(),
                next.captured().size());
        List<Tensor> operands = new ArrayList<>(cond.captured());
        operands.addAll(next.captured());
        operands.addAll(leaves);
        return cast(
                Objects.requireNonNull(tree.unflatten(Trace.bind(loop, operands).iterator())));
    }

    /** A step of {@link #fori}. */
    @FunctionalInterface
    public interface Step<T> {
        /** The carry after step {@code i}, an i32[]. */
        T apply(Tensor i, T carry);
    }

    private record Counted<T>(Tensor i, T carry) {}

    /** {@code body} applied for i = {@code low}, ... {@code high - 1} to a carry, {@code init} at first. */
    public static <T> T fori(int low, int high, T init, Step<T> body) {
        return whileLoop(
                        new Counted<>(Tensor.scalar(low), init),
                        c -> c.i().lessThan(high),
                        c -> new Counted<>(c.i().plus(1), body.apply(c.i(), c.carry())))
                .carry();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the structure is that of a T
    private static <T> T cast(@Nullable Object value) {
        return (T) Objects.requireNonNull(value);
    }

    private static void require(Tensor tensor, DType dtype, String what) {
        if (!tensor.aval().equals(ShapedArray.of(dtype))) {
            throw user(
                    "%s must be %s[], got %s".formatted(what, dtype, tensor.aval()),
                    dtype == DType.BOOL
                            ? "compare to get one: x.sum().greaterThan(0); for an array of conditions use Tensor.where"
                            : "convert it: .convert(DType.I32), and make it a scalar");
        }
    }

    private static KilnException user(String problem, String fix) {
        String line = SourceLine.ofCaller().map(l -> "\n  at " + l).orElse("");
        return KilnException.user(problem + line, fix + "; docs/errors.md#KILN-T003");
    }
}
