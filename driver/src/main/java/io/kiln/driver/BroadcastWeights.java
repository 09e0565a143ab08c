package io.kiln.driver;

import io.kiln.core.HostArray;
import io.kiln.model.Safetensors;
import io.kiln.model.Sha256;
import io.kiln.model.Weight;
import io.kiln.worker.WeightSource;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Weights that travel to the executors as a broadcast of their own, once each.
 *
 * @param contentId the SHA-256 of the bytes
 * @param bytes the weights as safetensors
 */
record BroadcastWeights(String contentId, Broadcast<byte[]> bytes) implements WeightSource {
    private static final long serialVersionUID = 1L;

    /** Broadcasts {@code weights}; nothing when there are none. */
    static WeightSource of(SparkContext context, List<Weight> weights) {
        if (weights.isEmpty()) {
            return WeightSource.none();
        }
        byte[] bytes = Safetensors.write(weights);
        return new BroadcastWeights(
                Sha256.hex(bytes), JavaSparkContext.fromSparkContext(context).broadcast(bytes));
    }

    @Override
    public List<HostArray> load() {
        return Safetensors.read("a broadcast", bytes.value()).stream()
                .map(Weight::value)
                .toList();
    }
}
