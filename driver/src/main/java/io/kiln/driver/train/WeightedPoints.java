package io.kiln.driver.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Few points with weights, to be clustered on the driver: k-means++ and then Lloyd's iteration. Source: Arthur and Vassilvitskii, "k-means++:
 * the advantages of careful seeding", SODA 2007.
 */
final class WeightedPoints {
    private static final int ITERATIONS = 30;
    private static final int STARTS = 10;

    private final List<double[]> points;
    private final double[] weights;

    WeightedPoints(List<double[]> points, double[] weights) {
        this.points = List.copyOf(points);
        this.weights = weights;
    }

    /**
     * At most {@code k} centres: fewer when there are not as many different points of a weight above 0. Of {@value #STARTS} draws the one is
     * taken that ends with the least inertia: the points are few, and a single draw can end far from the best.
     */
    List<double[]> centers(int k, SplittableRandom random) {
        List<double[]> best = List.of();
        double least = Double.POSITIVE_INFINITY;
        for (int start = 0; start < STARTS; start++) {
            List<double[]> centers = once(k, random);
            double inertia = inertia(centers);
            if (inertia < least) {
                best = centers;
                least = inertia;
            }
        }
        return best;
    }

    private double inertia(List<double[]> centers) {
        double inertia = 0;
        for (int i = 0; i < points.size(); i++) {
            double nearest = Double.POSITIVE_INFINITY;
            for (double[] center : centers) {
                nearest = Math.min(nearest, distance(points.get(i), center));
            }
            inertia += weights[i] > 0 ? weights[i] * nearest : 0;
        }
        return inertia;
    }

    private List<double[]> once(int k, SplittableRandom random) {
        List<double[]> centers = new ArrayList<>();
        double[] nearest = new double[points.size()];
        Arrays.fill(nearest, 1);
        while (centers.size() < k) {
            int chosen = draw(nearest, random);
            if (chosen < 0) {
                return centers;
            }
            double[] center = points.get(chosen).clone();
            for (int i = 0; i < nearest.length; i++) {
                double distance = distance(points.get(i), center);
                nearest[i] = centers.isEmpty() ? distance : Math.min(nearest[i], distance);
            }
            centers.add(center);
        }
        for (int t = 0; t < ITERATIONS && improve(centers); t++) {
            // Until no centre moves.
        }
        return centers;
    }

    /** A position with probability proportional to its weight times its factor; -1 when all are 0. */
    private int draw(double[] factors, SplittableRandom random) {
        double sum = 0;
        for (int i = 0; i < factors.length; i++) {
            sum += weights[i] * factors[i];
        }
        if (!(sum > 0)) {
            return -1;
        }
        double left = random.nextDouble() * sum;
        int last = -1;
        for (int i = 0; i < factors.length; i++) {
            double part = weights[i] * factors[i];
            if (part > 0) {
                last = i;
                left -= part;
                if (left < 0) {
                    return i;
                }
            }
        }
        return last;
    }

    private boolean improve(List<double[]> centers) {
        int width = centers.getFirst().length;
        double[][] sums = new double[centers.size()][width];
        double[] counts = new double[centers.size()];
        for (int i = 0; i < points.size(); i++) {
            double[] point = points.get(i);
            int best = 0;
            for (int j = 1; j < centers.size(); j++) {
                best = distance(point, centers.get(j)) < distance(point, centers.get(best)) ? j : best;
            }
            counts[best] += weights[i];
            for (int c = 0; c < width; c++) {
                sums[best][c] += weights[i] * point[c];
            }
        }
        boolean moved = false;
        for (int j = 0; j < counts.length; j++) {
            for (int c = 0; c < width && counts[j] > 0; c++) {
                double mean = sums[j][c] / counts[j];
                moved |= mean != centers.get(j)[c];
                centers.get(j)[c] = mean;
            }
        }
        return moved;
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }
}
