package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.model.Weight;
import io.kiln.nn.Nn;
import io.kiln.random.Key;
import io.kiln.random.Random;
import java.util.ArrayList;
import java.util.List;

/**
 * Dense layers: none hidden is a linear model.
 *
 * @param inputs features of one row
 * @param hidden sums of each hidden layer
 * @param outputs sums of the last layer; 0 for a scalar
 * @param activation what hidden layers do to their sums
 * @param dtype of the parameters
 */
record Network(int inputs, List<Integer> hidden, int outputs, Activation activation, DType dtype) implements Body {
    Network {
        hidden = List.copyOf(hidden);
    }

    /**
     * The parameters to begin with: zeros for a linear model; else weights by Glorot and Bengio ("Understanding the difficulty of
     * training deep feedforward neural networks", 2010, equation 16), uniform in ±sqrt(6 / (in + out)), and biases 0.
     */
    @Override
    public List<Weight> initial(long seed) {
        if (hidden.isEmpty()) {
            ShapedArray w = outputs == 0 ? ShapedArray.of(dtype, inputs) : ShapedArray.of(dtype, inputs, outputs);
            return List.of(
                    new Weight("weights", HostArray.zeros(w)), new Weight("intercept", HostArray.zeros(bias(outputs))));
        }
        List<Key> keys = Key.of(seed).split(hidden.size() + 1);
        List<Weight> weights = new ArrayList<>();
        int in = inputs;
        for (int layer = 0; layer <= hidden.size(); layer++) {
            int out = layer < hidden.size() ? hidden.get(layer) : outputs;
            ShapedArray shape = out == 0 ? ShapedArray.of(dtype, in) : ShapedArray.of(dtype, in, out);
            double bound = Math.sqrt(6.0 / (in + Math.max(1, out)));
            weights.add(new Weight(
                    "weights" + layer,
                    Random.uniformBetween(keys.get(layer), dtype, -bound, bound, dims(shape))
                            .value()));
            weights.add(new Weight("bias" + layer, HostArray.zeros(bias(out))));
            in = out;
        }
        return weights;
    }

    private static int[] dims(ShapedArray shape) {
        return shape.shape().stream().mapToInt(Integer::intValue).toArray();
    }

    private ShapedArray bias(int out) {
        return out == 0 ? ShapedArray.of(dtype) : ShapedArray.of(dtype, out);
    }

    @Override
    public boolean isRegularised(Weight parameter) {
        return parameter.name().startsWith("weights");
    }

    /** The last layer's sums for one row: parameters as {@link #initial} names them. */
    @Override
    public Tensor sums(List<Tensor> parameters, Tensor x) {
        Tensor values = x;
        for (int layer = 0; layer <= hidden.size(); layer++) {
            values = Nn.dense(values, parameters.get(2 * layer), parameters.get(2 * layer + 1));
            values = layer < hidden.size() ? activation.apply(values) : values;
        }
        return values;
    }
}
