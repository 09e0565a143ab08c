package io.kiln.examples;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import io.kiln.jit.ValueAndGrad;
import io.kiln.nn.Dense;
import io.kiln.nn.Nn;
import io.kiln.optim.Optimizer;
import io.kiln.optim.Optimizers;
import io.kiln.random.Key;
import io.kiln.random.Random;
import java.util.List;

/**
 * A small network that learns to tell two spirals apart, in a plain Java program: no Spark, only jit-core on the class path. One
 * step of training is one compiled call; the program of the loss is printed.
 */
public final class Spirals {
    private static final int POINTS = 1000;
    private static final int STEPS = 1500;

    private Spirals() {}

    /** The network: two hidden layers. Its weights are the leaves of a pytree. */
    record Network(Dense first, Dense second, Dense last) {
        static Network init(Key key, int width) {
            List<Key> keys = key.split(3);
            return new Network(
                    Dense.init(keys.get(0), DType.F32, 2, width),
                    Dense.init(keys.get(1), DType.F32, width, width),
                    Dense.init(keys.get(2), DType.F32, width, 1));
        }

        /** The logit of the second spiral for one point f32[2]. */
        Tensor apply(Tensor point) {
            return last.apply(second.apply(first.apply(point).tanh()).tanh()).squeeze(0);
        }
    }

    /** The loss of one example: a point f32[2] and its spiral, 0 or 1. */
    static Tensor loss(Network network, Tensor point, Tensor spiral) {
        return Nn.sigmoidCrossEntropy(network.apply(point), spiral);
    }

    /** The mean loss of a batch: points f32[n,2], spirals f32[n]. */
    static Tensor meanLoss(Network network, Tensor points, Tensor spirals) {
        return Jit.vmap(Spirals::loss, null, 0, 0)
                .apply(network, points, spirals)
                .mean();
    }

    /** Points of two spirals with a little noise, and which spiral each belongs to. */
    private static List<Tensor> data(Key key) {
        List<Key> keys = key.split(3);
        Tensor spirals = Random.bernoulli(keys.get(0), 0.5, POINTS).toF32();
        Tensor along = Random.uniform(keys.get(1), DType.F32, POINTS).sqrt();
        Tensor angle = along.times(3 * Math.PI).plus(spirals.times(Math.PI));
        Tensor points = Tensor.stack(1, angle.cos().times(along), angle.sin().times(along));
        Tensor noise = Random.normal(keys.get(2), DType.F32, POINTS, 2).times(0.02);
        return List.of(points.plus(noise), spirals);
    }

    /** Trains and prints: the program of one example's loss, the loss on the way, the share of points told right. */
    public static void main(String[] args) {
        List<Tensor> data = data(Key.of(1));
        Tensor points = data.get(0);
        Tensor spirals = data.get(1);

        Optimizer adam = Optimizers.adam(1e-2);
        var step = Jit.jit((Network network, Optimizer.State state, Tensor x, Tensor y) -> {
                    ValueAndGrad<Network> both =
                            Jit.valueAndGrad(Spirals::meanLoss).apply(network, x, y);
                    return new Step(both.value(), adam.update(both.grad(), state, network));
                })
                .donate(0, 1);

        Network network = Network.init(Key.of(2), 32);
        Optimizer.State state = adam.init(network);
        var one = Jit.jit(Spirals::loss);
        one.call(network, points.at(0), spirals.at(0));
        System.out.println("the loss of one example:");
        System.out.println(one.explain());
        for (int i = 1; i <= STEPS; i++) {
            Step next = step.call(network, state, points, spirals);
            network = next.updated().params();
            state = next.updated().state();
            if (i == 1 || i % 300 == 0) {
                System.out.printf("step %4d  loss %.4f%n", i, next.loss().item());
            }
        }
        var predict = Jit.jit((Network n, Tensor x) ->
                Jit.vmap((Network m, Tensor p) -> m.apply(p), null, 0).apply(n, x));
        Tensor right = predict.call(network, points).greaterThan(0).equalTo(spirals.greaterThan(0.5));
        System.out.printf(
                "told right: %.3f of %d points%n", right.toF32().mean().item(), POINTS);
        System.out.printf(
                "%d traces, %d calls of the step%n",
                step.stats().traces(), step.stats().calls());
    }

    /** What a step of training gives. */
    record Step(Tensor loss, Optimizer.Updated<Network> updated) {}
}
