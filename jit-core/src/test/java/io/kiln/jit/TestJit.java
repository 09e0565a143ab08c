package io.kiln.jit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TestJit {
    record Layer(Tensor w, @Static String activation) {}

    record Net(List<Layer> layers, Map<String, Tensor> scales) {}

    private static Tensor forward(Net net, Tensor x) {
        Tensor y = x;
        for (Layer layer : net.layers()) {
            y = y.dot(layer.w());
            y = layer.activation().equals("tanh") ? y.tanh() : y;
        }
        return y.times(net.scales().get("out")).plus(net.scales().get("bias"));
    }

    private static Net net(String activation) {
        Layer first = new Layer(Tensor.of(1f, 2f, 3f, 4f).reshape(2, 2), activation);
        Layer second = new Layer(Tensor.of(0.5f, -1f), "none");
        return new Net(List.of(first, second), Map.of("out", Tensor.scalar(2f), "bias", Tensor.scalar(1f)));
    }

    @Test
    void nestedRecordsListsAndMapsGoThrough() {
        Jitted2<Net, Tensor, Tensor> f = Jit.jit(TestJit::forward);
        double a = Math.tanh(0.1 + 0.6) * 0.5 - Math.tanh(0.2 + 0.8);
        assertThat(f.call(net("tanh"), Tensor.of(0.1f, 0.2f)).item()).isCloseTo(2 * a + 1, within(1e-6));
    }

    @Test
    void aStaticComponentIsPartOfTheSignature() {
        Jitted2<Net, Tensor, Tensor> f = Jit.jit(TestJit::forward);
        Tensor x = Tensor.of(0.1f, 0.2f);
        f.call(net("tanh"), x);
        f.call(net("tanh"), x);
        assertThat(f.stats().traces()).isEqualTo(1);
        f.call(net("relu"), x);
        assertThat(f.stats().traces()).isEqualTo(2);
        assertThat(f.explain()).contains("net.layers[0].activation is relu, was tanh (static value)");
    }

    @Test
    void anotherShapeIsAnotherTraceAndSaysWhy() {
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> x.times(2));
        f.call(Tensor.zeros(DType.F32, 3));
        f.call(Tensor.zeros(DType.F32, 4));
        f.call(Tensor.zeros(DType.F32, 3));
        assertThat(f.stats().traces()).isEqualTo(2);
        assertThat(f.stats().calls()).isEqualTo(3);
        assertThat(f.explain()).contains("the last trace was made for: x is f32[4], was f32[3] (shape)");
    }

    @Test
    void aStaticArgumentIsSeenAsItIs() {
        Jitted2<Tensor, Integer, Tensor> power = Jit.jit((Tensor x, Integer n) -> {
                    Tensor y = x;
                    for (int i = 1; i < n; i++) {
                        y = y.times(x);
                    }
                    return y;
                })
                .staticArguments(1);
        assertThat(power.call(Tensor.scalar(2f), 5).item()).isEqualTo(32);
        assertThat(power.call(Tensor.scalar(3f), 5).item()).isEqualTo(243);
        assertThat(power.call(Tensor.scalar(3f), 2).item()).isEqualTo(9);
        assertThat(power.stats().traces()).isEqualTo(2);
    }

    @Test
    void theFunctionRunsOncePerSignatureHoweverManyThreadsCall() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> {
            runs.incrementAndGet();
            return x.plus(1);
        });
        int threads = 8;
        CyclicBarrier start = new CyclicBarrier(threads);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<Double>> results = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                float value = i;
                Callable<Double> call = () -> {
                    start.await(30, TimeUnit.SECONDS);
                    return f.call(Tensor.scalar(value)).item();
                };
                results.add(pool.submit(call));
            }
            for (int i = 0; i < threads; i++) {
                assertThat(results.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(i + 1);
            }
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void jittedFunctionsComposeWithTheTransforms() {
        Jitted1<Tensor, Tensor> cube = Jit.jit((Tensor x) -> x.times(x).times(x));
        assertThat(Jit.grad(cube).apply(Tensor.scalar(2f)).item()).isEqualTo(12);
        assertThat(Jit.grad(Jit.grad(cube)).apply(Tensor.scalar(2f)).item()).isEqualTo(12);
        assertThat(Jit.vmap(Jit.grad(cube), 0).apply(Tensor.of(1f, 2f, 3f)).toFloats())
                .containsExactly(3f, 12f, 27f);
        assertThat(Jit.jit(Jit.vmap(Jit.grad(cube), 0))
                        .call(Tensor.of(1f, 2f, 3f))
                        .toFloats())
                .containsExactly(3f, 12f, 27f);
    }

    @Test
    void aGradientSeesWhatTheFunctionCaptures() {
        Jitted2<Tensor, Tensor, Tensor> f = Jit.jit((Tensor x, Tensor y) ->
                Jit.grad((Tensor z) -> z.times(z).times(y).sum()).apply(x).plus(y));
        assertThat(f.call(Tensor.of(1f, 2f), Tensor.of(3f, 5f)).toFloats()).containsExactly(9f, 25f);
    }

    @Test
    void aCapturedArrayIsAConstantOfTheTrace() {
        Tensor weights = Tensor.of(2f, 3f);
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> x.times(weights));
        assertThat(f.call(Tensor.of(1f, 1f)).toFloats()).containsExactly(2f, 3f);
        assertThat(f.call(Tensor.of(2f, 2f)).toFloats()).containsExactly(4f, 6f);
        assertThat(f.stats().traces()).isEqualTo(1);
    }

    @Test
    void aCaptureOfAnOuterTraceIsNotKeptForTheNext() {
        Jitted1<Tensor, Tensor> outer = Jit.jit((Tensor x) -> {
            Jitted1<Tensor, Tensor> inner = Jit.jit((Tensor y) -> y.plus(x));
            return inner.call(x).plus(inner.call(x));
        });
        assertThat(outer.call(Tensor.scalar(3f)).item()).isEqualTo(12);
        assertThat(outer.call(Tensor.of(1f, 2f)).toFloats()).containsExactly(4f, 8f);
    }

    @Test
    void vmapOverTheColumnsIsVmapOverTheRowsOfTheTranspose() {
        Tensor x = Tensor.of(1f, 2f, 3f, 4f, 5f, 6f).reshape(2, 3);
        F1<Tensor, Tensor> norm = (Tensor row) -> row.times(row).sum().sqrt();
        assertThat(Jit.vmap(norm, 1).apply(x).toFloats())
                .containsExactly(Jit.vmap(norm, 0).apply(x.transpose()).toFloats());
    }

    @Test
    void anUnmappedResultIsRepeated() {
        Tensor out =
                Jit.vmap((Tensor x, Tensor y) -> y.times(2), 0, null).apply(Tensor.of(1f, 2f, 3f), Tensor.scalar(4f));
        assertThat(out.toFloats()).containsExactly(8f, 8f, 8f);
    }

    @Test
    void valueAndGradGivesBoth() {
        ValueAndGrad<Layer> both = Jit.valueAndGrad(
                        (Layer l, Tensor x) -> x.dot(l.w()).square())
                .apply(new Layer(Tensor.of(1f, 2f), "none"), Tensor.of(3f, 4f));
        assertThat(both.value().item()).isEqualTo(121);
        assertThat(both.grad().w().toFloats()).containsExactly(66f, 88f);
        assertThat(both.grad().activation()).isEqualTo("none");
    }
}
