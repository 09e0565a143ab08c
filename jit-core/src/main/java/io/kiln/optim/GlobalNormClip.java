package io.kiln.optim;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.jit.Pytree;

/**
 * {@code inner} on gradients scaled by {@code min(1, maxNorm / |g|)}, the norm being taken over all leaves in f32 at least;
 * Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks".
 */
record GlobalNormClip(double maxNorm, Optimizer inner) implements Optimizer {
    @Override
    public <P> State init(P params) {
        return inner.init(params);
    }

    @Override
    public <P> Updated<P> update(P gradient, State state, P params) {
        Tensor norm = Optimizers.globalNorm(gradient);
        // A norm of 0 divides to infinity, of which the minimum is 1.
        Tensor scale = Tensor.scalar(norm.dtype(), maxNorm).dividedBy(norm).minimum(1);
        return inner.update(Pytree.map(g -> scaled(g, scale), gradient), state, params);
    }

    private static Tensor scaled(Tensor g, Tensor scale) {
        DType dtype = g.dtype();
        return g.times(scale.convert(dtype));
    }
}
