package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.nn.Nn;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the last layer's sums mean: the loss of one example and the results of a row. */
sealed interface Head {
    /** How many sums the last layer has; 0 for a scalar. */
    int width();

    /** The loss of one example. */
    Tensor loss(Tensor sums, Tensor label);

    /** The best constant sum where that is known, to begin with; else 0. */
    default double start(double meanLabel) {
        return switch (this) {
            case Squared _ -> meanLabel;
            case Poisson _ -> meanLabel > 0 ? Math.log(meanLabel) : 0;
            case Sigmoid _ -> 0;
            case Softmax _ -> 0;
        };
    }

    /** The results of one row, by name. */
    Map<String, Tensor> results(Tensor sums);

    /** A number: half of the squared error. */
    record Squared() implements Head {
        @Override
        public int width() {
            return 0;
        }

        @Override
        public Tensor loss(Tensor sums, Tensor label) {
            return Nn.squaredError(sums, label).times(0.5);
        }

        @Override
        public Map<String, Tensor> results(Tensor sums) {
            return Map.of("prediction", sums);
        }
    }

    /** A count: the negative log likelihood of Poisson's distribution, whose mean is the exponential of the sum, but for log y!. */
    record Poisson() implements Head {
        @Override
        public int width() {
            return 0;
        }

        @Override
        public Tensor loss(Tensor sums, Tensor label) {
            return sums.exp().minus(label.times(sums));
        }

        @Override
        public Map<String, Tensor> results(Tensor sums) {
            return Map.of("prediction", sums.exp());
        }
    }

    /** Two classes: the negative log likelihood of a sigmoid. */
    record Sigmoid() implements Head {
        @Override
        public int width() {
            return 0;
        }

        @Override
        public Tensor loss(Tensor sums, Tensor label) {
            return Nn.sigmoidCrossEntropy(sums, label);
        }

        @Override
        public Map<String, Tensor> results(Tensor sums) {
            Map<String, Tensor> results = new LinkedHashMap<>();
            results.put("prediction", sums.greaterThan(0).convert(DType.I32));
            results.put("probability", Nn.sigmoid(sums));
            return results;
        }
    }

    /**
     * Several classes: the negative log likelihood of a softmax.
     *
     * @param classes how many; labels are 0 to {@code classes - 1}
     */
    record Softmax(int classes) implements Head {
        @Override
        public int width() {
            return classes;
        }

        @Override
        public Tensor loss(Tensor sums, Tensor label) {
            return Nn.softmaxCrossEntropy(sums, label);
        }

        @Override
        public Map<String, Tensor> results(Tensor sums) {
            Map<String, Tensor> results = new LinkedHashMap<>();
            results.put("prediction", sums.argmax(0).convert(DType.I32));
            results.put("probabilities", Nn.softmax(sums, 0));
            return results;
        }
    }
}
