package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.jit.Jit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Indexing by arrays means what JAX 0.10.2 gives for the same calls. */
class TestIndexing {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final Tensor X = Tensor.of(0.0, 1.5, 3.0, 4.5, 6.0, 7.5).reshape(3, 2);
    private static final Tensor I = Tensor.of(2, -1, 0, 7, -9);

    private static void assertValues(Tensor got, double... want) {
        assertThat(got.toDoubles()).containsExactly(want);
    }

    @Test
    void takeFillsClipsAndWraps() {
        assertValues(X.take(I, 0), 6, 7.5, 6, 7.5, 0, 1.5, NAN, NAN, NAN, NAN);
        assertValues(X.take(I, 0, IndexMode.CLIP), 6, 7.5, 0, 1.5, 0, 1.5, 6, 7.5, 0, 1.5);
        assertValues(X.take(I, 0, IndexMode.WRAP), 6, 7.5, 6, 7.5, 0, 1.5, 3, 4.5, 0, 1.5);
        Tensor columns = X.take(Tensor.of(1, 0, -1, 5).reshape(2, 2), 1);
        assertThat(columns.shape()).containsExactly(3, 2, 2);
        assertValues(columns, 1.5, 0, 1.5, NAN, 4.5, 3, 4.5, NAN, 7.5, 6, 7.5, NAN);
    }

    @Test
    void whatIsNotThereIsFilledByDtype() {
        Tensor outside = Tensor.of(5);
        assertValues(Tensor.of(DType.I8, 1, 0).take(outside, 0), -128);
        assertValues(Tensor.of(DType.U8, 1, 0).take(outside, 0), 255);
        assertValues(Tensor.of(true, false).take(outside, 0), 1);
        assertThat(Tensor.of(DType.U64, 1, 0).take(outside, 0).value().longAt(0))
                .isEqualTo(-1);
    }

    @Test
    void smallIndexDtypesReachEveryElement() {
        Tensor large = Tensor.iota(DType.I32, 300);
        assertValues(large.take(Tensor.of(DType.U8, 255), 0), 255);
        assertValues(large.take(Tensor.of(DType.I8, -1), 0), 299);
    }

    @Test
    void takeAlongAxisBroadcastsTheOtherAxes() {
        assertValues(X.takeAlongAxis(Tensor.of(1, 0, 1).reshape(1, 3), 1), 1.5, 0, 1.5, 4.5, 3, 4.5, 7.5, 6, 7.5);
    }

    @Test
    void indexedElementsAreReadAsByJaxAt() {
        assertValues(X.at(I).get(), 6, 7.5, 6, 7.5, 0, 1.5, 6, 7.5, 0, 1.5);
        assertValues(X.at(I).mode(IndexMode.FILL_OR_DROP).get(), 6, 7.5, 6, 7.5, 0, 1.5, NAN, NAN, NAN, NAN);
        assertValues(X.at(I).get(7), 6, 7.5, 6, 7.5, 0, 1.5, 7, 7, 7, 7);
        Tensor both = X.at(Tensor.of(0, 2, -1), Tensor.of(1, 0).reshape(2, 1)).get();
        assertThat(both.shape()).containsExactly(2, 3);
        assertValues(both, 1.5, 7.5, 7.5, 0, 6, 6);
    }

    @Test
    void indexedElementsAreWrittenAsByJaxAt() {
        assertValues(X.at(Tensor.of(0, 2), Tensor.of(1, 0)).set(9), 0, 9, 3, 4.5, 9, 7.5);
        assertValues(X.at(I).add(1), 1, 2.5, 3, 4.5, 8, 9.5);
        assertValues(X.at(I).mode(IndexMode.CLIP).add(1), 2, 3.5, 3, 4.5, 9, 10.5);
        Tensor factors = Tensor.of(2.0, 3.0, 4.0).reshape(3, 1);
        assertValues(X.at(Tensor.of(1, 1, 0)).multiply(factors), 0, 6, 18, 27, 6, 7.5);
        assertValues(X.at(I).min(2), 0, 1.5, 3, 4.5, 2, 2);
        assertValues(X.at(I).max(2), 2, 2, 3, 4.5, 6, 7.5);
    }

    @Test
    void aScalarIndexIsOneRow() {
        Tensor i = Tensor.scalar(1);
        assertValues(X.at(i).get(), 3, 4.5);
        assertValues(X.at(i).set(Tensor.of(8.0, 9.0)), 0, 1.5, 8, 9, 6, 7.5);
    }

    @Test
    void onlyTheUpdateThatWonHasADerivative() {
        Tensor rows = Tensor.of(1, 1);
        Tensor g = Jit.grad((Tensor u) -> X.at(rows).set(u).square().sum())
                .apply(Tensor.of(3.0, 4.0, 5.0, 6.0).reshape(2, 2));
        assertValues(g, 0, 0, 10, 12);
    }

    @Test
    void whatIsReadFromOutsideHasNoDerivative() {
        Tensor x = Tensor.of(1.0, 2.0, 3.0);
        Tensor at = Tensor.of(0, 9);
        assertValues(Jit.grad((Tensor v) -> v.at(at).get().sum()).apply(x), 1, 0, 0);
        assertValues(Jit.grad((Tensor v) -> v.take(at, 0, IndexMode.CLIP).sum()).apply(x), 1, 0, 1);
        assertValues(Jit.grad((Tensor v) -> v.at(at).get(5).sum()).apply(x), 1, 0, 0);
    }

    @Test
    void nothingIsSortedWithItsDerivative() {
        Tensor nothing = Tensor.zeros(DType.F64, 0, 3);
        Tensor g = Jit.grad((Tensor x) -> x.sort(0).sum()).apply(nothing);
        assertThat(g.shape()).containsExactly(0, 3);
    }

    @Test
    void equalElementsStayInOrderInBothDirections() {
        Tensor x = Tensor.of(1.0, NAN, 1.0, 0.0);
        assertValues(x.argsort(0), 3, 0, 2, 1);
        assertValues(x.argsort(0, true), 1, 0, 2, 3);
        assertValues(x.sort(0, true), NAN, 1, 1, 0);
        TopElements columns = X.topK(2, 0);
        assertValues(columns.values(), 6, 7.5, 3, 4.5);
        assertValues(columns.indices(), 2, 2, 1, 1);
    }

    @Test
    void segmentsWithoutElementsHaveTheNeutralOne() {
        Tensor data = Tensor.of(1.0, 2.0, 3.0, 4.0);
        Tensor ids = Tensor.of(0, 2, 0, -1);
        assertValues(data.segmentSum(ids, 4), 4, 0, 2, 0);
        assertValues(data.segmentProd(ids, 4), 3, 1, 2, 1);
        assertValues(data.segmentMax(ids, 4), 3, -INF, 2, -INF);
        assertValues(data.segmentMin(ids, 4), 1, INF, 2, INF);
    }

    @Test
    void negativeStartsCountFromTheEndAndSlicesAreMovedInside() {
        Tensor one = Tensor.scalar(1);
        assertValues(X.dynamicSlice(List.of(Tensor.scalar(-1), one), 1, 1), 7.5);
        assertValues(X.dynamicSlice(0, Tensor.scalar(5), 2), 3, 4.5, 6, 7.5);
        Tensor update = Tensor.of(9.0).reshape(1, 1);
        assertValues(X.dynamicUpdateSlice(update, List.of(Tensor.scalar(-2), Tensor.scalar(5))), 0, 1.5, 3, 9, 6, 7.5);
    }

    @Test
    void aTraceOfNothingTakesNothing() {
        assertThat(X.take(Tensor.of(new int[0]), 0).shape()).containsExactly(0, 2);
        assertValues(X.at(Tensor.of(new int[0])).add(1), 0, 1.5, 3, 4.5, 6, 7.5);
    }

    @Test
    void floatsAreNoIndices() {
        assertThatThrownBy(() -> X.take(Tensor.of(1f), 0))
                .hasMessageContaining("an index: the operand must be of an integer dtype, got f32[1]")
                .hasMessageContaining("fix: convert it first");
        assertThatThrownBy(() -> X.at(I, I, I).get()).hasMessageContaining("there must be 1 to 2 index arrays, got 3");
    }
}
