package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.linalg.Linalg;
import io.kiln.model.Weight;
import io.kiln.worker.PackedTask;
import io.kiln.worker.WorkerRuntime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Principal components: the eigenvectors of {@code (1/(n-1)) sum (x - m)(x - m)ᵀ} with the k largest eigenvalues, exactly. Source: Jolliffe,
 * "Principal Component Analysis", 2nd edition, chapters 1 and 3. One pass takes the mean, one the products around it, in f64 whatever the
 * features are, and the eigenvectors are found by Jacobi's method. Of a component and its negative the one is given whose element of the
 * largest magnitude, of several the first, is positive.
 */
final class Pca {
    /** The covariance of more features would be too large to be exact about. */
    private static final int MAX_FEATURES = 4096;

    private final TrainingData data;
    private final Training training;
    private final int width;
    private final int k;

    Pca(TrainingData data) {
        this.data = data;
        this.training = data.training();
        this.width = data.width();
        this.k = training.k;
    }

    TrainedModel fit() {
        if (k > width || width > MAX_FEATURES) {
            throw KilnException.user(
                    "%s: required k from 1 to the number of features and at most %d of them, got k = %d and %d features"
                            .formatted(data.doing(), MAX_FEATURES, k, width),
                    k > width ? "say a smaller --k" : "name fewer --features");
        }
        PackedTask moments = moments();
        double[] mean = new double[width];
        double[] sums = data.set().sum(moments, data.arguments(mean));
        double rows = sums[0];
        if (!(rows > 1)) {
            throw KilnException.user(
                    data.doing() + ": required rows of a weight above 1 in all, got " + rows,
                    "check the weight column and the filter in --sql");
        }
        for (int i = 0; i < width; i++) {
            mean[i] = sums[1 + i] / rows;
        }
        double[] centred = data.set().sum(moments, data.arguments(mean));
        double[] covariance = covariance(centred, rows);
        if (!Arrays.stream(covariance).allMatch(Double::isFinite)) {
            throw Optimizers.notFinite("of the covariance", Double.NaN);
        }
        List<HostArray> eigen = eigen(covariance);
        double[] values = descending(eigen.get(0).toDoubles());
        double[] components = components(eigen.get(1).toDoubles());
        double all = Arrays.stream(values).sum();
        double lost = Arrays.stream(values, k, width).sum() * (rows - 1) / rows;
        return trained(mean, values, all, components, lost);
    }

    /** A task that takes a centre and gives the sum of the weights, the features' sums around it, and their products'. */
    private PackedTask moments() {
        return data.summed("moments", List.of(ShapedArray.of(DType.F64, width)), batch -> {
            Tensor x = batch.x().toF64().minus(batch.parameters().getFirst());
            Tensor weight = batch.weight().toF64();
            Tensor weighted = x.times(weight.expandDims(1));
            return List.of(weight.sum(), weighted.sum(0), weighted.transpose().matmul(x));
        });
    }

    private double[] covariance(double[] centred, double rows) {
        double[] covariance = new double[width * width];
        int products = 1 + width;
        for (int i = 0; i < width; i++) {
            for (int j = 0; j < width; j++) {
                // Both halves are summed in their own order: the mean of the two is symmetric.
                double both = centred[products + i * width + j] + centred[products + j * width + i];
                covariance[i * width + j] = (both / 2 - centred[1 + i] * centred[1 + j] / rows) / (rows - 1);
            }
        }
        return covariance;
    }

    /** Ascending eigenvalues, and eigenvectors as columns. */
    private List<HostArray> eigen(double[] covariance) {
        ShapedArray square = ShapedArray.of(DType.F64, width, width);
        training.kiln.countTrace();
        Program program = Trace.trace(
                        ins -> {
                            Linalg.Eigh eigh = Linalg.eigh(ins.getFirst());
                            return List.of(eigh.w(), eigh.v());
                        },
                        List.of(square))
                .program();
        return WorkerRuntime.of(training.kiln.workerConf())
                .call(program, "eigenvectors", List.of(HostArray.ofDoubles(square, i -> covariance[i])));
    }

    /** From the largest down; a covariance has none below 0 but for rounding. */
    private double[] descending(double[] ascending) {
        double[] values = new double[width];
        for (int i = 0; i < width; i++) {
            values[i] = Math.max(0, ascending[width - 1 - i]);
        }
        return values;
    }

    /** The first k of them as rows. */
    private double[] components(double[] columns) {
        double[] rows = new double[k * width];
        for (int c = 0; c < k; c++) {
            double largest = 0;
            for (int i = 0; i < width; i++) {
                double value = columns[i * width + width - 1 - c];
                rows[c * width + i] = value;
                // What differs by rounding alone is as large.
                largest = Math.abs(value) > Math.abs(largest) * (1 + 1e-9) ? value : largest;
            }
            for (int i = 0; i < width && largest < 0; i++) {
                rows[c * width + i] = -rows[c * width + i];
            }
        }
        return rows;
    }

    private TrainedModel trained(double[] mean, double[] values, double all, double[] components, double lost) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("k", k);
        details.put("features", data.steps().features());
        details.put("explained_variance", Arrays.stream(values).limit(k).boxed().toList());
        details.put(
                "explained_variance_ratio",
                Arrays.stream(values)
                        .limit(k)
                        .map(v -> all > 0 ? v / all : 0)
                        .boxed()
                        .toList());
        details.put("mean", Arrays.stream(mean).boxed().toList());
        details.put("components", TrainingData.rows(components, width));
        details.put("reconstruction_error", lost);
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("algorithm", training.algorithm.id());
        metrics.put("objective", lost);
        metrics.put("rows", data.labels().rows());
        metrics.put("k", k);
        ShapedArray row = ShapedArray.of(data.dtype(), width);
        ShapedArray matrix = ShapedArray.of(data.dtype(), k, width);
        // The steps' own mean and deviation have the short names.
        List<Weight> weights = List.of(
                new Weight("centre", HostArray.ofDoubles(row, i -> mean[i])),
                new Weight("components", HostArray.ofDoubles(matrix, i -> components[i])));
        training.listener.accept(new Optimizer.Step(1, lost, 0));
        return new TrainedModel(
                data.model(
                        weights, (found, x) -> Map.of("components", found.get(1).dot(x.minus(found.get(0)))), metrics),
                lost,
                List.of(lost),
                1,
                "exact",
                Map.of(),
                0,
                details,
                data.labels().rows(),
                0);
    }
}
