package io.kiln.optim;

import io.kiln.core.Tensor;
import io.kiln.jit.Pytree;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Gradient descent: {@code v = momentum v + g}, {@code p = p - rate v}; with Nesterov's momentum {@code p = p - rate (momentum v +
 * g)} of the new {@code v}. Sutskever and others 2013, "On the importance of initialization and momentum in deep learning".
 */
record Sgd(Schedule rate, double momentum, boolean nesterov) implements Optimizer {
    private static final String VELOCITY = "velocity";

    @Override
    public <P> State init(P params) {
        return Optimizer.fresh(momentum == 0 ? Map.of() : Map.of(VELOCITY, Optimizer.zeros(params)));
    }

    @Override
    public <P> Updated<P> update(P gradient, State state, P params) {
        UnaryOperator<Tensor> eta = Slots.perDType(dtype -> rate.at(state.step(), dtype));
        Tensor next = state.step().plus(1);
        if (momentum == 0) {
            return new Updated<>(step(eta, gradient, params), new State(next, Map.of()));
        }
        P velocity = Pytree.map((v, g) -> v.times(momentum).plus(g), Slots.of(state, VELOCITY, params), gradient);
        P direction = nesterov ? Pytree.map((v, g) -> v.times(momentum).plus(g), velocity, gradient) : velocity;
        return new Updated<>(step(eta, direction, params), new State(next, Map.of(VELOCITY, velocity)));
    }

    private static <P> P step(UnaryOperator<Tensor> eta, P direction, P params) {
        return Pytree.map((p, d) -> p.minus(d.times(eta.apply(p))), params, direction);
    }
}
