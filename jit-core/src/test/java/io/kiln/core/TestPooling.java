package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.jit.Jit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pooling means what its definition says, and equal elements do not share a derivative. */
class TestPooling {
    private static final int[] TWO = {2};

    private static Tensor line(double... values) {
        return Tensor.of(values).reshape(1, values.length, 1);
    }

    private static void assertValues(Tensor got, double... want) {
        assertThat(got.toDoubles()).containsExactly(want, within(1e-12));
    }

    @Test
    void theWindowMovesBetweenBatchAndFeatures() {
        Tensor x = line(1, 5, 2, 4, 3);
        assertValues(Pooling.max(x, TWO, TWO, Padding.VALID), 5, 4);
        assertValues(Pooling.max(x, TWO, TWO, Padding.SAME), 5, 4, 3);
        assertValues(Pooling.min(x, TWO, TWO, Padding.VALID), 1, 2);
        assertValues(Pooling.sum(x, TWO, TWO, Padding.SAME), 6, 6, 3);
        assertValues(Pooling.avg(x, TWO, TWO, Padding.SAME), 3, 3, 1.5);
        assertValues(Pooling.avgWithoutPadding(x, TWO, TWO, Padding.SAME), 3, 3, 3);
        assertValues(Pooling.max(Tensor.of(1.0, 2.0), TWO, TWO, Padding.VALID), 2);
    }

    @Test
    void theFirstOfEqualElementsGetsTheDerivative() {
        Tensor g = Jit.grad(
                        (Tensor x) -> Pooling.max(x, TWO, TWO, Padding.VALID).sum())
                .apply(line(7, 7, 1, 2));
        assertValues(g, 1, 0, 0, 1);
    }

    @Test
    void anEmptyBatchGivesNothing() {
        Tensor empty = Tensor.zeros(DType.F32, 0, 4, 1);
        assertThat(Pooling.max(empty, TWO, TWO, Padding.VALID).shape()).containsExactly(0, 2, 1);
    }

    @Test
    void whatDoesNotFitSaysWhatToDo() {
        assertThatThrownBy(() -> Pooling.max(line(1, 2), new int[] {1, 1}, TWO, Padding.VALID))
                .hasMessageContaining("max pooling: the window and the strides must have a number for each axis");
        assertThatThrownBy(() -> Pooling.avg(Tensor.of(1, 2), TWO, TWO, Padding.VALID))
                .hasMessageContaining("average pooling: the operand must be floats");
    }

    @Test
    void aReducerThatUsesAnArrayIsRefused() {
        Tensor weights = Tensor.of(1.0, 2.0);
        assertThatThrownBy(() -> Lax.reduce(
                        List.of(weights),
                        List.of(Tensor.scalar(0.0)),
                        (a, b) -> List.of(a.get(0).plus(b.get(0)).plus(weights.sum())),
                        List.of(0)))
                .hasMessageContaining("reduce: the reducer must use its arguments and Java numbers only")
                .hasMessageContaining("fix: give the array to reduce as one more operand");
    }
}
