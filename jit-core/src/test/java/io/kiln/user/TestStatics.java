package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import io.kiln.jit.Jitted2;
import io.kiln.jit.Static;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Static arguments and components: part of the signature by value, immutable, few. */
@Timeout(60)
class TestStatics {
    private static final Tensor X = Tensor.of(1f, 2f);

    private static Tensor scaled(Tensor x, Object by) {
        return x.times(by.hashCode());
    }

    private static KilnException refused(Object value) {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.jit(TestStatics::scaled).staticArguments(1).call(X, value));
        assertThat(e).isNotNull();
        assertThat(e.fix()).contains("docs/errors.md#KILN-T012");
        return e;
    }

    static final class Identity {}

    static final class Changing {
        private int value;

        Changing(int value) {
            this.value = value;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Changing c && c.value == value;
        }

        @Override
        public int hashCode() {
            return value;
        }
    }

    @Test
    void aStaticValueThatCanChangeIsRefusedWithTheFix() {
        assertThat(refused(new int[] {1}).problem())
                .startsWith(
                        "the static value by must be immutable and have equals and hashCode, got an int[], which can"
                                + " change\n  at io.kiln.user.TestStatics.");
        assertThat(refused(new ArrayList<>(List.of(1))).fix()).contains("List.copyOf(...)");
        assertThat(refused(List.of(new int[] {1})).problem()).contains("the static value by[0] must be");
        assertThat(refused(new Changing(1)).problem()).contains("the static value by.value must be");
    }

    @Test
    void aStaticValueWithoutEqualsIsRefused() {
        assertThat(refused(new Identity()).problem())
                .contains("got an io.kiln.user.TestStatics$Identity, which has no equals and hashCode of its own");
        assertThat(refused(X).problem()).contains("the static value by must be").contains("got a tensor");
    }

    @Test
    void equalValuesShareATraceAndOthersDoNot() {
        record Size(int n) {}
        Jitted2<Tensor, Object, Tensor> f = Jit.jit(TestStatics::scaled).staticArguments(1);
        for (Object value : List.of(new String("a"), new String("a"), List.of(1, 2), List.of(1, 2), new Size(3))) {
            assertThat(f.call(X, value).toFloats()[0]).isEqualTo((float) value.hashCode());
        }
        assertThat(f.call(X, new Size(3)).toFloats()[0]).isEqualTo((float) new Size(3).hashCode());
        assertThat(f.stats().traces()).isEqualTo(3);
    }

    private static Tensor power(Tensor x, @Static Integer n) {
        return n == 1 ? x : power(x, n - 1).times(x);
    }

    @Test
    void aParameterOfAMethodIsMadeStaticByAnnotation() {
        Jitted2<Tensor, Integer, Tensor> f = Jit.jit(TestStatics::power);
        assertThat(f.call(X, 3).toFloats()).containsExactly(1f, 8f);
        assertThat(f.call(X, 2).toFloats()).containsExactly(1f, 4f);
        assertThat(f.stats().traces()).isEqualTo(2);
    }

    record Options(Tensor x, @Static Object mode) {}

    @Test
    void aStaticComponentIsHeldToTheSameRules() {
        Jitted1<Options, Tensor> f = Jit.jit((Options o) -> scaled(o.x(), o.mode()));
        assertThat(f.call(new Options(X, 2)).toFloats()).containsExactly(2f, 4f);
        assertThat(f.call(new Options(X, 3)).toFloats()).containsExactly(3f, 6f);
        KilnException e =
                catchThrowableOfType(KilnException.class, () -> f.call(new Options(X, new ArrayList<>(List.of(1)))));
        assertThat(e.problem()).startsWith("the static value o.mode must be immutable");
    }

    @Test
    void theTenthValueOfAStaticIsWarnedOfOnceWithTheValues() {
        Jitted2<Tensor, Object, Tensor> f =
                Jit.jit(TestStatics::scaled).staticArguments(1).named("scaled");
        try (Logged log = Logged.of("io.kiln.jit")) {
            for (int n = 1; n < 10; n++) {
                f.call(X, n);
            }
            assertThat(log.lines()).isEmpty();
            for (int n = 10; n < 13; n++) {
                f.call(X, n);
            }
            assertThat(log.lines()).hasSize(1);
            assertThat(log.lines().get(0))
                    .contains("scaled was traced for 10 values of the static by: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
        }
    }

    @Test
    void aPositionFromTheEndIsAPosition() {
        assertThat(Jit.jit((Tensor x, Integer n) -> x.times(n))
                        .staticArguments(-1)
                        .call(X, 3)
                        .toFloats())
                .containsExactly(3, 6);
    }

    @Test
    void aPositionThatIsNotThereIsAnErrorWhereItIsNamed() {
        Jitted2<Tensor, Integer, Tensor> f = Jit.jit((Tensor x, Integer n) -> x.times(n));
        KilnException e = catchThrowableOfType(KilnException.class, () -> f.staticArguments(2));
        assertThat(e.problem())
                .isEqualTo("staticArguments: the function has 2 arguments, so a position must be from 0 to 1,"
                        + " or from -1 (the last) to -2, got 2");
        assertThat(catchThrowableOfType(KilnException.class, () -> f.donate(-3)).problem())
                .startsWith("donate: the function has 2 arguments");
    }

    @Test
    void aStaticArgumentCannotBeDonated() {
        Jitted2<Tensor, Integer, Tensor> f = Jit.jit((Tensor x, Integer n) -> x.times(n));
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> f.staticArguments(1).donate(0, -1));
        assertThat(e.problem()).contains("must be one or the other, got both for [1]");
        assertThat(catchThrowableOfType(KilnException.class, () -> f.donate(1).staticArguments(1)))
                .isNotNull();
    }

    @Test
    void anArrayThatIsDonatedIsGivenOnce() {
        Tensor onDevice = Jit.devicePut(X);
        Jitted2<Tensor, Tensor, Tensor> f =
                Jit.jit((Tensor a, Tensor b) -> a.plus(b)).donate(0);
        KilnException e = catchThrowableOfType(KilnException.class, () -> f.call(onDevice, onDevice));
        assertThat(e.problem())
                .contains("an array that is donated must be given once, got f32[2] as parameter 0 and as parameter 1")
                .contains("at io.kiln.user.TestStatics.");
        assertThat(e.fix()).contains("docs/errors.md#KILN-T015");
        // Nothing was taken from it.
        assertThat(f.call(onDevice, X).toFloats()).containsExactly(2, 4);
    }
}
