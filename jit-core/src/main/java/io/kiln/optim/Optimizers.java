package io.kiln.optim;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Pytree;

/** The optimizers by name; a rate may be a number or a {@link Schedule}. */
public final class Optimizers {
    private Optimizers() {}

    /** Gradient descent: {@code p - rate g}. */
    public static Optimizer sgd(double rate) {
        return sgd(Schedule.constant(rate));
    }

    /** Gradient descent: {@code p - rate g}. */
    public static Optimizer sgd(Schedule rate) {
        return new Sgd(rate, 0, false);
    }

    /** Gradient descent with momentum. */
    public static Optimizer momentum(double rate, double momentum) {
        return momentum(Schedule.constant(rate), momentum);
    }

    /** Gradient descent with momentum, from 0 up to but not including 1. */
    public static Optimizer momentum(Schedule rate, double momentum) {
        return new Sgd(rate, fraction("momentum", momentum), false);
    }

    /** Gradient descent with Nesterov's momentum, from 0 up to but not including 1. */
    public static Optimizer nesterov(Schedule rate, double momentum) {
        return new Sgd(rate, fraction("momentum", momentum), true);
    }

    /** Adam with the usual decay rates 0.9 and 0.999. */
    public static Optimizer adam(double rate) {
        return adam(Schedule.constant(rate));
    }

    /** Adam with the usual decay rates 0.9 and 0.999. */
    public static Optimizer adam(Schedule rate) {
        return adam(rate, 0.9, 0.999, 1e-8);
    }

    /** Adam with these decay rates. */
    public static Optimizer adam(Schedule rate, double b1, double b2, double epsilon) {
        return new Adam(rate, fraction("b1", b1), fraction("b2", b2), epsilon, 0);
    }

    /** Adam with decoupled weight decay. */
    public static Optimizer adamw(double rate, double weightDecay) {
        return adamw(Schedule.constant(rate), weightDecay);
    }

    /** Adam with decoupled weight decay. */
    public static Optimizer adamw(Schedule rate, double weightDecay) {
        return new Adam(rate, 0.9, 0.999, 1e-8, weightDecay);
    }

    /** AdaGrad whose sums start at 0.1. */
    public static Optimizer adagrad(double rate) {
        return adagrad(Schedule.constant(rate));
    }

    /** AdaGrad whose sums start at 0.1. */
    public static Optimizer adagrad(Schedule rate) {
        return new AdaGrad(rate, 0.1, 1e-7);
    }

    /** RMSProp with the decay rate 0.9. */
    public static Optimizer rmsprop(double rate) {
        return rmsprop(Schedule.constant(rate), 0.9);
    }

    /** RMSProp with this decay rate. */
    public static Optimizer rmsprop(Schedule rate, double decay) {
        return new RmsProp(rate, fraction("decay", decay), 1e-8);
    }

    /** The Euclidean norm over all elements of all leaves of a tree of floats, f32[], or f64[] where a leaf is. */
    public static Tensor globalNorm(Object tree) {
        Tensor sum = Tensor.scalar(DType.F32, 0);
        for (Tensor leaf : Pytree.leaves(tree)) {
            DType wide = leaf.dtype() == DType.F64 || sum.dtype() == DType.F64 ? DType.F64 : DType.F32;
            sum = sum.convert(wide).plus(leaf.convert(wide).square().sum());
        }
        return sum.sqrt();
    }

    private static double fraction(String what, double value) {
        if (!(value >= 0 && value < 1)) {
            throw KilnException.user(
                    "making an optimizer: %s must be from 0 up to but not including 1, got %s".formatted(what, value),
                    "the usual values are 0.9 and 0.999");
        }
        return value;
    }
}
