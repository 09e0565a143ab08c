package io.kiln.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import org.junit.jupiter.api.Test;

class TestNn {
    private static final double[] LOGITS = {0.3, -1.2, 2.5};

    @Test
    void softmaxAndItsLogarithmAreTheQuotientsOfExponentials() {
        double sum = Math.exp(0.3) + Math.exp(-1.2) + Math.exp(2.5);
        double[] soft = Nn.softmax(Tensor.of(LOGITS), -1).toDoubles();
        double[] log = Nn.logSoftmax(Tensor.of(LOGITS), 0).toDoubles();
        for (int i = 0; i < 3; i++) {
            assertThat(soft[i]).isCloseTo(Math.exp(LOGITS[i]) / sum, within(1e-12));
            assertThat(log[i]).isCloseTo(LOGITS[i] - Math.log(sum), within(1e-12));
        }
        assertThat(Nn.logSumExp(Tensor.of(LOGITS), 0).item()).isCloseTo(Math.log(sum), within(1e-12));
    }

    @Test
    void nothingOverflows() {
        Tensor large = Tensor.of(1000.0, 0.0, -1000.0);
        assertThat(Nn.softmax(large, 0).toDoubles()).containsExactly(1, 0, 0);
        assertThat(Nn.logSoftmax(large, 0).toDoubles()).containsExactly(0, -1000, -2000);
        assertThat(Nn.sigmoidCrossEntropy(large, Tensor.of(1.0, 1.0, 0.0)).toDoubles())
                .containsExactly(new double[] {0, Math.log(2), 0}, within(1e-12));
        assertThat(Nn.sigmoid(large).toDoubles()).containsExactly(1, 0.5, 0);
    }

    @Test
    void theCrossEntropyOfLogitsHasTheGradientOfProbabilityMinusLabel() {
        Tensor gradient = Jit.grad((Tensor z) -> Nn.softmaxCrossEntropy(z, Tensor.scalar(2)))
                .apply(Tensor.of(LOGITS));
        double[] soft = Nn.softmax(Tensor.of(LOGITS), 0).toDoubles();
        assertThat(gradient.toDoubles()).containsExactly(new double[] {soft[0], soft[1], soft[2] - 1}, within(1e-12));
        Tensor binary = Jit.grad((Tensor z) -> Nn.sigmoidCrossEntropy(z, Tensor.scalar(1.0)))
                .apply(Tensor.scalar(0.3));
        assertThat(binary.item()).isCloseTo(1 / (1 + Math.exp(-0.3)) - 1, within(1e-12));
    }

    @Test
    void reluIsZeroAtAndBelowZeroAndSoIsItsSlope() {
        Tensor x = Tensor.of(-2.0, 0.0, 3.0);
        assertThat(Nn.relu(x).toDoubles()).containsExactly(0, 0, 3);
        assertThat(Jit.grad((Tensor t) -> Nn.relu(t).sum()).apply(x).toDoubles())
                .containsExactly(0, 0, 1);
    }

    @Test
    void aDenseLayerIsAffine() {
        Tensor weights = Tensor.of(1.0, 2.0, 3.0, 4.0).reshape(2, 2);
        assertThat(Nn.dense(Tensor.of(1.0, -1.0), weights, Tensor.of(0.5, 0.25)).toDoubles())
                .containsExactly(-1.5, -1.75);
        assertThat(Nn.squaredError(Tensor.scalar(3.0), Tensor.scalar(1.0)).item())
                .isEqualTo(4);
        assertThat(Nn.oneHot(Tensor.of(1, 0), 3, Tensor.zeros(DType.F64)).toDoubles())
                .containsExactly(0, 1, 0, 1, 0, 0);
    }
}
