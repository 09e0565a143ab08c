package io.kiln.nn;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import java.util.stream.IntStream;

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

    /** {@code min(max(x, 0), 6)}; its derivative at 0 and 6 is 0, and NaN stays NaN. */
    public static Tensor relu6(Tensor x) {
        return Tensor.where(x.greaterOrEqual(6), Lax.like(x, 6), relu(x));
    }

    /** {@code x} where it is 0 or more, else {@code slope x}. */
    public static Tensor leakyRelu(Tensor x, double slope) {
        return Tensor.where(x.greaterOrEqual(0), x, x.times(slope));
    }

    /** {@code x} where it is positive, else {@code alpha (exp(x) - 1)}; Clevert, Unterthiner and Hochreiter 2016. */
    public static Tensor elu(Tensor x, double alpha) {
        Tensor positive = x.greaterThan(0);
        // The branch that is not taken must not overflow: its derivative would be NaN.
        Tensor safe = Tensor.where(positive, Lax.like(x, 0), x);
        return Tensor.where(positive, x, safe.expm1().times(alpha));
    }

    /** {@link #elu(Tensor, double)} with {@code alpha = 1}. */
    public static Tensor elu(Tensor x) {
        return elu(x, 1);
    }

    /** The scaled {@link #elu} that keeps mean 0 and variance 1; Klambauer and others 2017. */
    public static Tensor selu(Tensor x) {
        return elu(x, 1.6732632423543772).times(1.0507009873554805);
    }

    /** {@code max(x, 0) + alpha (exp(min(x, 0) / alpha) - 1)}; Barron 2017. */
    public static Tensor celu(Tensor x, double alpha) {
        return x.maximum(0).plus(x.minimum(0).dividedBy(alpha).expm1().times(alpha));
    }

    /** {@code x P(X <= x)} of a standard normal {@code X}, exactly; Hendrycks and Gimpel 2016. */
    public static Tensor gelu(Tensor x) {
        return x.times(0.5)
                .times(x.negate().times(Math.sqrt(0.5)).erfc()); // halved first: twice the largest float is infinite
    }

    /** {@link #gelu} by its approximation with a hyperbolic tangent, JAX's default. */
    public static Tensor geluTanh(Tensor x) {
        Tensor inner = x.plus(x.integerPow(3).times(0.044715)).times(Math.sqrt(2 / Math.PI));
        return x.times(inner.tanh().plus(1).times(0.5));
    }

    /** {@code x sigmoid(x)}, also called swish. */
    public static Tensor silu(Tensor x) {
        return x.times(x.logistic());
    }

    /** {@code x tanh(softplus(x))}; Misra 2019. */
    public static Tensor mish(Tensor x) {
        return x.times(softplus(x).tanh());
    }

    /** {@code x / (1 + |x|)}. */
    public static Tensor softSign(Tensor x) {
        return x.dividedBy(x.abs().plus(1));
    }

    /** {@code x} limited to -1 and 1. */
    public static Tensor hardTanh(Tensor x) {
        Tensor one = Lax.like(x, 1);
        return Tensor.where(x.greaterThan(1), one, Tensor.where(x.lessThan(-1), one.negate(), x));
    }

    /** {@code relu6(x + 3) / 6}. */
    public static Tensor hardSigmoid(Tensor x) {
        return relu6(x.plus(3)).dividedBy(6);
    }

    /** {@code x hardSigmoid(x)}, also called hard swish. */
    public static Tensor hardSilu(Tensor x) {
        return x.times(hardSigmoid(x));
    }

    /** {@code log(sigmoid(x))}, without underflow. */
    public static Tensor logSigmoid(Tensor x) {
        return softplus(x.negate()).negate();
    }

    /** {@code (x + sqrt(x^2 + b)) / 2}. */
    public static Tensor squareplus(Tensor x, double b) {
        return x.plus(x.square().plus(b).sqrt()).times(0.5);
    }

    /** The first half along an axis, whose size is even, times the sigmoid of the second half; Dauphin and others 2017. */
    public static Tensor glu(Tensor x, int axis) {
        int at = axis < 0 ? axis + x.rank() : axis;
        int half = x.dim(at) / 2;
        return x.slice(at, 0, half).times(x.slice(at, half, 2 * half).logistic());
    }

    /** {@code log(1 + exp(x))}, without overflow; NaN stays NaN. */
    public static Tensor softplus(Tensor x) {
        return x.logAddExp(Lax.like(x, 0));
    }

    /** {@code (x - mean) / sqrt(variance + epsilon)} along one axis, mean and variance being those of {@code x}. */
    public static Tensor standardize(Tensor x, int axis, double epsilon) {
        Tensor mean = x.mean(axis).expandDims(axis);
        Tensor variance = x.square().mean(axis).expandDims(axis).minus(mean.square());
        return x.minus(mean).times(variance.plus(epsilon).rsqrt());
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

    /** {@code log(sum(exp(x)))} along axes, of all where none is named, without overflow; infinities as JAX has them. */
    public static Tensor logSumExp(Tensor x, int... axes) {
        int[] over = axes.length == 0 ? IntStream.range(0, x.rank()).toArray() : axes;
        Tensor max = x.max(over).stopGradient();
        // An infinite maximum must not meet itself in inf - inf.
        Tensor shift = Tensor.where(max.isFinite(), max, Lax.like(max, 0));
        return x.minus(kept(shift, x, over)).exp().sum(over).log().plus(shift);
    }

    /** A reduced tensor with its axes as axes of size 1 again. */
    private static Tensor kept(Tensor reduced, Tensor x, int[] axes) {
        int[] dims = x.shape().stream().mapToInt(Integer::intValue).toArray();
        for (int axis : axes) {
            dims[axis < 0 ? axis + x.rank() : axis] = 1;
        }
        return reduced.reshape(dims);
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

    /** {@code (prediction - target)^2}, elementwise. */
    public static Tensor squaredError(Tensor prediction, Tensor target) {
        return prediction.minus(target).square();
    }

    /** {@code x · weights + bias}: x f32[..., in], weights f32[in, out], bias f32[out]. */
    public static Tensor dense(Tensor x, Tensor weights, Tensor bias) {
        return x.dot(weights).plus(bias);
    }
}
