package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class TestLiveBytes {
    private static final ShapedArray X = ShapedArray.of(DType.F32, 100, 10);
    private static final ShapedArray W = ShapedArray.of(DType.F32, 10, 50);
    private static final ShapedArray V = ShapedArray.of(DType.F32, 50, 10);

    private static long live(List<ShapedArray> types, Function<List<Tensor>, Tensor> f) {
        return LiveBytes.of(
                DeadCode.drop(Trace.trace(ins -> List.of(f.apply(ins)), types).program()));
    }

    @Test
    void argumentsAndResultsAreHeld() {
        assertThat(live(List.of(X), ins -> ins.get(0))).isEqualTo(4_000);
        assertThat(live(List.of(X), ins -> ins.get(0).tanh())).isEqualTo(8_000);
    }

    @Test
    void aChainOfElementwiseOperationsHoldsItsResultOnly() {
        assertThat(live(List.of(X), ins -> ins.get(0).tanh().times(2).exp().plus(ins.get(0))))
                .isEqualTo(8_000);
    }

    @Test
    void aProductHoldsItsOperandsAndItsResultAndNotWhatCameBefore() {
        long arguments = 4_000 + 2_000 + 2_000;
        // x w, of 20,000 bytes, is turned into its tanh in place; then that and the product with v are held.
        assertThat(live(
                        List.of(X, W, V),
                        ins -> ins.get(0).matmul(ins.get(1)).tanh().matmul(ins.get(2))))
                .isEqualTo(arguments + 20_000 + 4_000);
        assertThat(live(List.of(X, W, V), ins -> {
                    Tensor x = ins.get(0);
                    for (int i = 0; i < 20; i++) {
                        x = x.matmul(ins.get(1)).tanh().matmul(ins.get(2));
                    }
                    return x;
                }))
                .isEqualTo(arguments + 20_000 + 4_000);
    }

    @Test
    void aValueThatIsNeededLaterIsHeldUntilThen() {
        assertThat(live(List.of(X, W, V), ins -> {
                    Tensor first = ins.get(0).matmul(ins.get(1));
                    Tensor back = first.tanh().matmul(ins.get(2));
                    return back.matmul(ins.get(1)).plus(first);
                }))
                .isEqualTo(8_000 + 20_000 + 20_000 + 4_000);
    }

    @Test
    void aLoopHoldsWhatOneStepHoldsOnceMore() {
        long step = 20_000;
        assertThat(live(
                        List.of(X, W, V),
                        ins -> Control.fori(
                                0,
                                5,
                                ins.get(0),
                                (i, x) -> x.matmul(ins.get(1)).tanh().matmul(ins.get(2)))))
                .isGreaterThanOrEqualTo(8_000 + 4_000 + step)
                .isLessThan(2 * (8_000 + 4_000 + step));
    }

    @Test
    void aNestedCallHoldsWhatItsProgramHolds() {
        Function<List<Tensor>, Tensor> body =
                ins -> ins.get(0).matmul(ins.get(1)).tanh().matmul(ins.get(2));
        assertThat(live(
                        List.of(X, W, V),
                        ins -> Jit.jit((List<Tensor> in) -> body.apply(in)).call(ins)))
                .isEqualTo(live(List.of(X, W, V), body));
    }
}
