package io.kiln.jit;

import io.kiln.compile.LocalRuntime;
import io.kiln.core.SourceLine;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The entry points: {@code jit}, {@code grad}, {@code valueAndGrad} and {@code vmap} of Java functions without side
 * effects, whose arguments and results are pytrees of tensors. They compose. Outside {@code jit}, on concrete tensors,
 * {@code grad} and {@code vmap} compute in plain Java. The transforms that are written for one argument take
 * more in a record or a list, or from around the function: {@code Jit.vjp(x -> f(x, y), x)}. What names arguments by position
 * is in {@link Fn}.
 */
public final class Jit {
    private Jit() {}

    /** The positions among {@code count} arguments; negative ones count from the end. */
    static Set<Integer> positions(String operation, int count, int... positions) {
        return IntStream.of(positions)
                .map(p -> {
                    if (p < -count || p >= count) {
                        throw KilnException.user(
                                "%s: the function has %d arguments, so a position must be from 0 to %d, or from -1 (the last) to %d, got %d"
                                        .formatted(operation, count, count - 1, -count, p),
                                "name the position of the argument, counted from 0");
                    }
                    return p < 0 ? p + count : p;
                })
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
    }

    /** A function of one argument that is traced and compiled once for each signature, then only run. */
    public static <A, R> Jitted1<A, R> jit(F1<A, R> f) {
        return new Jitted1<>(JittedFunction.of(f, UserFunction.of(f)));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its argument. */
    public static <A> F1<A, A> grad(F1<A, Tensor> f) {
        F1<A, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a) -> both.apply(a).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its argument. */
    public static <A> F1<A, ValueAndGrad<A>> valueAndGrad(F1<A, Tensor> f) {
        UserFunction user = UserFunction.of(f);
        return (a) -> first(user, Arrays.asList(a));
    }

    /** {@code f} mapped over an axis of each argument, {@code null} (not mapped) or a tree of axes ({@link Axes}); results along axis 0. */
    public static <A, R> F1<A, R> vmap(F1<A, R> f, @Nullable Object... inAxes) {
        return vmap(f, Axes.in(inAxes));
    }

    /** {@code f} mapped along {@code axes}, which say where the batch lies in arguments and results, and its name. */
    public static <A, R> F1<A, R> vmap(F1<A, R> f, Axes axes) {
        return fn(f).vmap(axes)::apply;
    }

    /** {@code f} with the transforms that name arguments by position. */
    public static <A, R> Fn<R> fn(F1<A, R> f) {
        return new Fn<>(UserFunction.of(f));
    }

    /** A function of two arguments that is traced and compiled once for each signature, then only run. */
    public static <A, B, R> Jitted2<A, B, R> jit(F2<A, B, R> f) {
        return new Jitted2<>(JittedFunction.of(f, UserFunction.of(f)));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B> F2<A, B, A> grad(F2<A, B, Tensor> f) {
        F2<A, B, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b) -> both.apply(a, b).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    public static <A, B> F2<A, B, ValueAndGrad<A>> valueAndGrad(F2<A, B, Tensor> f) {
        UserFunction user = UserFunction.of(f);
        return (a, b) -> first(user, Arrays.asList(a, b));
    }

    /** {@code f} mapped over an axis of each argument, {@code null} (not mapped) or a tree of axes ({@link Axes}); results along axis 0. */
    public static <A, B, R> F2<A, B, R> vmap(F2<A, B, R> f, @Nullable Object... inAxes) {
        return vmap(f, Axes.in(inAxes));
    }

    /** {@code f} mapped along {@code axes}, which say where the batch lies in arguments and results, and its name. */
    public static <A, B, R> F2<A, B, R> vmap(F2<A, B, R> f, Axes axes) {
        return fn(f).vmap(axes)::apply;
    }

    /** {@code f} with the transforms that name arguments by position. */
    public static <A, B, R> Fn<R> fn(F2<A, B, R> f) {
        return new Fn<>(UserFunction.of(f));
    }

    /** A function of three arguments that is traced and compiled once for each signature, then only run. */
    public static <A, B, C, R> Jitted3<A, B, C, R> jit(F3<A, B, C, R> f) {
        return new Jitted3<>(JittedFunction.of(f, UserFunction.of(f)));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C> F3<A, B, C, A> grad(F3<A, B, C, Tensor> f) {
        F3<A, B, C, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c) -> both.apply(a, b, c).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    public static <A, B, C> F3<A, B, C, ValueAndGrad<A>> valueAndGrad(F3<A, B, C, Tensor> f) {
        UserFunction user = UserFunction.of(f);
        return (a, b, c) -> first(user, Arrays.asList(a, b, c));
    }

    /** {@code f} mapped over an axis of each argument, {@code null} (not mapped) or a tree of axes ({@link Axes}); results along axis 0. */
    public static <A, B, C, R> F3<A, B, C, R> vmap(F3<A, B, C, R> f, @Nullable Object... inAxes) {
        return vmap(f, Axes.in(inAxes));
    }

    /** {@code f} mapped along {@code axes}, which say where the batch lies in arguments and results, and its name. */
    public static <A, B, C, R> F3<A, B, C, R> vmap(F3<A, B, C, R> f, Axes axes) {
        return fn(f).vmap(axes)::apply;
    }

    /** {@code f} with the transforms that name arguments by position. */
    public static <A, B, C, R> Fn<R> fn(F3<A, B, C, R> f) {
        return new Fn<>(UserFunction.of(f));
    }

    /** A function of four arguments that is traced and compiled once for each signature, then only run. */
    public static <A, B, C, D, R> Jitted4<A, B, C, D, R> jit(F4<A, B, C, D, R> f) {
        return new Jitted4<>(JittedFunction.of(f, UserFunction.of(f)));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C, D> F4<A, B, C, D, A> grad(F4<A, B, C, D, Tensor> f) {
        F4<A, B, C, D, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c, d) -> both.apply(a, b, c, d).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    public static <A, B, C, D> F4<A, B, C, D, ValueAndGrad<A>> valueAndGrad(F4<A, B, C, D, Tensor> f) {
        UserFunction user = UserFunction.of(f);
        return (a, b, c, d) -> first(user, Arrays.asList(a, b, c, d));
    }

    /** {@code f} mapped over an axis of each argument, {@code null} (not mapped) or a tree of axes ({@link Axes}); results along axis 0. */
    public static <A, B, C, D, R> F4<A, B, C, D, R> vmap(F4<A, B, C, D, R> f, @Nullable Object... inAxes) {
        return vmap(f, Axes.in(inAxes));
    }

    /** {@code f} mapped along {@code axes}, which say where the batch lies in arguments and results, and its name. */
    public static <A, B, C, D, R> F4<A, B, C, D, R> vmap(F4<A, B, C, D, R> f, Axes axes) {
        return fn(f).vmap(axes)::apply;
    }

    /** {@code f} with the transforms that name arguments by position. */
    public static <A, B, C, D, R> Fn<R> fn(F4<A, B, C, D, R> f) {
        return new Fn<>(UserFunction.of(f));
    }

    /** A function of five arguments that is traced and compiled once for each signature, then only run. */
    public static <A, B, C, D, E, R> Jitted5<A, B, C, D, E, R> jit(F5<A, B, C, D, E, R> f) {
        return new Jitted5<>(JittedFunction.of(f, UserFunction.of(f)));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C, D, E> F5<A, B, C, D, E, A> grad(F5<A, B, C, D, E, Tensor> f) {
        F5<A, B, C, D, E, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c, d, e) -> both.apply(a, b, c, d, e).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    public static <A, B, C, D, E> F5<A, B, C, D, E, ValueAndGrad<A>> valueAndGrad(F5<A, B, C, D, E, Tensor> f) {
        UserFunction user = UserFunction.of(f);
        return (a, b, c, d, e) -> first(user, Arrays.asList(a, b, c, d, e));
    }

    /** {@code f} mapped over an axis of each argument, {@code null} (not mapped) or a tree of axes ({@link Axes}); results along axis 0. */
    public static <A, B, C, D, E, R> F5<A, B, C, D, E, R> vmap(F5<A, B, C, D, E, R> f, @Nullable Object... inAxes) {
        return vmap(f, Axes.in(inAxes));
    }

    /** {@code f} mapped along {@code axes}, which say where the batch lies in arguments and results, and its name. */
    public static <A, B, C, D, E, R> F5<A, B, C, D, E, R> vmap(F5<A, B, C, D, E, R> f, Axes axes) {
        return fn(f).vmap(axes)::apply;
    }

    /** {@code f} with the transforms that name arguments by position. */
    public static <A, B, C, D, E, R> Fn<R> fn(F5<A, B, C, D, E, R> f) {
        return new Fn<>(UserFunction.of(f));
    }

    /** A function of six arguments that is traced and compiled once for each signature, then only run. */
    public static <A, B, C, D, E, G, R> Jitted6<A, B, C, D, E, G, R> jit(F6<A, B, C, D, E, G, R> f) {
        return new Jitted6<>(JittedFunction.of(f, UserFunction.of(f)));
    }

    /** The gradient of {@code f}, which returns a float scalar, with respect to its first argument. */
    public static <A, B, C, D, E, G> F6<A, B, C, D, E, G, A> grad(F6<A, B, C, D, E, G, Tensor> f) {
        F6<A, B, C, D, E, G, ValueAndGrad<A>> both = valueAndGrad(f);
        return (a, b, c, d, e, g) -> both.apply(a, b, c, d, e, g).grad();
    }

    /** The value of {@code f}, a float scalar, and its gradient with respect to its first argument. */
    public static <A, B, C, D, E, G> F6<A, B, C, D, E, G, ValueAndGrad<A>> valueAndGrad(
            F6<A, B, C, D, E, G, Tensor> f) {
        UserFunction user = UserFunction.of(f);
        return (a, b, c, d, e, g) -> first(user, Arrays.asList(a, b, c, d, e, g));
    }

    /** {@code f} mapped over an axis of each argument, {@code null} (not mapped) or a tree of axes ({@link Axes}); results along axis 0. */
    public static <A, B, C, D, E, G, R> F6<A, B, C, D, E, G, R> vmap(
            F6<A, B, C, D, E, G, R> f, @Nullable Object... inAxes) {
        return vmap(f, Axes.in(inAxes));
    }

    /** {@code f} mapped along {@code axes}, which say where the batch lies in arguments and results, and its name. */
    public static <A, B, C, D, E, G, R> F6<A, B, C, D, E, G, R> vmap(F6<A, B, C, D, E, G, R> f, Axes axes) {
        return fn(f).vmap(axes)::apply;
    }

    /** {@code f} with the transforms that name arguments by position. */
    public static <A, B, C, D, E, G, R> Fn<R> fn(F6<A, B, C, D, E, G, R> f) {
        return new Fn<>(UserFunction.of(f));
    }

    // ---- derivatives of functions of one argument; it may be a record, and the function may use tensors around it
    // ----

    /**
     * The value of {@code f}, what else it computed, and the gradient of its value: {@code value_and_grad(f, has_aux=True)}.
     *
     * @throws KilnException KILN-T006 where the value is no float scalar or the argument holds what is not float
     */
    @SuppressWarnings("unchecked") // a gradient has the structure of its argument
    public static <A, X> F1<A, ValueAuxAndGrad<X, A>> valueAuxAndGrad(F1<A, WithAux<X>> f) {
        UserFunction user = UserFunction.of(f);
        return a -> {
            Derivatives.Valued all = new Derivatives("grad", user, Arrays.asList(a), Set.of(0)).valueAndGrad(true);
            WithAux<X> result = (WithAux<X>) all.value();
            return new ValueAuxAndGrad<>(
                    result.value(), result.aux(), (A) all.grads().get(0));
        };
    }

    /**
     * The value of {@code f} at {@code x} and its derivative there along {@code tangent}, which has the structure and the types
     * of {@code x}.
     *
     * @throws KilnException KILN-T021 where the tangent does not fit
     */
    public static <A, R> Dual<R> jvp(F1<A, R> f, A x, A tangent) {
        return fn(f).jvp(List.of(x), List.of(tangent));
    }

    /** The value of {@code f} at {@code x}, and the way from a cotangent of the value to that of {@code x}. */
    @SuppressWarnings("unchecked") // a cotangent has the structure of its argument
    public static <A, R> Vjp<A, R> vjp(F1<A, R> f, A x) {
        Vjp<Grads, R> all = fn(f).vjp(x);
        return new Vjp<>(
                all.value(), ct -> (A) all.pullback().apply(ct).values().get(0));
    }

    /** The value of {@code f} at {@code x}, and its derivative there, which does not evaluate {@code f} again. */
    public static <A, R> Linearized<A, R> linearize(F1<A, R> f, A x) {
        Linearized<List<?>, R> all = fn(f).linearize(x);
        return new Linearized<>(all.value(), t -> all.tangent().apply(List.of(t)));
    }

    /**
     * The Jacobian of {@code f} by forward mode, one pass for each element of the argument. It has the structure of the
     * argument; each leaf is replaced by the derivatives, whose shape is that of the result followed by that of the leaf.
     *
     * @throws KilnException KILN-T021 where a result or argument is not float
     */
    @SuppressWarnings("unchecked") // a Jacobian has the structure of its argument
    public static <A> F1<A, A> jacfwd(F1<A, Tensor> f) {
        Fn<Grads> all = fn(f).jacfwd();
        return a -> (A) all.apply(a).values().get(0);
    }

    /** {@link #jacfwd} by reverse mode, one pass for each element of the result. */
    @SuppressWarnings("unchecked") // a Jacobian has the structure of its argument
    public static <A> F1<A, A> jacrev(F1<A, Tensor> f) {
        Fn<Grads> all = fn(f).jacrev();
        return a -> (A) all.apply(a).values().get(0);
    }

    /**
     * The Jacobian of a function that returns several tensors, by reverse mode: for each leaf of the result, in order, what
     * {@link #jacrev} gives for that leaf alone.
     */
    @SuppressWarnings("unchecked") // a Jacobian has the structure of its argument
    public static <A, R> F1<A, List<A>> jacobian(F1<A, R> f) {
        UserFunction user = UserFunction.of(f);
        return a -> new Derivatives("jacobian", user, Arrays.asList(a), Set.of(0))
                .rows(false).stream().map(row -> (A) row.get(0)).toList();
    }

    /** The matrix of second derivatives of {@code f}, forward over reverse; its shape is that of the result, then twice that of x. */
    public static F1<Tensor, Tensor> hessian(F1<Tensor, Tensor> f) {
        return jacfwd(jacrev(f));
    }

    /**
     * The second derivatives of a function of a tree: for each leaf of the argument, in order, the {@link #jacfwd} of the derivative by
     * that leaf. {@code get(i)} has the structure of the argument, and its leaf j is the block of leaves i and j.
     *
     * @throws KilnException KILN-T021 where the result or a leaf is not float
     */
    @SuppressWarnings("unchecked") // a block row has the structure of its argument
    public static <A> F1<A, List<A>> hessians(F1<A, Tensor> f) {
        Fn<List<Grads>> all = fn(f).hessian();
        return a -> all.apply(a).stream().map(row -> (A) row.values().get(0)).toList();
    }

    // ---- functions that choose how they are differentiated ----

    /**
     * {@code f}, differentiated by {@code rule}, which takes the argument and its tangent and returns value and tangent; it must be
     * linear in the tangent. It serves forward and reverse mode. No derivative reaches tensors that the functions capture.
     *
     * @throws KilnException KILN-T023 where the rule does not fit, or a captured tensor is differentiated
     */
    @SuppressWarnings("unchecked") // the result has the structure of an R
    public static <A, R> F1<A, R> customJvp(F1<A, R> f, F2<A, A, Dual<R>> rule) {
        String name = method();
        return a -> (R) CustomRules.customJvp(name, UserFunction.of(f), UserFunction.of(rule), Arrays.asList(a));
    }

    /**
     * {@code f}, differentiated in reverse mode by {@code forward}, which returns the value with residuals, and {@code backward},
     * which takes these and the cotangent of the value and returns that of the argument. No derivative reaches tensors that the
     * functions capture.
     *
     * @throws KilnException KILN-T023 where a rule does not fit, a captured tensor is differentiated, or in forward mode
     */
    @SuppressWarnings("unchecked") // the result has the structure of an R
    public static <A, R, S> F1<A, R> customVjp(F1<A, R> f, F1<A, Residuals<R, S>> forward, F2<S, R, A> backward) {
        String name = method();
        UserFunction back = UserFunction.of(backward);
        return a ->
                (R) CustomRules.customVjp(name, UserFunction.of(f), UserFunction.of(forward), back, Arrays.asList(a));
    }

    /**
     * {@code f}, of which derivatives keep the arguments only: they compute it again on the way back, which takes time and saves
     * memory.
     */
    public static <A, R> F1<A, R> checkpoint(F1<A, R> f) {
        return fn(f).checkpoint()::apply;
    }

    /** {@link #checkpoint(F1)} of a function of two arguments. */
    public static <A, B, R> F2<A, B, R> checkpoint(F2<A, B, R> f) {
        return fn(f).checkpoint()::apply;
    }

    /**
     * The tree with its arrays copied to the memory of the device that jitted functions run on: {@code jax.device_put}. A call need not
     * take them there again, and returns before it has finished. Traced tensors stay as they are.
     *
     * @throws KilnException ENVIRONMENT without a plugin that works
     */
    public static <T> T devicePut(T tree) {
        return Pytree.map(
                x -> x.isConcrete() ? Tensor.of(LocalRuntime.standard().put(x.array())) : x, tree);
    }

    /** The method that called the library, without its class and line: a name for what is made there. */
    private static String method() {
        String line = SourceLine.ofCaller().orElse("a function");
        int at = line.indexOf('(');
        return at < 0 ? line : line.substring(line.lastIndexOf('.', at) + 1, at);
    }

    @SuppressWarnings("unchecked") // a gradient has the structure of its argument
    private static <A> ValueAndGrad<A> first(UserFunction f, List<@Nullable Object> arguments) {
        Derivatives.Valued both = new Derivatives("grad", f, arguments, Set.of(0)).valueAndGrad(false);
        return new ValueAndGrad<>((Tensor) both.value(), (A) both.grads().get(0));
    }
}
