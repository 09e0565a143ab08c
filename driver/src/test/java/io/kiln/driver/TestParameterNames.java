package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestParameterNames {
    private final int own = 3;

    static Tensor risk(Tensor age, Tensor income) {
        return age.plus(income);
    }

    Tensor bound(Tensor speed) {
        return speed.times(own);
    }

    private static List<String> names(RowFunction function) {
        return ParameterNames.of(function).orElse(List.of());
    }

    @Test
    void aLambdasOwnParametersAreNamedWhateverItCaptures() {
        double rate = Math.random();
        RowFunction.Of1 one = age -> age.times(rate);
        RowFunction.Of3 three = (a, b, c) -> a.plus(b).times(c).times(rate + own);
        RowFunction.Of1 plain = x -> x;
        assertThat(names(one)).containsExactly("age");
        assertThat(names(three)).containsExactly("a", "b", "c");
        assertThat(names(plain)).containsExactly("x");
    }

    @Test
    void aMethodReferencesParametersAreNamed() throws NoSuchMethodException {
        RowFunction.Of2 risk = TestParameterNames::risk;
        RowFunction.Of1 bound = this::bound;
        assertThat(names(risk)).containsExactly("age", "income");
        assertThat(names(bound)).containsExactly("speed");
        assertThat(ParameterNames.label(risk)).isEqualTo("TestParameterNames.risk");
        assertThat(ParameterNames.of(getClass().getDeclaredMethod("risk", Tensor.class, Tensor.class)))
                .contains(List.of("age", "income"));
    }

    @Test
    void aClassOfTheUsersHasNoNamesToOffer() {
        RowFunction.Of1 anonymous = new RowFunction.Of1() {
            private static final long serialVersionUID = 1L;

            @Override
            public Object apply(Tensor a) {
                return a;
            }
        };
        assertThat(ParameterNames.of(anonymous)).isEmpty();
    }
}
