package io.kiln.optim;

import io.kiln.core.Tensor;
import io.kiln.jit.Pytree;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Adam: {@code m = b1 m + (1 - b1) g}, {@code v = b2 v + (1 - b2) g^2}, {@code p = p - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) +
 * epsilon)} (Kingma and Ba 2015), less {@code rate weightDecay p} (AdamW: Loshchilov and Hutter 2019, "Decoupled weight decay
 * regularization").
 */
record Adam(Schedule rate, double b1, double b2, double epsilon, double weightDecay) implements Optimizer {
    private static final String MEAN = "mean";
    private static final String SQUARE = "square";

    @Override
    public <P> State init(P params) {
        return Optimizer.fresh(Map.of(MEAN, Optimizer.zeros(params), SQUARE, Optimizer.zeros(params)));
    }

    @Override
    public <P> Updated<P> update(P gradient, State state, P params) {
        UnaryOperator<Tensor> eta = Slots.perDType(dtype -> rate.at(state.step(), dtype));
        Tensor step = state.step().plus(1);
        UnaryOperator<Tensor> unbias1 = Slots.perDType(dtype -> bias(b1, step.convert(dtype)));
        UnaryOperator<Tensor> unbias2 = Slots.perDType(dtype -> bias(b2, step.convert(dtype)));
        P mean = Pytree.map((m, g) -> m.times(b1).plus(g.times(1 - b1)), Slots.of(state, MEAN, params), gradient);
        P square = Pytree.map(
                (v, g) -> v.times(b2).plus(g.square().times(1 - b2)), Slots.of(state, SQUARE, params), gradient);
        P next = Pytree.map(
                (p, m, v) -> {
                    Tensor direction = m.dividedBy(unbias1.apply(p))
                            .dividedBy(v.dividedBy(unbias2.apply(p)).sqrt().plus(epsilon));
                    Tensor decayed = weightDecay == 0 ? direction : direction.plus(p.times(weightDecay));
                    return p.minus(decayed.times(eta.apply(p)));
                },
                params,
                mean,
                square);
        return new Updated<>(next, new State(step, Map.of(MEAN, mean, SQUARE, square)));
    }

    /** {@code 1 - b^t}. */
    private static Tensor bias(double b, Tensor t) {
        return Tensor.scalar(t.dtype(), 1).minus(Tensor.scalar(t.dtype(), b).pow(t));
    }
}
