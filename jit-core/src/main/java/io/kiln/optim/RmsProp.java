package io.kiln.optim;

import io.kiln.core.Tensor;
import io.kiln.jit.Pytree;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * RMSProp: {@code v = decay v + (1 - decay) g^2}, {@code p = p - rate g / sqrt(v + epsilon)}; Tieleman and Hinton 2012, lecture 6.5
 * of "Neural networks for machine learning".
 */
record RmsProp(Schedule rate, double decay, double epsilon) implements Optimizer {
    private static final String SQUARE = "square";

    @Override
    public <P> State init(P params) {
        return Optimizer.fresh(Map.of(SQUARE, Optimizer.zeros(params)));
    }

    @Override
    public <P> Updated<P> update(P gradient, State state, P params) {
        UnaryOperator<Tensor> eta = Slots.perDType(dtype -> rate.at(state.step(), dtype));
        P square = Pytree.map(
                (v, g) -> v.times(decay).plus(g.square().times(1 - decay)), Slots.of(state, SQUARE, params), gradient);
        P next = Pytree.map(
                (p, v, g) -> p.minus(g.times(v.plus(epsilon).rsqrt()).times(eta.apply(p))), params, square, gradient);
        return new Updated<>(next, new State(state.step().plus(1), Map.of(SQUARE, square)));
    }
}
