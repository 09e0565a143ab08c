package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import io.kiln.jit.Jitted3;
import io.kiln.nn.Nn;
import io.kiln.random.Key;
import io.kiln.random.Random;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the design shows a user writing, outside the packages of the library. */
class TestDesignExample {
    record Params(Tensor w, Tensor b) {}

    static Tensor loss(Params p, Tensor x, Tensor y) {
        return Nn.sigmoidCrossEntropy(x.dot(p.w()).plus(p.b()), y);
    }

    private static final Jitted3<Params, Tensor, Tensor, Params> STEP = Jit.jit((Params p, Tensor xs, Tensor ys) -> {
                Params g = Jit.grad((Params q) -> Jit.vmap(TestDesignExample::loss, null, 0, 0)
                                .apply(q, xs, ys)
                                .mean())
                        .apply(p);
                return new Params(p.w().minus(g.w().times(0.1)), p.b().minus(g.b().times(0.1)));
            })
            .named("step")
            .donate(0);

    @Test
    void aStepIsTheGradientStepOfPlainJava() {
        int rows = 64;
        int features = 5;
        Tensor xs = Random.normal(Key.of(1), DType.F32, rows, features);
        Tensor ys = Random.bernoulli(Key.of(2), 0.4, rows).toF32();
        Params params = new Params(Random.normal(Key.of(3), DType.F32, features), Tensor.scalar(0.2f));

        Params next = STEP.call(params, xs, ys);
        for (int i = 0; i < 4; i++) {
            next = STEP.call(next, xs, ys);
        }

        double[] w = params.w().toDoubles();
        double b = params.b().item();
        float[] x = xs.toFloats();
        float[] y = ys.toFloats();
        for (int step = 0; step < 5; step++) {
            double[] gradW = new double[features];
            double gradB = 0;
            for (int row = 0; row < rows; row++) {
                double z = b;
                for (int k = 0; k < features; k++) {
                    z += x[row * features + k] * w[k];
                }
                double error = (1 / (1 + Math.exp(-z)) - y[row]) / rows;
                for (int k = 0; k < features; k++) {
                    gradW[k] += error * x[row * features + k];
                }
                gradB += error;
            }
            for (int k = 0; k < features; k++) {
                w[k] -= 0.1 * gradW[k];
            }
            b -= 0.1 * gradB;
        }
        assertThat(next.w().toDoubles()).containsExactly(w, within(1e-5));
        assertThat(next.b().item()).isCloseTo(b, within(1e-5));
        assertThat(STEP.stats().traces()).isEqualTo(1);
        assertThat(STEP.stats().calls()).isEqualTo(5);
        assertThat(STEP.explain())
                .contains("step, donated arguments 0: 5 calls, 1 traces")
                .contains("the last trace was made for: the first call")
                .contains("signature: (Params(w=f32[5], b=f32[]), f32[64,5], f32[64])")
                .contains("dot_general");
    }

    @Test
    void aTreePutOnTheDeviceIsDonatedFromThere() {
        Params host = new Params(Tensor.of(1f, 2f), Tensor.scalar(3f));
        Params params = Jit.devicePut(host);
        assertThat(params.w().value()).isEqualTo(host.w().value());
        Jitted1<Params, Params> halved = Jit.jit((Params p) -> new Params(p.w().times(0.5), p.b().times(0.5)))
                .donate(0);
        Params next = halved.call(params);
        assertThat(next.w().toFloats()).containsExactly(0.5f, 1f);
        assertThat(next.b().item()).isEqualTo(1.5);
        assertThatThrownBy(() -> params.b().value()).hasMessageContaining("KILN-T015");
        assertThat(host.b().item()).isEqualTo(3);
        assertThat(Jit.jit((Tensor x) -> Jit.devicePut(x).plus(1))
                        .call(host.b())
                        .item())
                .isEqualTo(4);
    }

    @Test
    void aFunctionOfOneRowIsMappedOverARow() {
        Tensor age = Tensor.of(30f, 40f, 50f);
        Tensor income = Tensor.of(1f, 2f, 4f);
        Tensor risk = Jit.vmap((Tensor a, Tensor i) -> Nn.sigmoid(a.times(0.03).plus(i.log())), 0, 0)
                .apply(age, income);
        double[] want = {
            1 / (1 + Math.exp(-0.9)), 1 / (1 + Math.exp(-1.2 - Math.log(2))), 1 / (1 + Math.exp(-1.5 - Math.log(4)))
        };
        assertThat(risk.toDoubles()).containsExactly(want, within(1e-6));
    }

    @Test
    void aNestedFunctionIsNamedByTheMethodThatJittedIt() {
        Jitted1<Tensor, Tensor> inner = Jit.jit((Tensor x) -> x.negate());
        assertThat(Trace.trace(in -> List.of(inner.call(in.get(0))), List.of(ShapedArray.of(DType.F32, 3)))
                        .toString())
                .contains("name=aNestedFunctionIsNamedByTheMethodThatJittedIt\n");
    }
}
