package io.kiln.driver.train;

import org.jspecify.annotations.Nullable;

/**
 * A line search for the strong Wolfe conditions. Source: Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 3.5 and 3.6,
 * with cubic interpolation (equation 3.59) kept inside the bracket.
 */
final class WolfeSearch {
    private static final double C1 = 1e-4;
    private static final double C2 = 0.9;
    private static final int MAX_EVALUATIONS = 25;
    private static final double MAX_STEP = 1e10;

    private final Objective objective;
    private final double[] from;
    private final double[] direction;
    private final double value0;
    private final double slope0;
    private int evaluations;

    /** The accepted point. */
    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    record Found(double[] point, Objective.Evaluation evaluation) {}

    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    private record Trial(double step, double[] point, Objective.Evaluation evaluation, double slope) {
        double value() {
            return evaluation.value();
        }
    }

    private WolfeSearch(Objective objective, double[] from, double[] direction, double value0, double slope0) {
        this.objective = objective;
        this.from = from;
        this.direction = direction;
        this.value0 = value0;
        this.slope0 = slope0;
    }

    /** A point along {@code direction} that meets the conditions, or at least is lower; null when there is none to be found. */
    static @Nullable Found search(
            Objective objective,
            double[] from,
            double[] direction,
            Objective.Evaluation at,
            double slope,
            double first) {
        Trial found = new WolfeSearch(objective, from, direction, at.value(), slope).bracket(at, first);
        return found == null ? null : new Found(found.point, found.evaluation);
    }

    private @Nullable Trial bracket(Objective.Evaluation at, double first) {
        Trial before = new Trial(0, from, at, slope0);
        double step = first;
        while (evaluations < MAX_EVALUATIONS) {
            Trial now = trial(step);
            if (!now.evaluation.isFinite()) {
                // Outside of the domain: come nearer.
                step = (before.step + step) / 2;
                continue;
            }
            if (now.value() > value0 + C1 * step * slope0 || (before.step > 0 && now.value() >= before.value())) {
                return zoom(before, now);
            }
            if (Math.abs(now.slope) <= -C2 * slope0) {
                return now;
            }
            if (now.slope >= 0) {
                return zoom(now, before);
            }
            if (step >= MAX_STEP) {
                return now;
            }
            before = now;
            step = Math.min(2 * step, MAX_STEP);
        }
        return before.step > 0 ? before : null;
    }

    private @Nullable Trial zoom(Trial low, Trial high) {
        while (evaluations < MAX_EVALUATIONS) {
            double step = interpolate(low, high);
            Trial now = trial(step);
            if (!now.evaluation.isFinite() || now.value() > value0 + C1 * step * slope0 || now.value() >= low.value()) {
                if (Math.abs(high.step - low.step) <= 1e-14 * Math.max(1, Math.abs(low.step))) {
                    break;
                }
                high = now;
            } else {
                if (Math.abs(now.slope) <= -C2 * slope0) {
                    return now;
                }
                if (now.slope * (high.step - low.step) >= 0) {
                    high = low;
                }
                low = now;
            }
        }
        return low.step > 0 && low.value() < value0 ? low : null;
    }

    /** The minimum of the cubic through both ends, or the middle where that lies too near to an end. */
    private static double interpolate(Trial low, Trial high) {
        double width = high.step - low.step;
        double middle = low.step + width / 2;
        if (!high.evaluation.isFinite()) {
            return middle;
        }
        double d1 = low.slope + high.slope - 3 * (low.value() - high.value()) / (low.step - high.step);
        double square = d1 * d1 - low.slope * high.slope;
        if (!(square >= 0)) {
            return middle;
        }
        double d2 = Math.signum(width) * Math.sqrt(square);
        double step = high.step - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2);
        double least = Math.min(low.step, high.step) + 0.1 * Math.abs(width);
        double most = Math.max(low.step, high.step) - 0.1 * Math.abs(width);
        return step >= least && step <= most ? step : middle;
    }

    private Trial trial(double step) {
        evaluations++;
        double[] point = new double[from.length];
        for (int i = 0; i < point.length; i++) {
            point[i] = from[i] + step * direction[i];
        }
        Objective.Evaluation evaluation = objective.at(point);
        return new Trial(step, point, evaluation, LBfgs.dot(direction, evaluation.gradient()));
    }
}
