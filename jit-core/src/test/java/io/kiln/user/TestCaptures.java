package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Tensor;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.jit.F1;
import io.kiln.jit.F2;
import io.kiln.jit.Fn;
import io.kiln.jit.Grads;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import io.kiln.user.other.Rates;
import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A function's surroundings: what may be captured, what is refused, and that a changed value never meets an old program. */
@Timeout(60)
class TestCaptures {
    private static final Tensor X = Tensor.of(1f, 2f);

    enum Mode {
        DOUBLE,
        HALF
    }

    record Settings(String name, Mode mode, List<Integer> sizes) {}

    private static KilnException refused(F1<Tensor, Tensor> f) {
        KilnException e = catchThrowableOfType(KilnException.class, () -> Jit.jit(f));
        assertThat(e).as("the function must be refused").isNotNull();
        assertThat(e.category()).isEqualTo(ErrorCategory.USER);
        assertThat(e.fix()).contains("docs/errors.md#KILN-T01");
        return e;
    }

    private static float[] run(F1<Tensor, Tensor> f) {
        return Jit.jit(f).call(X).toFloats();
    }

    // ---- what may be captured; a new value is a new program ----

    @Test
    void aFunctionMadeAgainWithAnotherTensorUsesThatTensor() {
        List<float[]> results = new ArrayList<>();
        for (float w : new float[] {2, 3}) {
            Tensor weights = Tensor.of(w, w);
            Tensor scalar = Tensor.scalar(w);
            results.add(run(x -> x.times(weights).plus(scalar)));
        }
        assertThat(results.get(0)).containsExactly(4f, 6f);
        assertThat(results.get(1)).containsExactly(6f, 9f);
    }

    @Test
    void aFunctionMadeAgainWithAnotherHostArrayUsesThatArray() {
        List<float[]> results = new ArrayList<>();
        for (float w : new float[] {2, 3}) {
            HostArray weights = HostArray.of(w, w);
            results.add(run(x -> x.times(Tensor.of(weights))));
        }
        assertThat(results.get(0)).containsExactly(2f, 4f);
        assertThat(results.get(1)).containsExactly(3f, 6f);
    }

    @Test
    void aFunctionMadeAgainWithAnotherImmutableValueUsesThatValue() {
        List<float[]> results = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            Settings settings = new Settings("s" + mode, mode, List.of(1, 2));
            int factor = settings.sizes().size();
            results.add(run(x -> settings.mode() == Mode.DOUBLE ? x.times(factor) : x.dividedBy(factor)));
        }
        assertThat(results.get(0)).containsExactly(2f, 4f);
        assertThat(results.get(1)).containsExactly(0.5f, 1f);
    }

    @Test
    void immutableValuesOfTheJdkAreAccepted() {
        String text = "a";
        Class<?> type = String.class;
        java.time.Duration time = java.time.Duration.ofDays(2);
        java.math.BigDecimal number = java.math.BigDecimal.TEN;
        Map<String, List<Integer>> map = Map.of("a", List.of(3));
        java.util.Optional<String> optional = java.util.Optional.of("a");
        java.nio.file.Path path = java.nio.file.Path.of("a");
        System.Logger log = System.getLogger("x");
        float[] out = run(x -> {
            log.log(System.Logger.Level.TRACE, type.getName() + path);
            return x.times(map.get(text).get(0))
                    .plus((double) time.toDays()
                            + number.intValue()
                            + optional.get().length());
        });
        assertThat(out).containsExactly(16f, 19f);
    }

    @Test
    void theResultOfACallMayBeCaptured() {
        Map<String, List<Tensor>> trained =
                Jit.jit((Map<String, List<Tensor>> p) -> p).call(Map.of("layers", List.of(Tensor.of(3f, 4f))));
        assertThat(run(x -> x.times(trained.get("layers").get(0)))).containsExactly(3f, 8f);
    }

    @Test
    void functionsMayCaptureFunctions() {
        Function<Tensor, Tensor> twice = x -> x.times(2);
        Jitted1<Tensor, Tensor> jitted = Jit.jit((Tensor x) -> x.plus(1));
        F1<Tensor, Tensor> gradient = Jit.grad((Tensor x) -> x.square().sum());
        assertThat(run(x -> jitted.apply(twice.apply(gradient.apply(x))))).containsExactly(5f, 9f);
    }

    // ---- what is refused ----

    @Test
    void aMutableArrayIsRefusedByItsName() {
        int[] sizes = {2};
        KilnException e = refused(x -> x.times(sizes[0]));
        assertThat(e.problem())
                .matches("(?s)jit: the function captures sizes \\(an int\\[]\\), which can change after it was traced\n"
                        + "  at io\\.kiln\\.user\\.TestCaptures\\.\\w+\\(TestCaptures\\.java:\\d+\\)");
        assertThat(e.fix())
                .isEqualTo("make it a tensor, Tensor.of(sizes), or a copy that cannot change, List.of(...);"
                        + " or pass it as an argument; docs/errors.md#KILN-T010");
    }

    @Test
    void mutableCollectionsAreRefusedAlsoBehindAView() {
        List<Integer> list = new ArrayList<>(List.of(2));
        Map<String, Integer> map = new HashMap<>(Map.of("a", 2));
        List<Integer> view = Collections.unmodifiableList(list);
        assertThat(refused(x -> x.times(list.get(0))).problem()).contains("captures list (a java.util.ArrayList)");
        assertThat(refused(x -> x.times(map.get("a"))).problem()).contains("captures map (a java.util.HashMap)");
        assertThat(refused(x -> x.times(view.get(0))).problem()).contains("captures view (a java.util.Collections$");
        assertThat(refused(x -> x.times(list.get(0))).fix()).contains("List.copyOf(...)");
    }

    @Test
    void whatIsMutableInsideAnImmutableValueIsNamedByItsPath() {
        Settings settings = new Settings("s", Mode.HALF, new ArrayList<>(List.of(1)));
        List<Settings> all = List.of(settings);
        assertThat(refused(x -> x.times(settings.sizes().size())).problem())
                .contains("captures settings.sizes (a java.util.ArrayList)");
        assertThat(refused(x -> x.times(all.size())).problem())
                .contains("captures all[0].sizes (a java.util.ArrayList)");
    }

    @Test
    void mutableObjectsOfTheJdkAreRefused() {
        AtomicInteger count = new AtomicInteger();
        java.util.Random random = new java.util.Random(1);
        assertThat(refused(x -> x.times(count.incrementAndGet())).problem()).contains("captures count (a java.util.co");
        assertThat(refused(x -> x.times(random.nextInt())).problem()).contains("captures random (a java.util.Random)");
    }

    static final class Model {
        private final Tensor weights = Tensor.of(2f, 3f);
        int power = 2;

        Tensor score(Tensor x) {
            return x.times(weights).times(power);
        }

        F1<Tensor, Tensor> lambda() {
            return x -> x.times(weights).times(power);
        }

        F1<Tensor, Tensor> anonymous() {
            return new F1<>() {
                private static final long serialVersionUID = 1L;

                @Override
                public Tensor apply(Tensor x) {
                    return x.times(weights).times(power);
                }
            };
        }
    }

    @Test
    void aFieldOfTheEnclosingObjectThatIsNotFinalIsRefusedByItsName() {
        Model model = new Model();
        for (F1<Tensor, Tensor> f : List.<F1<Tensor, Tensor>>of(model.lambda(), model::score, model.anonymous())) {
            KilnException e = refused(f);
            assertThat(e.problem())
                    .contains("captures this.power (the field power of io.kiln.user.TestCaptures$Model, which is not"
                            + " final)");
            assertThat(e.fix()).contains("read it into a local variable before jit");
        }
        assertThat(refused(x -> x.times(model.power)).problem()).contains("captures model.power (the field power");
    }

    static final class Frozen {
        private final Tensor weights;

        Frozen(float w) {
            this.weights = Tensor.of(w, w);
        }

        Tensor score(Tensor x) {
            return x.times(weights);
        }
    }

    @Test
    void anObjectOfFinalFieldsMayBeCapturedAndAnotherOneIsAnotherProgram() {
        assertThat(run(new Frozen(2)::score)).containsExactly(2f, 4f);
        assertThat(run(new Frozen(3)::score)).containsExactly(3f, 6f);
    }

    static class Counted implements F1<Tensor, Tensor> {
        private static final long serialVersionUID = 1L;
        private int calls;

        @Override
        public Tensor apply(Tensor x) {
            return x.plus(calls++);
        }
    }

    @Test
    void aFunctionObjectWithStateIsRefused() {
        assertThat(refused(new Counted()).problem()).contains("captures calls (the field calls of io.kiln.user.");
    }

    @Test
    void aMutableValueInsideACapturedFunctionIsRefused() {
        int[] sizes = {2};
        Function<Tensor, Tensor> other = x -> x.times(sizes[0]);
        F1<Tensor, Tensor> inner = x -> x.times(sizes[0]).sum();
        assertThat(refused(x -> other.apply(x)).problem()).contains("captures other.arg$1 (an int[])");
        assertThat(refused(Jit.grad(inner)).problem()).contains("captures sizes (an int[])");
        Fn<Grads> named = Jit.fn(inner).grad(0);
        assertThat(refused(x -> named.apply(x).at(0)).problem()).contains("captures named.sizes (an int[])");
        F2<Tensor, Tensor, Tensor> two = (x, y) -> x.plus(y).times(sizes[0]);
        KilnException e = catchThrowableOfType(KilnException.class, () -> Jit.jit(Jit.vmap(two, 0, 0)));
        assertThat(e.problem()).contains("captures sizes (an int[])");
    }

    // ---- static fields ----

    static int rate = 2;
    static final int[] TABLE = {5};
    static final List<Integer> FROZEN = List.of(7);

    private static Tensor viaMethod(Tensor x) {
        return Pair.make(x);
    }

    static final class Pair {
        static Tensor make(Tensor x) {
            return x.times(rate);
        }
    }

    static final class Base {
        static boolean written;
    }

    @Test
    void aStaticFieldThatIsNotFinalIsRefusedByItsNameAndLine() {
        KilnException e = refused(x -> x.times(rate));
        assertThat(e.problem())
                .matches("(?s)jit: the function reads the static field io\\.kiln\\.user\\.TestCaptures\\.rate, which is"
                        + " not final, so it can change after it was traced\n"
                        + "  at io\\.kiln\\.user\\.TestCaptures\\.aStaticFieldThatIsNotFinalIsRefusedByItsNameAndLine"
                        + "\\(TestCaptures\\.java:\\d+\\)");
        assertThat(e.fix())
                .isEqualTo("make the field final, or pass its value as an argument; docs/errors.md#KILN-T011");
    }

    @Test
    void staticFieldsAreFoundInCalledMethodsLambdasAndOtherPackagesOfTheRoot() {
        assertThat(refused(TestCaptures::viaMethod).problem())
                .contains("reads the static field io.kiln.user.TestCaptures.rate")
                .contains("at io.kiln.user.TestCaptures$Pair.make(TestCaptures.java:");
        assertThat(refused(x -> {
                            Function<Tensor, Tensor> f = y -> y.times(rate);
                            return f.apply(x);
                        })
                        .problem())
                .contains("reads the static field io.kiln.user.TestCaptures.rate");
        assertThat(refused(x -> x.times(Rates.current())).problem())
                .contains("reads the static field io.kiln.user.other.Rates.current")
                .contains("at io.kiln.user.other.Rates.current(Rates.java:");
        assertThat(refused(x -> {
                            Base.written = true;
                            return x;
                        })
                        .problem())
                .contains("writes the static field io.kiln.user.TestCaptures$Base.written");
        assertThat(refused(Jit.grad((Tensor x) -> x.times(rate).sum())).problem())
                .contains("reads the static field io.kiln.user.TestCaptures.rate");
    }

    @Test
    void aFinalFieldOfAMutableObjectIsWarnedOfOnceAndOneOfAnImmutableObjectNever() {
        try (Logged log = Logged.of("io.kiln.jit")) {
            for (int i = 0; i < 2; i++) {
                assertThat(run(x -> x.times(TABLE[0]).plus(FROZEN.get(0)))).containsExactly(12f, 17f);
            }
            assertThat(log.lines()).hasSize(1);
            assertThat(log.lines().get(0))
                    .contains("uses the constant io.kiln.user.TestCaptures.TABLE (an int[]), whose content can change")
                    .contains("at io.kiln.user.TestCaptures.")
                    .contains("fix: make it a tensor");
        }
    }

    @Test
    void aJittedFunctionIsNotSerializable() {
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> x);
        Assertions.assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(f))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("serialize the function that it was made of");
    }

    @Test
    void aTracerThatLeftItsFunctionNamesWhereItWasMade() {
        List<Tensor> kept = KEPT;
        kept.clear();
        Jit.jit((Tensor x) -> {
                    KEPT.add(x);
                    KEPT.add(x.times(2).tanh());
                    return x;
                })
                .named("risk")
                .checked()
                .call(Tensor.zeros(DType.F32, 2));
        KilnException parameter =
                catchThrowableOfType(KilnException.class, () -> kept.get(0).plus(1));
        assertThat(parameter.problem())
                .contains("a traced f32[2] was used outside the function that it belongs to: it is argument leaf 0 of"
                        + " risk");
        KilnException result =
                catchThrowableOfType(KilnException.class, () -> kept.get(1).plus(1));
        assertThat(result.problem())
                .containsPattern("it is the result of tanh, equation 2 of risk, at io\\.kiln\\.user\\.TestCaptures\\."
                        + "aTracerThatLeftItsFunctionNamesWhereItWasMade\\(TestCaptures\\.java:\\d+\\)");
    }

    static final List<Tensor> KEPT = new ArrayList<>();
}
