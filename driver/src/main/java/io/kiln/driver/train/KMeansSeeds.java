package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.random.Key;
import io.kiln.random.Random;
import io.kiln.worker.PackedTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The first centres of k-means: rows that the user named, or k-means||. Source: Bahmani, Moseley, Vattani, Kumar and Vassilvitskii, "Scalable
 * K-Means++", VLDB 2012: in {@value #ROUNDS} rounds 2k rows are drawn with probabilities proportional to their weight times the squared
 * distance to the nearest candidate, and the candidates, weighted by the rows that are nearest to each, are clustered to k. A round draws
 * exactly 2k rows without replacement, by the keys of Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
 */
final class KMeansSeeds {
    private static final int ROUNDS = 5;

    private final TrainingData data;
    private final int k;
    private final int width;
    private final int draws;
    private final int capacity;

    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    private record Drawn(double key, double[] row) {}

    KMeansSeeds(TrainingData data) {
        this.data = data;
        this.k = data.training().k;
        this.width = data.width();
        this.draws = Math.min(2 * k, data.set().plan().batchRows());
        this.capacity = 1 + ROUNDS * draws;
    }

    /** k centres, row-major. */
    double[] centers() {
        List<Long> named = data.training().initRows;
        return named.isEmpty() ? drawn() : new NumberedRows(data).features(named);
    }

    private double[] drawn() {
        PackedTask task = drawTask();
        List<double[]> candidates = new ArrayList<>();
        for (int round = 0; round <= ROUNDS; round++) {
            List<Drawn> drawn = draw(task, round, candidates);
            // The first candidate is one row, drawn by weight alone.
            drawn.stream().limit(round == 0 ? 1 : draws).forEach(each -> candidates.add(each.row));
        }
        double[] weights = KMeans.nearest(
                        data, KMeans.nearestTask(data, capacity), padded(candidates), missing(candidates.size()))
                .counts();
        var clustering = new WeightedPoints(candidates, Arrays.copyOf(weights, candidates.size()));
        List<double[]> centers = clustering.centers(k, new SplittableRandom(data.training().seed));
        if (centers.size() < k) {
            throw KMeans.tooFew(data, centers.size());
        }
        return centers.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    /** The rows of the highest keys over all batches, the highest first. */
    private List<Drawn> draw(PackedTask task, int round, List<double[]> candidates) {
        long seed = data.training().seed;
        double[] words = {seed >>> 32, seed & 0xFFFFFFFFL, round};
        double[] arguments = data.arguments(words, padded(candidates), missing(candidates.size()));
        List<Drawn> all = new ArrayList<>();
        int size = draws * (1 + width);
        for (double[] part : data.set().results(task, arguments)) {
            for (int batch = 0; batch < part.length; batch += size) {
                for (int i = 0; i < draws; i++) {
                    int row = batch + draws + i * width;
                    double key = part[batch + i];
                    if (key > Double.NEGATIVE_INFINITY) {
                        all.add(new Drawn(key, Arrays.copyOfRange(part, row, row + width)));
                    }
                }
            }
        }
        all.sort(Comparator.comparingDouble((Drawn each) -> each.key).reversed());
        return all.subList(0, Math.min(draws, all.size()));
    }

    /** For each batch the rows with the highest keys {@code log(u) / p}, u uniform: p is the weight times the squared distance. */
    private PackedTask drawTask() {
        DType dtype = data.dtype();
        List<ShapedArray> parameters = List.of(
                ShapedArray.of(DType.F64, 3), ShapedArray.of(dtype, capacity, width), ShapedArray.of(dtype, capacity));
        return data.each("draw candidates", parameters, batch -> {
            Tensor words = batch.parameters().get(0).convert(DType.U32);
            Tensor centers = batch.parameters().get(1);
            Tensor missing = batch.parameters().get(2);
            Tensor place = batch.place().getFirst();
            Key key = Key.wrap(words.slice(0, 0, 2))
                    .foldIn(words.at(2))
                    .foldIn(place.at(0))
                    .foldIn(place.at(1));
            int rows = batch.x().dim(0);
            Tensor uniform = Random.uniform(key, DType.F64, rows);
            Tensor nearest = KMeans.nearestCenter(batch.x(), centers, missing);
            Tensor distance =
                    batch.x().minus(nearest.matmul(centers)).square().sum(1).toF64();
            // Before there is a candidate every row is as far.
            Tensor none = missing.at(0).greaterThan(0).broadcastTo(rows);
            Tensor chance = Tensor.where(none, distance.times(0).plus(1), distance)
                    .times(batch.weight().toF64());
            Tensor never = Tensor.full(chance.aval(), Double.NEGATIVE_INFINITY);
            Tensor keys =
                    Tensor.where(chance.greaterThan(0), uniform.negate().log1p().dividedBy(chance), never);
            var top = keys.topK(draws);
            return List.of(top.values(), batch.x().take(top.indices(), 0));
        });
    }

    private double[] padded(List<double[]> candidates) {
        double[] all = new double[capacity * width];
        for (int i = 0; i < candidates.size(); i++) {
            System.arraycopy(candidates.get(i), 0, all, i * width, width);
        }
        return all;
    }

    private double[] missing(int from) {
        double[] missing = new double[capacity];
        Arrays.fill(missing, from, capacity, Double.POSITIVE_INFINITY);
        return missing;
    }
}
