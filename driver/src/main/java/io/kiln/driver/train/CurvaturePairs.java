package io.kiln.driver.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * The last steps and how the gradient changed over them: an approximation of the inverse Hessian. Source: Nocedal and Wright, "Numerical
 * Optimization", 2nd edition, algorithm 7.4 (two-loop recursion).
 */
final class CurvaturePairs {
    private final int memory;
    private final Deque<Pair> pairs = new ArrayDeque<>();

    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    private record Pair(double[] s, double[] y, double rho) {}

    /** None yet, and never more than {@code memory}. */
    CurvaturePairs(int memory) {
        this.memory = memory;
    }

    boolean isEmpty() {
        return pairs.isEmpty();
    }

    void clear() {
        pairs.clear();
    }

    /** Remembers the step between two points, whose gradients are {@code before} and {@code after}. */
    void add(double[] from, double[] to, double[] before, double[] after) {
        double[] s = new double[from.length];
        double[] y = new double[from.length];
        for (int i = 0; i < s.length; i++) {
            s[i] = to[i] - from[i];
            y[i] = after[i] - before[i];
        }
        double sy = LBfgs.dot(s, y);
        // Only a pair of positive curvature keeps the approximation positive definite.
        if (sy > 1e-16 * Math.sqrt(LBfgs.dot(s, s) * LBfgs.dot(y, y))) {
            pairs.addLast(new Pair(s, y, 1 / sy));
            if (pairs.size() > memory) {
                pairs.removeFirst();
            }
        }
    }

    /** Minus the approximate inverse Hessian times the gradient. */
    double[] direction(double[] gradient) {
        double[] q = gradient.clone();
        double[] alpha = new double[pairs.size()];
        int i = pairs.size();
        for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); ) {
            Pair pair = newest.next();
            alpha[--i] = pair.rho * LBfgs.dot(pair.s, q);
            add(q, -alpha[i], pair.y);
        }
        if (!pairs.isEmpty()) {
            Pair last = pairs.getLast();
            double scale = 1 / (last.rho * LBfgs.dot(last.y, last.y));
            for (int j = 0; j < q.length; j++) {
                q[j] *= scale;
            }
        }
        for (Pair pair : pairs) {
            double beta = pair.rho * LBfgs.dot(pair.y, q);
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
}
