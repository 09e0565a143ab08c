package io.kiln.driver.train;

import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.model.Weight;
import io.kiln.worker.PackedTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The mean loss over packed rows plus {@code (l2/2) |w|²} over the parameters that are regularised: each evaluation is one small job.
 */
final class PackedObjective implements Objective {
    private final TrainingSet set;
    private final PackedTask task;
    private final double[] constants;
    private final boolean[] regularised;
    private final double l2;
    private final String doing;

    /**
     * An objective.
     *
     * @param constants the elements of the program's first inputs, which are not differentiated
     * @param regularised which elements of the point have a penalty
     */
    PackedObjective(
            TrainingSet set, PackedTask task, double[] constants, boolean[] regularised, double l2, String doing) {
        this.set = set;
        this.task = task;
        this.constants = constants;
        this.regularised = regularised;
        this.l2 = l2;
        this.doing = doing;
    }

    /** One flag for each element of {@code parameters}, that of its array. */
    static boolean[] flags(List<Weight> parameters, Predicate<Weight> flag) {
        boolean[] flags = new boolean[flat(parameters).length];
        int at = 0;
        for (Weight parameter : parameters) {
            int n = Math.toIntExact(parameter.value().aval().elements());
            Arrays.fill(flags, at, at + n, flag.test(parameter));
            at += n;
        }
        return flags;
    }

    /** Which elements of the point are regularised. */
    boolean[] regularised() {
        return regularised.clone();
    }

    @Override
    public Evaluation at(double[] point) {
        double[] all = new double[constants.length + point.length];
        System.arraycopy(constants, 0, all, 0, constants.length);
        System.arraycopy(point, 0, all, constants.length, point.length);
        double[] sums = set.sum(task, all);
        double weight = sums.length == 0 ? 0 : sums[1];
        if (!(weight > 0)) {
            throw KilnException.user(
                    doing + ": required rows with a weight above 0, got a sum of weights of " + weight,
                    "check the weight column and the filter in --sql");
        }
        double value = sums[0] / weight;
        double[] gradient = new double[point.length];
        for (int i = 0; i < point.length; i++) {
            gradient[i] = sums[2 + i] / weight;
            if (regularised[i]) {
                value += l2 / 2 * point[i] * point[i];
                gradient[i] += l2 * point[i];
            }
        }
        return new Evaluation(value, gradient);
    }

    /** The elements of all arrays, one after the other. */
    static double[] flat(List<Weight> weights) {
        return weights.stream()
                .flatMapToDouble(weight -> Arrays.stream(weight.value().toDoubles()))
                .toArray();
    }

    /** Arrays like {@code like} with the elements of {@code flat}. */
    static List<Weight> weights(List<Weight> like, double[] flat) {
        List<Weight> weights = new ArrayList<>();
        int at = 0;
        for (Weight weight : like) {
            ShapedArray aval = weight.value().aval();
            int first = at;
            weights.add(new Weight(weight.name(), HostArray.ofDoubles(aval, i -> flat[first + i])));
            at += Math.toIntExact(aval.elements());
        }
        return weights;
    }
}
