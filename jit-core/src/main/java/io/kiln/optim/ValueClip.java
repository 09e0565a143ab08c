package io.kiln.optim;

import io.kiln.jit.Pytree;

/** {@code inner} on gradients whose elements are limited to {@code -limit} to {@code limit}. */
record ValueClip(double limit, Optimizer inner) implements Optimizer {
    @Override
    public <P> State init(P params) {
        return inner.init(params);
    }

    @Override
    public <P> Updated<P> update(P gradient, State state, P params) {
        return inner.update(Pytree.map(g -> g.clamp(-limit, limit), gradient), state, params);
    }
}
