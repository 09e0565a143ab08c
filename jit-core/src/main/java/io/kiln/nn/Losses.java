package io.kiln.nn;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;

/** Losses beyond those of {@link Nn}: elementwise unless they say otherwise; reduce them with {@code mean()} or {@code sum()}. */
public final class Losses {
    private Losses() {}

    /** {@code |prediction - target|}. */
    public static Tensor absoluteError(Tensor prediction, Tensor target) {
        return prediction.minus(target).abs();
    }

    /** Half the square where the error is at most {@code delta}, else {@code delta (|error| - delta / 2)}; Huber 1964. */
    public static Tensor huber(Tensor prediction, Tensor target, double delta) {
        Tensor error = prediction.minus(target).abs();
        Tensor near = error.minimum(delta);
        return near.square().times(0.5).plus(error.minus(near).times(delta));
    }

    /** {@code log(cosh(prediction - target))}, without overflow. */
    public static Tensor logCosh(Tensor prediction, Tensor target) {
        Tensor error = prediction.minus(target);
        return error.abs().plus(Nn.softplus(error.abs().times(-2))).minus(Math.log(2));
    }

    /** {@code max(0, 1 - score label)}, where the label is -1 or 1. */
    public static Tensor hinge(Tensor score, Tensor label) {
        return score.times(label).negate().plus(1).maximum(0);
    }

    /** The negative log likelihood of a count {@code target} under a Poisson distribution of mean {@code exp(logRate)}, less its constant. */
    public static Tensor poisson(Tensor logRate, Tensor target) {
        return logRate.exp().minus(logRate.times(target));
    }

    /**
     * The cross entropy of {@code softmax(logits)} and a distribution over the last axis, which is summed: logits f32[..., classes],
     * target f32[..., classes], result f32[...].
     */
    public static Tensor softmaxCrossEntropyWith(Tensor logits, Tensor target) {
        return Nn.logSoftmax(logits, -1).times(target).sum(-1).negate();
    }

    /**
     * The Kullback-Leibler divergence of a distribution {@code target} from one given by its logarithms, summed over the last axis; 0
     * log 0 is 0.
     */
    public static Tensor klDivergence(Tensor logPrediction, Tensor target) {
        Tensor none = target.equalTo(0);
        Tensor log = Tensor.where(none, Lax.like(target, 1), target).log();
        return target.times(log.minus(logPrediction)).sum(-1);
    }

    /** One minus the cosine of the angle between two vectors over the last axis, whose norms count as {@code epsilon} at least. */
    public static Tensor cosineDistance(Tensor a, Tensor b, double epsilon) {
        return unit(a, epsilon).times(unit(b, epsilon)).sum(-1).negate().plus(1);
    }

    private static Tensor unit(Tensor x, double epsilon) {
        // The maximum is taken of the squares: the root's slope at 0 is infinite.
        Tensor square = x.square().sum(-1).expandDims(-1).maximum(epsilon * epsilon);
        return x.times(square.rsqrt());
    }

    /**
     * A target distribution over the last axis moved towards the even one: {@code (1 - by) target + by / classes}; Szegedy and others
     * 2016.
     */
    public static Tensor smoothed(Tensor target, double by) {
        return target.times(1 - by).plus(by / target.dim(-1));
    }
}
