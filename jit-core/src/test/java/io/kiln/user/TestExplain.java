package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.F1;
import io.kiln.jit.Jit;
import io.kiln.jit.JitStats;
import io.kiln.jit.Jitted1;
import io.kiln.jit.Static;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Why a function was traced and compiled, how often, and that it does the same each time. */
@Timeout(60)
class TestExplain {
    record Layer(Tensor w, @Static String activation) {}

    record Net(List<Layer> layers, Map<String, Tensor> scales, Optional<Tensor> offset) {}

    private static Net net(DType dtype, int size, String activation, Optional<Tensor> offset) {
        return new Net(
                List.of(new Layer(Tensor.zeros(dtype, size), activation)),
                Map.of("out", Tensor.zeros(DType.F32)),
                offset);
    }

    @Test
    void eachMissNamesThePartThatDiffersFromTheNearestSignatureAndItsLine() {
        Jitted1<Net, Tensor> f = Jit.jit((Net n) -> n.layers().get(0).w()).named("f");
        Optional<Tensor> none = Optional.empty();
        f.call(net(DType.F32, 3, "tanh", none));
        f.call(net(DType.F32, 4, "tanh", none));
        f.call(net(DType.I32, 4, "tanh", none));
        f.call(net(DType.I32, 4, "relu", none));
        f.call(net(DType.I32, 4, "relu", Optional.of(Tensor.scalar(1f))));
        f.call(net(DType.F32, 3, "tanh", none));
        assertThat(f.stats().traces()).isEqualTo(5);
        assertThat(f.explain())
                .containsPattern("1\\. the first call\n     at io\\.kiln\\.user\\.TestExplain\\.\\w+\\(TestExplain")
                .containsPattern(
                        "2\\. n\\.layers\\[0]\\.w is f32\\[4], was f32\\[3] \\(shape\\)\n     at io\\.kiln\\.user")
                .contains("3. n.layers[0].w is i32[4], was f32[4] (dtype)\n")
                .contains("4. n.layers[0].activation is relu, was tanh (static value)\n")
                .contains("5. n.offset is an Optional of a tensor, was an empty Optional (pytree)\n")
                .contains("the last executable: compile (key ")
                .contains("stablehlo: ");
    }

    @Test
    void aTraceThatCapturesATensorOfAnotherTraceSaysThatItIsNotKept() {
        StringBuilder said = SAID;
        said.setLength(0);
        Jit.jit((Tensor x) -> {
                    Jitted1<Tensor, Tensor> inner = Jit.jit((Tensor y) -> y.plus(x));
                    Tensor out = inner.call(x);
                    SAID.append(inner.explain());
                    return out;
                })
                .call(Tensor.of(1f));
        assertThat(said.toString())
                .contains("it uses a tensor of the trace around it, so this trace is not kept (capture)");
    }

    static final StringBuilder SAID = new StringBuilder();

    @Test
    void tooManySignaturesAreAnErrorThatSaysPadBucketOrRaise() {
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> x).named("f").maxTraces(2);
        f.call(Tensor.zeros(DType.F32, 1));
        f.call(Tensor.zeros(DType.F32, 2));
        f.call(Tensor.zeros(DType.F32, 1));
        KilnException e = catchThrowableOfType(KilnException.class, () -> f.call(Tensor.zeros(DType.F32, 3)));
        assertThat(e.problem())
                .startsWith("f: at most 2 signatures are traced, got one more: x is f32[3], was f32[1] (shape)\n  at "
                        + "io.kiln.user.TestExplain.");
        assertThat(e.fix())
                .isEqualTo("pad the arguments to one shape, or to few (bucket: round sizes up to powers of two), or"
                        + " raise the number: .maxTraces(4); docs/errors.md#KILN-T014");
        assertThat(f.maxTraces(3).call(Tensor.zeros(DType.F32, 3)).shape()).containsExactly(3);
    }

    @Test
    void statsCountCallsTracesCompilesAndRuns() {
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> x.plus(0.375));
        assertThat(f.stats().amortizedAfter()).isEmpty();
        for (int i = 0; i < 5; i++) {
            f.call(Tensor.zeros(DType.F32, 7));
        }
        JitStats stats = f.stats();
        assertThat(stats.calls()).isEqualTo(5);
        assertThat(stats.runs()).isEqualTo(5);
        assertThat(stats.traces()).isEqualTo(1);
        assertThat(stats.compiles()).isEqualTo(1);
        assertThat(stats.traceSeconds()).isPositive();
        assertThat(stats.loadSeconds()).isPositive();
        assertThat(stats.amortizedAfter().getAsLong()).isEqualTo((long)
                Math.ceil((stats.traceSeconds() + stats.loadSeconds()) / (stats.runSeconds() / stats.runs())));
    }

    // ---- check mode ----

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private static KilnException checked(F1<Tensor, Tensor> f) {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.jit(f).named("f").checked().call(Tensor.of(1f, 2f)));
        assertThat(e).isNotNull();
        assertThat(e.fix()).contains("docs/errors.md#KILN-T013");
        return e;
    }

    @Test
    void checkModeFindsAFunctionThatDependsOnItsRuns() {
        String problem = checked(x -> x.tanh().times(COUNTER.incrementAndGet())).problem();
        assertThat(problem)
                .startsWith("checking f: the function must do the same each time it is traced, but equation 1 was\n");
        assertThat(problem.lines().filter(line -> line.matches(" {4}.*broadcast_in_dim.* \\d+\\.0:f32\\[].*")))
                .hasSize(2)
                .doesNotHaveDuplicates();
        assertThat(problem)
                .containsPattern(
                        "\n  the second\n  at io\\.kiln\\.user\\.TestExplain\\.checkModeFinds\\w+\\(TestExplain");
        assertThat(checked(x -> COUNTER.incrementAndGet() % 2 == 0 ? x : x.negate())
                        .problem())
                .contains("equation 0 was");
        assertThat(checked(x -> x.times(Tensor.of(COUNTER.incrementAndGet(), 1f)))
                        .problem())
                .contains("other values the second time");
    }

    @Test
    void checkModeLetsAPureFunctionRun() {
        Tensor w = Tensor.of(2f, 3f);
        Jitted1<Tensor, Tensor> f =
                Jit.jit((Tensor x) -> x.times(w).plus(Tensor.of(1f, 1f))).checked();
        assertThat(f.call(Tensor.of(1f, 2f)).toFloats()).containsExactly(3f, 7f);
        assertThat(f.stats().traces()).isEqualTo(1);
    }
}
