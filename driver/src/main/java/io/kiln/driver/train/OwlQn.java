package io.kiln.driver.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Orthant-wise limited-memory quasi-Newton: minimises {@code f(x) + l1 sum |x_i|} over the regularised elements, where f is smooth. Source:
 * Andrew and Gao, "Scalable training of L1-regularized log-linear models", ICML 2007. The pseudo-gradient takes the place of the gradient,
 * a direction may not leave its side of zero, and a step is projected onto the orthant that it started in, so that elements become exactly 0.
 *
 * @param memory how many steps are remembered
 * @param l1 the factor of the magnitudes
 * @param regularised which elements have it
 */
@SuppressWarnings("ArrayRecordComponent") // Flags, handed over once.
record OwlQn(int memory, double l1, boolean[] regularised) implements Optimizer {
    private static final double SUFFICIENT = 1e-4;
    private static final double SHRINK = 0.5;
    private static final int MAX_EVALUATIONS = 50;

    /** A point with the smooth part there, the whole objective and the pseudo-gradient. */
    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    private record Place(double[] x, Objective.Evaluation smooth, double value, double[] pseudo) {
        double pseudoMaxAbs() {
            return new Objective.Evaluation(value, pseudo).gradientMaxAbs();
        }
    }

    @Override
    public Minimum minimize(Objective objective, double[] start, Limits limits, Consumer<Step> listener) {
        CurvaturePairs pairs = new CurvaturePairs(memory);
        Place now = place(start.clone(), objective);
        if (!now.smooth.isFinite()) {
            throw Optimizers.notFinite("at the start", now.value);
        }
        List<Double> history = new ArrayList<>(List.of(now.value));
        int small = 0;
        for (int t = 1; t <= limits.maxIterations(); t++) {
            if (now.pseudoMaxAbs() <= limits.tolerance() * Math.max(1, Math.abs(now.value))) {
                return new Minimum(now.x, now.value, t - 1, "gradient", history);
            }
            Place next = search(objective, now, direction(now, pairs), pairs.isEmpty());
            if (next == null) {
                if (pairs.isEmpty()) {
                    return new Minimum(now.x, now.value, t - 1, "line search", history);
                }
                pairs.clear();
                history.add(now.value);
                continue;
            }
            // The curvature is the smooth part's: |x| has none.
            pairs.add(now.x, next.x, now.smooth.gradient(), next.smooth.gradient());
            double decrease = now.value - next.value;
            now = next;
            history.add(now.value);
            listener.accept(new Step(t, now.value, now.pseudoMaxAbs()));
            small = decrease <= limits.tolerance() * Math.max(Math.abs(now.value), Double.MIN_NORMAL) ? small + 1 : 0;
            if (small == 2) {
                return new Minimum(now.x, now.value, t, "decrease", history);
            }
        }
        return new Minimum(now.x, now.value, limits.maxIterations(), "iterations", history);
    }

    private Place place(double[] x, Objective objective) {
        Objective.Evaluation smooth = objective.at(x);
        double value = smooth.value();
        double[] pseudo = smooth.gradient().clone();
        for (int i = 0; i < x.length; i++) {
            if (regularised[i]) {
                value += l1 * Math.abs(x[i]);
                pseudo[i] = steepest(x[i], pseudo[i]);
            }
        }
        return new Place(x, smooth, value, pseudo);
    }

    /** The element of the subdifferential that is nearest to 0: equation (4). */
    private double steepest(double x, double gradient) {
        if (x != 0) {
            return gradient + Math.copySign(l1, x);
        }
        return Math.copySign(Math.max(0, Math.abs(gradient) - l1), gradient);
    }

    /** The quasi-Newton direction, but 0 where it would go against steepest descent. */
    private static double[] direction(Place at, CurvaturePairs pairs) {
        double[] direction = pairs.direction(at.pseudo);
        for (int i = 0; i < direction.length; i++) {
            if (direction[i] * at.pseudo[i] >= 0) {
                direction[i] = 0;
            }
        }
        return direction;
    }

    /** Halves the step until the projected point is lower by enough; null when no step is. */
    private @Nullable Place search(Objective objective, Place from, double[] direction, boolean first) {
        double step = first ? 1 / Math.max(1, Math.sqrt(LBfgs.dot(from.pseudo, from.pseudo))) : 1;
        for (int i = 0; i < MAX_EVALUATIONS; i++, step *= SHRINK) {
            double[] x = projected(from, direction, step);
            double slope = 0;
            for (int j = 0; j < x.length; j++) {
                slope += from.pseudo[j] * (x[j] - from.x[j]);
            }
            if (slope >= 0) {
                // Nothing moved, or rounding ate what did.
                return null;
            }
            Place to = place(x, objective);
            if (to.smooth.isFinite() && to.value <= from.value + SUFFICIENT * slope) {
                return to;
            }
        }
        return null;
    }

    /** {@code x + step * direction}, and 0 where a regularised element would change its sign. */
    private double[] projected(Place from, double[] direction, double step) {
        double[] x = new double[direction.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = from.x[i] + step * direction[i];
            if (regularised[i]) {
                double side = from.x[i] != 0 ? from.x[i] : -from.pseudo[i];
                x[i] = x[i] * side > 0 ? x[i] : 0;
            }
        }
        return x;
    }
}
