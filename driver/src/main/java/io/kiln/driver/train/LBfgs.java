package io.kiln.driver.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Limited-memory BFGS with a line search for the strong Wolfe conditions. Source: Nocedal and Wright, "Numerical Optimization", 2nd edition,
 * algorithms 7.4 (two-loop recursion), 7.5 and, in {@link WolfeSearch}, 3.5 and 3.6.
 *
 * @param memory how many steps are remembered
 */
public record LBfgs(int memory) implements Optimizer {
    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    private record Pair(double[] s, double[] y, double rho) {}

    @Override
    public Minimum minimize(Objective objective, double[] start, Limits limits, Consumer<Step> listener) {
        Deque<Pair> pairs = new ArrayDeque<>();
        double[] x = start.clone();
        var now = objective.at(x);
        if (!now.isFinite()) {
            throw Optimizers.notFinite("at the start", now.value());
        }
        List<Double> history = new ArrayList<>(List.of(now.value()));
        int small = 0;
        for (int t = 1; t <= limits.maxIterations(); t++) {
            if (now.gradientMaxAbs() <= limits.tolerance() * Math.max(1, Math.abs(now.value()))) {
                return new Minimum(x, now.value(), t - 1, "gradient", history);
            }
            double[] direction = direction(now.gradient(), pairs);
            double slope = dot(direction, now.gradient());
            if (slope >= 0) {
                // Rounding has spoilt the memory: begin again from the gradient.
                pairs.clear();
                direction = direction(now.gradient(), pairs);
                slope = dot(direction, now.gradient());
            }
            double first = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(now.gradient(), now.gradient()))) : 1;
            WolfeSearch.Found found = WolfeSearch.search(objective, x, direction, now, slope, first);
            if (found == null) {
                if (pairs.isEmpty()) {
                    return new Minimum(x, now.value(), t - 1, "line search", history);
                }
                pairs.clear();
                history.add(now.value());
                continue;
            }
            remember(pairs, x, found.point(), now.gradient(), found.evaluation().gradient());
            double decrease = now.value() - found.evaluation().value();
            x = found.point();
            now = found.evaluation();
            history.add(now.value());
            listener.accept(new Step(t, now.value(), now.gradientMaxAbs()));
            small = decrease <= limits.tolerance() * Math.max(Math.abs(now.value()), Double.MIN_NORMAL) ? small + 1 : 0;
            if (small == 2) {
                // Twice in a row, as a single short step says little.
                return new Minimum(x, now.value(), t, "decrease", history);
            }
        }
        return new Minimum(x, now.value(), limits.maxIterations(), "iterations", history);
    }

    private void remember(Deque<Pair> pairs, double[] from, double[] to, double[] before, double[] after) {
        double[] s = new double[from.length];
        double[] y = new double[from.length];
        for (int i = 0; i < s.length; i++) {
            s[i] = to[i] - from[i];
            y[i] = after[i] - before[i];
        }
        double sy = dot(s, y);
        // Only a pair of positive curvature keeps the approximation positive definite.
        if (sy > 1e-16 * Math.sqrt(dot(s, s) * dot(y, y))) {
            pairs.addLast(new Pair(s, y, 1 / sy));
            if (pairs.size() > memory) {
                pairs.removeFirst();
            }
        }
    }

    /** The two-loop recursion: minus the approximate inverse Hessian times the gradient. */
    private static double[] direction(double[] gradient, Deque<Pair> pairs) {
        double[] q = gradient.clone();
        double[] alpha = new double[pairs.size()];
        int i = pairs.size();
        for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); ) {
            Pair pair = newest.next();
            alpha[--i] = pair.rho * dot(pair.s, q);
            add(q, -alpha[i], pair.y);
        }
        if (!pairs.isEmpty()) {
            Pair last = pairs.getLast();
            double scale = 1 / (last.rho * dot(last.y, last.y));
            for (int j = 0; j < q.length; j++) {
                q[j] *= scale;
            }
        }
        for (Pair pair : pairs) {
            double beta = pair.rho * dot(pair.y, q);
            add(q, alpha[i++] - beta, pair.s);
        }
        for (int j = 0; j < q.length; j++) {
            q[j] = -q[j];
        }
        return q;
    }

    private static void add(double[] to, double factor, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * what[i];
        }
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
