package io.kiln.optim;

import io.kiln.core.Tensor;
import io.kiln.jit.Pytree;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * AdaGrad: {@code s = s + g^2}, {@code p = p - rate g / sqrt(s + epsilon)}, where {@code s} starts at {@code initial}; Duchi, Hazan and
 * Singer 2011, "Adaptive subgradient methods".
 */
record AdaGrad(Schedule rate, double initial, double epsilon) implements Optimizer {
    private static final String SUM = "sum";

    @Override
    public <P> State init(P params) {
        return Optimizer.fresh(Map.of(SUM, Pytree.map(p -> Tensor.full(p.aval(), initial), params)));
    }

    @Override
    public <P> Updated<P> update(P gradient, State state, P params) {
        UnaryOperator<Tensor> eta = Slots.perDType(dtype -> rate.at(state.step(), dtype));
        P sum = Pytree.map((s, g) -> s.plus(g.square()), Slots.of(state, SUM, params), gradient);
        P next = Pytree.map(
                (p, s, g) -> {
                    // Where nothing was summed yet the element has never had a gradient: it stays.
                    Tensor scale =
                            Tensor.where(s.greaterThan(0), s.plus(epsilon).rsqrt(), Tensor.full(s.aval(), 0));
                    return p.minus(g.times(scale).times(eta.apply(p)));
                },
                params,
                sum,
                gradient);
        return new Updated<>(next, new State(state.step().plus(1), Map.of(SUM, sum)));
    }
}
