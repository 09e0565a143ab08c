package io.kiln.jit;

import io.kiln.core.SourceLine;
import io.kiln.core.Tensor;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The entry points: {@code jit}, {@code grad}, {@code valueAndGrad} and {@code vmap} of Java functions without side
 * effects, whose arguments and results are pytrees of tensors. They compose. Outside {@code jit}, on concrete tensors,
 * {@code grad} and {@code vmap} compute in plain Java.
 */
public final class Jit {
    private Jit() {}

    private static JittedFunction jitted(UserFunction f) {
        return new JittedFunction(SourceLine.ofCaller().orElse("a jitted function"), f, Set.of(), Set.of());
    }

    static Set<Integer> set(int... positions) {
        return IntStream.of(positions).boxed().collect(Collectors.toUnmodifiableSet());
    }

    /** A function of one argument that is traced and compiled once for each signature, then only run. */
    @SuppressWarnings("unchecked")
    public static <A, R> Jitted1<A, R> jit(F1<A, R> f) {
        return new Jitted1<>(jitted(args -> f.apply((A) args.get(0))));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its argument. */
    public static <A> F1<A, A> grad(F1<A, Tensor> f) {
        F1<A, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a) -> both.apply(a).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its argument. */
    @SuppressWarnings("unchecked")
    public static <A> F1<A, ValueAndGrad<A>> valueAndGrad(F1<A, Tensor> f) {
        return (a) -> (ValueAndGrad<A>) TracedFunction.valueAndGrad(args -> f.apply((A) args.get(0)), Arrays.asList(a));
    }

    /** {@code f} mapped over an axis of each argument ({@code null}: not mapped); results are mapped along axis 0. */
    @SuppressWarnings("unchecked")
    public static <A, R> F1<A, R> vmap(F1<A, R> f, @Nullable Integer... inAxes) {
        return (a) ->
                (R) TracedFunction.vmap(args -> f.apply((A) args.get(0)), Arrays.asList(inAxes), Arrays.asList(a));
    }

    /** A function of two arguments that is traced and compiled once for each signature, then only run. */
    @SuppressWarnings("unchecked")
    public static <A, B, R> Jitted2<A, B, R> jit(F2<A, B, R> f) {
        return new Jitted2<>(jitted(args -> f.apply((A) args.get(0), (B) args.get(1))));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B> F2<A, B, A> grad(F2<A, B, Tensor> f) {
        F2<A, B, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b) -> both.apply(a, b).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    @SuppressWarnings("unchecked")
    public static <A, B> F2<A, B, ValueAndGrad<A>> valueAndGrad(F2<A, B, Tensor> f) {
        return (a, b) -> (ValueAndGrad<A>)
                TracedFunction.valueAndGrad(args -> f.apply((A) args.get(0), (B) args.get(1)), Arrays.asList(a, b));
    }

    /** {@code f} mapped over an axis of each argument ({@code null}: not mapped); results are mapped along axis 0. */
    @SuppressWarnings("unchecked")
    public static <A, B, R> F2<A, B, R> vmap(F2<A, B, R> f, @Nullable Integer... inAxes) {
        return (a, b) -> (R) TracedFunction.vmap(
                args -> f.apply((A) args.get(0), (B) args.get(1)), Arrays.asList(inAxes), Arrays.asList(a, b));
    }

    /** A function of three arguments that is traced and compiled once for each signature, then only run. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, R> Jitted3<A, B, C, R> jit(F3<A, B, C, R> f) {
        return new Jitted3<>(jitted(args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2))));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C> F3<A, B, C, A> grad(F3<A, B, C, Tensor> f) {
        F3<A, B, C, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c) -> both.apply(a, b, c).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    @SuppressWarnings("unchecked")
    public static <A, B, C> F3<A, B, C, ValueAndGrad<A>> valueAndGrad(F3<A, B, C, Tensor> f) {
        return (a, b, c) -> (ValueAndGrad<A>) TracedFunction.valueAndGrad(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2)), Arrays.asList(a, b, c));
    }

    /** {@code f} mapped over an axis of each argument ({@code null}: not mapped); results are mapped along axis 0. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, R> F3<A, B, C, R> vmap(F3<A, B, C, R> f, @Nullable Integer... inAxes) {
        return (a, b, c) -> (R) TracedFunction.vmap(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2)),
                Arrays.asList(inAxes),
                Arrays.asList(a, b, c));
    }

    /** A function of four arguments that is traced and compiled once for each signature, then only run. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, R> Jitted4<A, B, C, D, R> jit(F4<A, B, C, D, R> f) {
        return new Jitted4<>(
                jitted(args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3))));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C, D> F4<A, B, C, D, A> grad(F4<A, B, C, D, Tensor> f) {
        F4<A, B, C, D, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c, d) -> both.apply(a, b, c, d).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D> F4<A, B, C, D, ValueAndGrad<A>> valueAndGrad(F4<A, B, C, D, Tensor> f) {
        return (a, b, c, d) -> (ValueAndGrad<A>) TracedFunction.valueAndGrad(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3)),
                Arrays.asList(a, b, c, d));
    }

    /** {@code f} mapped over an axis of each argument ({@code null}: not mapped); results are mapped along axis 0. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, R> F4<A, B, C, D, R> vmap(F4<A, B, C, D, R> f, @Nullable Integer... inAxes) {
        return (a, b, c, d) -> (R) TracedFunction.vmap(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3)),
                Arrays.asList(inAxes),
                Arrays.asList(a, b, c, d));
    }

    /** A function of five arguments that is traced and compiled once for each signature, then only run. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, E, R> Jitted5<A, B, C, D, E, R> jit(F5<A, B, C, D, E, R> f) {
        return new Jitted5<>(jitted(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4))));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C, D, E> F5<A, B, C, D, E, A> grad(F5<A, B, C, D, E, Tensor> f) {
        F5<A, B, C, D, E, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c, d, e) -> both.apply(a, b, c, d, e).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, E> F5<A, B, C, D, E, ValueAndGrad<A>> valueAndGrad(F5<A, B, C, D, E, Tensor> f) {
        return (a, b, c, d, e) -> (ValueAndGrad<A>) TracedFunction.valueAndGrad(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4)),
                Arrays.asList(a, b, c, d, e));
    }

    /** {@code f} mapped over an axis of each argument ({@code null}: not mapped); results are mapped along axis 0. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, E, R> F5<A, B, C, D, E, R> vmap(F5<A, B, C, D, E, R> f, @Nullable Integer... inAxes) {
        return (a, b, c, d, e) -> (R) TracedFunction.vmap(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4)),
                Arrays.asList(inAxes),
                Arrays.asList(a, b, c, d, e));
    }

    /** A function of six arguments that is traced and compiled once for each signature, then only run. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, E, G, R> Jitted6<A, B, C, D, E, G, R> jit(F6<A, B, C, D, E, G, R> f) {
        return new Jitted6<>(jitted(args -> f.apply(
                (A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4), (G) args.get(5))));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C, D, E, G> F6<A, B, C, D, E, G, A> grad(F6<A, B, C, D, E, G, Tensor> f) {
        F6<A, B, C, D, E, G, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c, d, e, g) -> both.apply(a, b, c, d, e, g).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, E, G> F6<A, B, C, D, E, G, ValueAndGrad<A>> valueAndGrad(
            F6<A, B, C, D, E, G, Tensor> f) {
        return (a, b, c, d, e, g) -> (ValueAndGrad<A>) TracedFunction.valueAndGrad(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4), (G)
                        args.get(5)),
                Arrays.asList(a, b, c, d, e, g));
    }

    /** {@code f} mapped over an axis of each argument ({@code null}: not mapped); results are mapped along axis 0. */
    @SuppressWarnings("unchecked")
    public static <A, B, C, D, E, G, R> F6<A, B, C, D, E, G, R> vmap(
            F6<A, B, C, D, E, G, R> f, @Nullable Integer... inAxes) {
        return (a, b, c, d, e, g) -> (R) TracedFunction.vmap(
                args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4), (G)
                        args.get(5)),
                Arrays.asList(inAxes),
                Arrays.asList(a, b, c, d, e, g));
    }
}
