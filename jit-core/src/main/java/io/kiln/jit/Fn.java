package io.kiln.jit;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A function of any number of arguments, made by {@code Jit.fn(f)}, with the transforms that name arguments by position: what
 * JAX calls {@code argnums}. Arguments and results are pytrees of tensors. Positions count from 0 and are taken in ascending
 * order, each once; where none is named, it is the first argument. Immutable.
 */
public final class Fn<R> {
    private final UserFunction function;

    Fn(UserFunction function) {
        this.function = function;
    }

    /** The result for these arguments. */
    @SuppressWarnings("unchecked") // the function was given as one that returns R
    public R apply(@Nullable Object... arguments) {
        return (R) Objects.requireNonNull(function.apply(Arrays.asList(arguments)));
    }

    /**
     * The gradients with respect to the arguments at {@code positions}.
     *
     * @throws KilnException KILN-T006 where the result is not one float scalar or such an argument holds what is not float;
     *     KILN-T021 where there is no such argument
     */
    public Fn<Grads> grad(int... positions) {
        return new Fn<>(arguments ->
                new Grads(at("grad", arguments, positions).valueAndGrad(false).grads()));
    }

    /** The value, a float scalar, and the gradients with respect to the arguments at {@code positions}; as {@link #grad}. */
    public Fn<ValueAndGrad<Grads>> valueAndGrad(int... positions) {
        return new Fn<>(arguments -> {
            Derivatives.Valued both = at("grad", arguments, positions).valueAndGrad(false);
            return new ValueAndGrad<>((Tensor) both.value(), new Grads(both.grads()));
        });
    }

    /**
     * The Jacobian with respect to the arguments at {@code positions}, by forward mode, of a function that returns a tensor: each
     * leaf of an argument is replaced by the derivatives, whose shape is that of the result followed by that of the leaf.
     *
     * @throws KilnException KILN-T021 where a result or argument is not float, or there is more than one result
     */
    public Fn<Grads> jacfwd(int... positions) {
        return new Fn<>(
                arguments -> new Grads(at("jacfwd", arguments, positions).jacobian(true)));
    }

    /** {@link #jacfwd} by reverse mode. */
    public Fn<Grads> jacrev(int... positions) {
        return new Fn<>(
                arguments -> new Grads(at("jacrev", arguments, positions).jacobian(false)));
    }

    /**
     * The second derivatives with respect to the arguments at {@code positions}, forward over reverse, of a function that returns a
     * tensor: for each of their leaves in order the Jacobian of the derivative by that leaf. Where the arguments are tensors, {@code
     * get(i).at(j)} is the block of arguments i and j; its shape is that of the result, then of i, then of j.
     *
     * @throws KilnException KILN-T021 where a result or argument is not float, or there is more than one result
     */
    public Fn<List<Grads>> hessian(int... positions) {
        Fn<Grads> first = new Fn<>(
                arguments -> new Grads(at("hessian", arguments, positions).jacobian(false)));
        return new Fn<>(arguments -> first.at("hessian", arguments, positions).rows(true).stream()
                .map(Grads::new)
                .toList());
    }

    /** The result and its tangent; {@code tangents} has one for each argument, of its structure and types. */
    @SuppressWarnings("unchecked") // value and tangent have the structure of the result
    public Dual<R> jvp(List<?> arguments, List<?> tangents) {
        List<Object> both = all("jvp", List.copyOf(arguments)).jvp(List.copyOf(tangents));
        return new Dual<>((R) both.get(0), (R) both.get(1));
    }

    /** The result, and the linear function from the cotangent of the result to those of all arguments. */
    @SuppressWarnings("unchecked") // the value has the structure of the result
    public Vjp<Grads, R> vjp(Object... arguments) {
        Derivatives.Kept kept = all("vjp", Arrays.asList(arguments)).vjp();
        return new Vjp<>(
                (R) kept.value(), ct -> new Grads((List<Object>) kept.function().apply(List.of(ct))));
    }

    /** The result, and the linear function from tangents of all arguments, in a list, to the tangent of the result. */
    @SuppressWarnings("unchecked") // value and tangent have the structure of the result
    public Linearized<List<?>, R> linearize(Object... arguments) {
        Derivatives.Kept kept = all("linearize", Arrays.asList(arguments)).linearize();
        return new Linearized<>((R) kept.value(), ts -> (R) kept.function().apply(List.copyOf(ts)));
    }

    /**
     * This function mapped along {@code axes}.
     *
     * @throws KilnException KILN-T020 where an axis does not fit, or a result that is not mapped depends on the batch
     */
    public Fn<R> vmap(Axes axes) {
        return new Fn<>(arguments -> Batching.vmap(function, axes, arguments));
    }

    /** This function, of which derivatives keep the arguments only: they compute it again on the way back. */
    public Fn<R> checkpoint() {
        return new Fn<>(arguments -> CustomRules.checkpoint(function, arguments));
    }

    private Derivatives all(String operation, List<@Nullable Object> arguments) {
        return new Derivatives(
                operation,
                function,
                arguments,
                IntStream.range(0, arguments.size()).boxed().collect(Collectors.toSet()));
    }

    private Derivatives at(String operation, List<@Nullable Object> arguments, int[] positions) {
        Set<Integer> argnums = new TreeSet<>();
        IntStream.of(positions).forEach(argnums::add);
        return new Derivatives(operation, function, arguments, argnums.isEmpty() ? Set.of(0) : argnums);
    }
}
