package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.model.Weight;
import io.kiln.worker.PackedTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * k-means by Lloyd's iteration: {@code sum_i min_j |x_i - c_j|²}, weighted by the rows' weights, falls with every step. Source: Lloyd, "Least
 * squares quantization in PCM", 1982. The first centres are {@link KMeansSeeds}'. A centre that no row is nearest to stays where it is.
 */
final class KMeans {
    private final TrainingData data;
    private final Training training;
    private final int width;

    KMeans(TrainingData data) {
        this.data = data;
        this.training = data.training();
        this.width = data.width();
    }

    /**
     * What the rows are to some centres.
     *
     * @param sums of the rows nearest to each centre, row-major
     * @param counts of the same rows, by their weights
     * @param inertia of all rows
     */
    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    record Nearest(double[] sums, double[] counts, double inertia) {}

    TrainedModel fit() {
        double[] centers = new KMeansSeeds(data).centers();
        PackedTask task = nearestTask(data, training.k);
        Nearest now = nearest(data, task, centers, new double[training.k]);
        requireFinite(now.inertia, "at the start");
        List<Double> history = new ArrayList<>(List.of(now.inertia));
        String stopped = "iterations";
        int t = 0;
        while (t < training.maxIterations) {
            double[] moved = moved(centers, now);
            if (Arrays.equals(moved, centers)) {
                stopped = "unchanged";
                break;
            }
            Nearest next = nearest(data, task, moved, new double[training.k]);
            requireFinite(next.inertia, "in iteration " + (t + 1));
            double decrease = now.inertia - next.inertia;
            if (decrease < 0) {
                // Rounding alone can raise it: the better centres stay.
                stopped = "decrease";
                break;
            }
            centers = moved;
            now = next;
            t++;
            history.add(now.inertia);
            training.listener.accept(new Optimizer.Step(t, now.inertia, 0));
            if (decrease <= training.tolerance * now.inertia && decrease > 0) {
                stopped = "decrease";
                break;
            }
        }
        return trained(centers, now, history, t, stopped);
    }

    private double[] moved(double[] centers, Nearest now) {
        double[] moved = centers.clone();
        for (int j = 0; j < training.k; j++) {
            for (int i = 0; i < width && now.counts[j] > 0; i++) {
                moved[j * width + i] = now.sums[j * width + i] / now.counts[j];
            }
        }
        return moved;
    }

    private void requireFinite(double inertia, String where) {
        if (!Double.isFinite(inertia)) {
            throw Optimizers.notFinite(where, inertia);
        }
    }

    /** A task that takes {@code count} centres and a number each that is 0, or infinite where the centre is not one. */
    static PackedTask nearestTask(TrainingData data, int count) {
        DType dtype = data.dtype();
        List<ShapedArray> parameters =
                List.of(ShapedArray.of(dtype, count, data.width()), ShapedArray.of(dtype, count));
        return data.summed("nearest centres", parameters, batch -> {
            Tensor centers = batch.parameters().getFirst();
            Tensor nearest =
                    nearestCenter(batch.x(), centers, batch.parameters().getLast());
            Tensor weighted = nearest.times(batch.weight().expandDims(1));
            Tensor offset = batch.x().minus(nearest.matmul(centers));
            Tensor inertia = offset.square().sum(1).times(batch.weight()).sum();
            return List.of(weighted.transpose().matmul(batch.x()), weighted.sum(0), inertia);
        });
    }

    /** Runs such a task. */
    static Nearest nearest(TrainingData data, PackedTask task, double[] centers, double[] missing) {
        double[] found = data.set().sum(task, data.arguments(centers, missing));
        int size = centers.length;
        return new Nearest(
                Arrays.copyOf(found, size),
                Arrays.copyOfRange(found, size, size + missing.length),
                found[size + missing.length]);
    }

    /** One row of zeros and a one for each row of {@code x}: its nearest centre, of several the first. */
    static Tensor nearestCenter(Tensor x, Tensor centers, Tensor missing) {
        // |x|² is the same for all centres, so it is left out.
        Tensor half = centers.square().sum(1).times(0.5).plus(missing);
        Tensor best = x.matmul(centers.transpose()).minus(half).argmax(1);
        Tensor positions = Tensor.iota(best.dtype(), centers.dim(0));
        return best.expandDims(1).equalTo(positions.expandDims(0)).convert(x.dtype());
    }

    private TrainedModel trained(double[] centers, Nearest now, List<Double> history, int iterations, String stopped) {
        int k = training.k;
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("k", k);
        details.put("features", data.steps().features());
        details.put("centers", TrainingData.rows(centers, width));
        details.put("sizes", Arrays.stream(now.counts).boxed().toList());
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("algorithm", training.algorithm.id());
        metrics.put("objective", now.inertia);
        metrics.put("iterations", iterations);
        metrics.put("stopped", stopped);
        metrics.put("rows", data.labels().rows());
        metrics.put("k", k);
        Weight weight =
                new Weight("centers", HostArray.ofDoubles(ShapedArray.of(data.dtype(), k, width), i -> centers[i]));
        return new TrainedModel(
                data.model(List.of(weight), (found, x) -> results(found.getFirst(), x), metrics),
                now.inertia,
                history,
                iterations,
                stopped,
                Map.of(),
                0,
                details,
                data.labels().rows(),
                0);
    }

    /** The nearest centre of a row and the distances to all. */
    private static Map<String, Tensor> results(Tensor centers, Tensor x) {
        Tensor distances = centers.minus(x.expandDims(0)).square().sum(1).sqrt();
        Map<String, Tensor> results = new LinkedHashMap<>();
        results.put("cluster", distances.argmin(0).convert(DType.I32));
        results.put("distances", distances);
        return results;
    }

    /** That the rows have as many different points as centres are asked for. */
    static KilnException tooFew(TrainingData data, int found) {
        return KilnException.user(
                "%s: required at least %d different rows for k = %d, got %d"
                        .formatted(data.doing(), data.training().k, data.training().k, found),
                "say a smaller --k");
    }
}
