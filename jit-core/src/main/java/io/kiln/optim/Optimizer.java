package io.kiln.optim;

import io.kiln.core.Tensor;
import io.kiln.jit.Pytree;
import java.util.Map;

/**
 * A rule that makes better parameters of parameters, their gradient and a state. It is a value without side effects: the
 * state is a pytree that goes in and comes out, so a step can be jitted, its arguments donated, and its state saved.
 *
 * <pre>{@code
 * Optimizer adam = Optimizers.adam(1e-3);
 * State state = adam.init(params);
 * Updated<Params> next = adam.update(gradient, state, params);
 * }</pre>
 */
public interface Optimizer {
    /**
     * What an optimizer remembers between steps.
     *
     * @param step how many steps were made, i32[]
     * @param slots running averages and the like by name, each a tree like the parameters
     */
    record State(Tensor step, Map<String, Object> slots) {
        /** Copies the map. */
        public State {
            slots = Map.copyOf(slots);
        }
    }

    /** The parameters and the state after a step. */
    record Updated<P>(P params, State state) {}

    /** The state before the first step; {@code params} is a pytree of floats. */
    <P> State init(P params);

    /**
     * One step.
     *
     * @param gradient a tree like {@code params}
     * @throws io.kiln.error.KilnException USER, naming the leaf, where the trees differ
     */
    <P> Updated<P> update(P gradient, State state, P params);

    /** This rule on gradients that are scaled down where their norm over all leaves is more than {@code maxNorm}. */
    default Optimizer clipGlobalNorm(double maxNorm) {
        return new GlobalNormClip(maxNorm, this);
    }

    /** This rule on gradients whose elements are limited to {@code -limit} to {@code limit}. */
    default Optimizer clipValue(double limit) {
        return new ValueClip(limit, this);
    }

    /** A state without slots, before the first step. */
    static State fresh(Map<String, Object> slots) {
        return new State(Tensor.scalar(0), slots);
    }

    /** Zeros like {@code params}. */
    static <P> P zeros(P params) {
        return Pytree.map(p -> Tensor.full(p.aval(), 0), params);
    }
}
