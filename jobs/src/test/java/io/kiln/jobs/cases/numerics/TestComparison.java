package io.kiln.jobs.cases.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The judgement itself: each sentence of the cases' README about what is right. */
class TestComparison {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private static Expected want(HostArray array, double rtol, double atol, boolean signedZero) {
        return new Expected("out0", -1, array, rtol, atol, signedZero, null);
    }

    private static List<String> compare(Expected want, double... got) {
        HostArray array = HostArray.of(want.array().aval(), got);
        return Comparison.differences(List.of(array), List.of(want), false);
    }

    @Test
    void aValueIsRightWithinBothTolerancesTogether() {
        Expected hundred = want(HostArray.of(100.0), 0.01, 0.5, false);
        assertThat(compare(hundred, 101.5)).isEmpty();
        assertThat(compare(hundred, 98.4))
                .singleElement()
                .asString()
                .contains("out0 differs in 1 of 1", "got 98.4, want 100.0", "off by 1.60 where 1.50 is allowed");
    }

    @Test
    void withoutToleranceOnlyTheSameValueIsRight() {
        Expected exact = want(HostArray.of(1.0), 0, 0, false);
        assertThat(compare(exact, 1.0)).isEmpty();
        assertThat(compare(exact, Math.nextUp(1.0))).hasSize(1);
    }

    @Test
    void nanIsNanAndAnInfinityOnlyItself() {
        Expected special = want(HostArray.of(NAN, INF), 1, 1, false);
        assertThat(compare(special, NAN, INF)).isEmpty();
        assertThat(compare(special, 0, INF)).hasSize(1);
        assertThat(compare(special, NAN, -INF)).hasSize(1);
        assertThat(compare(special, NAN, Double.MAX_VALUE)).hasSize(1);
        assertThat(compare(want(HostArray.of(1.0), 1, 1, false), NAN)).hasSize(1);
        assertThat(compare(want(HostArray.of(1.0), 1, 1, false), INF)).hasSize(1);
    }

    @Test
    void zerosDifferInSignWhereTheCaseSaysSo() {
        assertThat(compare(want(HostArray.of(0.0), 0, 0, false), -0.0)).isEmpty();
        assertThat(compare(want(HostArray.of(0.0), 0, 0, true), -0.0)).hasSize(1);
    }

    @Test
    void theAlternativeIsRightElementByElement() {
        Expected e = new Expected("out0", -1, HostArray.of(0.0, 0.0), 0, 0, false, HostArray.of(1e-40, 2e-40));
        assertThat(compare(e, 1e-40, 0)).isEmpty();
        assertThat(compare(e, 2e-40, 0)).hasSize(1);
    }

    @Test
    void integersAreExactBeyondTheReachOfDoubles() {
        ShapedArray one = ShapedArray.of(DType.U64, 1);
        Expected most = want(HostArray.ofLongs(one, _ -> -1), 0, 0, false);
        HostArray less = HostArray.ofLongs(one, _ -> -2);
        assertThat(Comparison.differences(List.of(most.array()), List.of(most), false))
                .isEmpty();
        assertThat(Comparison.differences(List.of(less), List.of(most), false)).hasSize(1);
    }

    @Test
    void shapeAndTypeCount() {
        Expected e = want(HostArray.of(1f, 2f), 0, 0, false);
        assertThat(Comparison.differences(List.of(HostArray.of(1f)), List.of(e), false))
                .containsExactly("out0 is f32[1], want f32[2]");
        assertThat(Comparison.differences(List.of(HostArray.of(1.0, 2.0)), List.of(e), false))
                .containsExactly("out0 is f64[2], want f32[2]");
        assertThat(Comparison.differences(List.of(), List.of(e), false)).containsExactly("0 results, want 1");
    }

    @Test
    void factorsMayTurnAColumnWithItsRowAndNothingElse() {
        Expected q = want(HostArray.of(1.0, 2, 3, 4).reshape(2, 2), 0, 0, false);
        Expected r = want(HostArray.of(5.0, 6, 0, 7).reshape(2, 2), 0, 0, false);
        HostArray turnedQ = HostArray.of(1.0, -2, 3, -4).reshape(2, 2);
        HostArray turnedR = HostArray.of(5.0, 6, 0, -7).reshape(2, 2);
        assertThat(Comparison.differences(List.of(turnedQ, turnedR), List.of(q, r), true))
                .isEmpty();
        assertThat(Comparison.differences(List.of(turnedQ, r.array()), List.of(q, r), true))
                .hasSize(1);
        assertThat(Comparison.differences(List.of(turnedQ, turnedR), List.of(q, r), false))
                .hasSize(2);
    }
}
