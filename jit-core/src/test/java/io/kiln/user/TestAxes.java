package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Axes;
import io.kiln.jit.F2;
import io.kiln.jit.Jit;
import io.kiln.jit.Static;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where {@code vmap} takes its batch from and puts it. */
class TestAxes {
    private static final Tensor X = Tensor.of(1f, 2f, 3f, 4f, 5f, 6f).reshape(2, 3);

    @Test
    void resultsAreMappedAlongTheAxisThatIsAskedFor() {
        Tensor columns =
                Jit.vmap((Tensor row) -> row.times(2), Axes.in(0).out(1)).apply(X);
        assertThat(columns.shape()).containsExactly(3, 2);
        assertThat(columns.toFloats()).containsExactly(2, 8, 4, 10, 6, 12);
        Tensor last = Jit.vmap((Tensor row) -> row.times(2), Axes.in(0).out(-1)).apply(X);
        assertThat(last.toFloats()).containsExactly(columns.toFloats());
    }

    @Test
    void eachComponentOfAResultMayHaveItsOwnAxis() {
        List<Tensor> out = Jit.vmap(
                        (Tensor row, Tensor shared) -> List.of(row, shared.square(), row.sum()),
                        Axes.in(0, null).out(1, null, 0))
                .apply(X, Tensor.scalar(3f));
        assertThat(out.get(0).shape()).containsExactly(3, 2);
        assertThat(out.get(1).toFloats()).containsExactly(9);
        assertThat(out.get(1).rank()).isZero();
        assertThat(out.get(2).toFloats()).containsExactly(6, 15);
    }

    @Test
    void aResultThatDependsOnTheBatchMustBeMapped() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.vmap((Tensor row) -> row, Axes.in(0).out((Integer) null))
                        .apply(X));
        assertThat(e.problem())
                .contains("vmap: the result depends on the batch, so it must be mapped along an axis, got null");
        assertThat(e.fix()).contains("docs/errors.md#KILN-T020");
    }

    @Test
    void anAxisBeyondTheResultIsNamed() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.vmap((Tensor row) -> row.sum(), Axes.in(0).out(1)).apply(X));
        assertThat(e.problem())
                .contains("the result of one element is f32[], so its batch can be along axis -1 to 0, got 1");
    }

    record Layer(Tensor w, @Static String name, Tensor b) {}

    record Net(List<Layer> layers, Map<String, Tensor> extra) {}

    private static Net net(Tensor w0, Tensor b0, Tensor w1, Tensor b1, Tensor extra) {
        return new Net(
                List.of(new Layer(w0, "a", b0), new Layer(w1, "b", b1)), Map.of("e", extra, "s", Tensor.scalar(2f)));
    }

    private static Tensor apply(Net n, Tensor x) {
        Tensor y = x;
        for (Layer layer : n.layers()) {
            y = layer.w().times(y.sum()).plus(layer.b());
        }
        return y.times(n.extra().get("e")).times(n.extra().get("s"));
    }

    /** Batches along other axes in each leaf, and some leaves without one. */
    @Test
    void axesMayBeAPrefixOfTheTree() {
        Tensor ws = Tensor.iota(DType.F32, 6).reshape(3, 2).plus(1);
        Tensor v = Tensor.of(0.5f, -1f);
        Net batch = net(ws, v, ws.transpose().times(2), v, Tensor.of(1f, 2f, 3f));
        List<Object> layers = List.of(Map.of("w", 0), Arrays.asList(1, null));
        F2<Net, Tensor, Tensor> mapped =
                Jit.vmap(TestAxes::apply, Map.of("layers", layers, "extra", Map.of("e", -1)), null);
        Tensor got = mapped.apply(batch, v);
        for (int i = 0; i < 3; i++) {
            Net one = net(ws.at(i), v, ws.at(i).times(2), v, Tensor.scalar(i + 1f));
            assertThat(got.at(i).toFloats()).containsExactly(apply(one, v).toFloats());
        }
        assertThat(Jit.jit(mapped).call(batch, v).toFloats()).containsExactly(got.toFloats());
    }

    @Test
    void axesOfTheResultMayBeAPrefixToo() {
        Net out = Jit.vmap(
                        (Tensor row) -> net(row, Tensor.scalar(1f), row.sum(), row, row),
                        Axes.in(0).out(Map.of("layers", List.of(Map.of("w", 1), 0), "extra", Map.of("e", -1))))
                .apply(X);
        assertThat(out.layers().get(0).w().shape()).containsExactly(3, 2);
        assertThat(out.layers().get(0).b().shape()).isEmpty();
        assertThat(out.layers().get(1).w().toFloats()).containsExactly(6, 15);
        assertThat(out.layers().get(1).b().shape()).containsExactly(2, 3);
        assertThat(out.extra().get("e").shape()).containsExactly(3, 2);
        assertThat(out.extra().get("s").shape()).isEmpty();
    }

    @Test
    void axesThatDoNotFitAreNamedByThePath() {
        Net batch = net(X, X, X, X.transpose(), X);
        assertThatThrownBy(() -> Jit.vmap((Net n) -> n.layers(), 0).apply(batch))
                .hasMessageContaining(
                        "the mapped axes must have one size, got 2 and 3 (argument 0.layers[1].b: f32[3,2])");
        assertThatThrownBy(() -> Jit.vmap((Net n) -> n.layers(), Map.of("layers", List.of(0, 0, 0)))
                        .apply(batch))
                .hasMessageContaining(
                        "vmap: argument 0.layers is a list of 2, so its axes must be an axis, null, or a list of 2,"
                                + " got [0, 0, 0]");
        assertThatThrownBy(() ->
                        Jit.vmap((Net n) -> n.layers(), Map.of("layer", 0)).apply(batch))
                .hasMessageContaining(
                        "argument 0 is a Net, so its axes must be an axis, null, a list of 2, or a map with"
                                + " some of its names, got {layer=0}");
        assertThatThrownBy(() -> Jit.vmap((Net n) -> n.layers(), Map.of("extra", Map.of("s", 0)))
                        .apply(batch))
                .hasMessageContaining("argument 0.extra.s is f32[], which has no axis 0");
        assertThatThrownBy(() -> Jit.vmap((Tensor x) -> x, List.of(List.of(0))).apply(X))
                .hasMessageContaining("argument 0 is a tensor, so its axes must be an axis or null, got [[0]]");
        assertThatThrownBy(() -> Axes.in("0")).hasMessageContaining("axes must be integers, null, and lists and maps");
        assertThatThrownBy(() -> Jit.vmap(
                                (Net n) -> n, Axes.in(Map.of("layers", 0)).out(Map.of("extra", 0)))
                        .apply(net(X, X, X, X, X)))
                .hasMessageContaining("must be mapped along an axis, got null")
                .hasMessageContaining("the result.layers[0].w");
    }
}
