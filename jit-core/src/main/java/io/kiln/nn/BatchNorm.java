package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import java.util.stream.IntStream;

/**
 * The last axis with mean 0 and variance 1 over a batch, then scaled and shifted: scale and shift f32[width]; Ioffe and Szegedy
 * 2015. It sees whole batches, so it is for batch programs and not for functions of one row.
 */
public record BatchNorm(Tensor scale, Tensor shift) {
    /** The running mean and variance, f32[width] each: a state that training hands on and that has no gradient. */
    public record Statistics(Tensor mean, Tensor variance) {
        /** Mean 0 and variance 1. */
        public static Statistics init(DType dtype, int width) {
            return new Statistics(Initializers.zeros(dtype, width), Initializers.ones(dtype, width));
        }
    }

    /** What training gives: the batch, and the statistics for the next. */
    public record Trained(Tensor batch, Statistics statistics) {}

    /** A layer that scales by 1 and shifts by 0. */
    public static BatchNorm init(DType dtype, int width) {
        return new BatchNorm(Initializers.ones(dtype, width), Initializers.zeros(dtype, width));
    }

    /** The layer in use, by the running statistics: x and result f32[..., width]. */
    public Tensor apply(Tensor x, Statistics running, double epsilon) {
        return normal(x, running.mean(), running.variance(), epsilon);
    }

    /**
     * The layer in training, by the statistics of {@code x} itself over all axes but the last; the running ones become {@code momentum
     * running + (1 - momentum) batch}.
     */
    public Trained train(Tensor x, Statistics running, double momentum, double epsilon) {
        int[] axes = IntStream.range(0, x.rank() - 1).toArray();
        Tensor mean = x.mean(axes);
        Tensor variance = x.minus(mean).square().mean(axes);
        Statistics next =
                new Statistics(blend(running.mean(), mean, momentum), blend(running.variance(), variance, momentum));
        return new Trained(normal(x, mean, variance, epsilon), next);
    }

    private Tensor normal(Tensor x, Tensor mean, Tensor variance, double epsilon) {
        return x.minus(mean).times(variance.plus(epsilon).rsqrt()).times(scale).plus(shift);
    }

    private static Tensor blend(Tensor running, Tensor batch, double momentum) {
        return running.times(momentum).plus(batch.stopGradient().times(1 - momentum));
    }
}
