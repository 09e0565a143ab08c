package io.kiln.nn;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;

/** Activations, losses and layers. Losses of one example: logits f32[classes] or f32[], results f32[]. */
public final class Nn {
    private Nn() {}

    /** {@code 1 / (1 + exp(-x))}, without overflow. */
    public static Tensor sigmoid(Tensor x) {
        return x.logistic();
    }

    /** {@code max(x, 0)}; its derivative at 0 is 0, and NaN stays NaN. */
    public static Tensor relu(Tensor x) {
        // Not x > 0: a NaN must stay one.
        return Tensor.where(x.lessOrEqual(0), Tensor.full(x.aval(), 0), x);
    }

    /** {@code log(1 + exp(x))}, without overflow. */
    public static Tensor softplus(Tensor x) {
        return x.logAddExp(Lax.like(x, 0));
    }

    /** The exponentials along one axis, scaled to sum 1; the maximum is taken off first. */
    public static Tensor softmax(Tensor x, int axis) {
        Tensor e = x.minus(keptMax(x, axis)).exp();
        return e.dividedBy(e.sum(axis).expandDims(axis));
    }

    /** The logarithm of {@link #softmax}, without underflow. */
    public static Tensor logSoftmax(Tensor x, int axis) {
        Tensor shifted = x.minus(keptMax(x, axis));
        return shifted.minus(shifted.exp().sum(axis).log().expandDims(axis));
    }

    private static Tensor keptMax(Tensor x, int axis) {
        return x.max(axis).stopGradient().expandDims(axis);
    }

    /** {@code log(sum(exp(x)))} along one axis, without overflow. */
    public static Tensor logSumExp(Tensor x, int axis) {
        Tensor max = x.max(axis).stopGradient();
        return x.minus(max.expandDims(axis)).exp().sum(axis).log().plus(max);
    }

    /** The negative log likelihood of {@code label} (0 or 1, or between) under {@code sigmoid(logit)}; elementwise. */
    public static Tensor sigmoidCrossEntropy(Tensor logit, Tensor label) {
        return softplus(logit).minus(logit.times(label));
    }

    /** The negative log likelihood of class {@code label}, an integer, under {@code softmax(logits)} over the last axis. */
    public static Tensor softmaxCrossEntropy(Tensor logits, Tensor label) {
        int classes = logits.dim(-1);
        Tensor oneHot = oneHot(label, classes, logits);
        return logSoftmax(logits, -1).times(oneHot).sum(-1).negate();
    }

    /** 1 at the index {@code label} along a new last axis of {@code classes}, else 0, in the dtype of {@code like}. */
    public static Tensor oneHot(Tensor label, int classes, Tensor like) {
        return label.expandDims(-1).equalTo(Tensor.iota(label.dtype(), classes)).convert(like.dtype());
    }

    /** {@code (prediction - target)²}, elementwise. */
    public static Tensor squaredError(Tensor prediction, Tensor target) {
        return prediction.minus(target).square();
    }

    /** {@code x · weights + bias}: x f32[..., in], weights f32[in, out], bias f32[out]. */
    public static Tensor dense(Tensor x, Tensor weights, Tensor bias) {
        return x.dot(weights).plus(bias);
    }
}
