package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Jit;
import io.kiln.jit.Pytree;
import io.kiln.jit.Static;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Trees of tensors as an optimizer uses them, outside the packages of the library. */
class TestPytree {
    record Layer(Tensor w, Tensor bias, @Static String activation) {}

    record Params(List<Layer> layers, Map<String, Tensor> scales, Optional<Tensor> offset) {}

    record Empty() {}

    private static Layer layer(float w, float bias) {
        return new Layer(Tensor.scalar(w), Tensor.scalar(bias), "tanh");
    }

    private static Params params(Optional<Tensor> offset, Layer... layers) {
        return new Params(List.of(layers), Map.of("out", Tensor.scalar(7f), "in", Tensor.scalar(6f)), offset);
    }

    private static KilnException fault(Executable e) {
        KilnException thrown = catchThrowableOfType(KilnException.class, e::execute);
        assertThat(thrown).isNotNull();
        return thrown;
    }

    @Test
    void leavesComeInTheOrderOfComponentsElementsAndSortedKeys() {
        Params p = params(Optional.of(Tensor.scalar(8f)), layer(1, 2), layer(3, 4));
        assertThat(Pytree.leaves(p).stream().map(Tensor::item)).containsExactly(1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0);
        assertThat(Pytree.flatten(p).structure().paths("params"))
                .containsExactly(
                        "params.layers[0].w",
                        "params.layers[0].bias",
                        "params.layers[1].w",
                        "params.layers[1].bias",
                        "params.scales.in",
                        "params.scales.out",
                        "params.offset");
    }

    @Test
    void unflattenIsTheInverseOfFlatten() {
        for (Object tree : List.of(
                params(Optional.empty(), layer(1, 2)),
                params(Optional.of(Tensor.scalar(1f))),
                List.of(),
                Map.of(),
                new Empty(),
                Optional.empty(),
                List.of(List.of(), Map.of("a", new Empty())),
                Tensor.scalar(1f))) {
            Pytree.Flat flat = Pytree.flatten(tree);
            assertThat(flat.structure().unflatten(flat.leaves())).isEqualTo(tree);
        }
    }

    @Test
    void mapsOfOneToFourTreesKeepTheStructure() {
        Params p = params(Optional.empty(), layer(1, 2));
        assertThat(Pytree.leaves(Pytree.map(x -> x.times(2), p)).stream().map(Tensor::item))
                .containsExactly(2.0, 4.0, 12.0, 14.0);
        assertThat(Pytree.leaves(Pytree.map(Tensor::plus, p, p)).stream().map(Tensor::item))
                .containsExactly(2.0, 4.0, 12.0, 14.0);
        assertThat(Pytree.leaves(Pytree.map((a, b, c) -> a.plus(b).plus(c), p, p, p)).stream()
                        .map(Tensor::item))
                .containsExactly(3.0, 6.0, 18.0, 21.0);
        assertThat(Pytree.leaves(Pytree.map((a, b, c, d) -> a.plus(b).plus(c).plus(d), p, p, p, p)).stream()
                        .map(Tensor::item))
                .containsExactly(4.0, 8.0, 24.0, 28.0);
        assertThat(Pytree.map(x -> x.negate(), p).layers().get(0).activation()).isEqualTo("tanh");
    }

    @Test
    void aMissingLeafIsNamedByItsPath() {
        Map<String, Object> params = Map.of("layers", List.of(Tensor.scalar(1f), Map.of("bias", Tensor.scalar(1f))));
        Map<String, Object> state = Map.of("layers", List.of(Tensor.scalar(1f), Map.of()));
        KilnException e = fault(() -> Pytree.map(Tensor::plus, params, state));
        assertThat(e.problem())
                .startsWith("map: tree 1.layers[1].bias must be a tensor, as in tree 0, got absent")
                .contains("at io.kiln.user.TestPytree.");
        assertThat(e.fix()).contains("docs/errors.md#KILN-T009");
    }

    @Test
    void eachKindOfDifferenceIsNamed() {
        Params one = params(Optional.empty(), layer(1, 2));
        Params two = params(Optional.empty(), layer(1, 2), layer(1, 2));
        Params relu = params(Optional.empty(), new Layer(Tensor.scalar(1f), Tensor.scalar(1f), "relu"));
        Params offset = params(Optional.of(Tensor.scalar(1f)), layer(1, 2));
        assertThat(fault(() -> Pytree.map(Tensor::plus, one, two)).problem())
                .contains("tree 1.layers[1] must be absent, as in tree 0, got a Layer");
        assertThat(fault(() -> Pytree.map(Tensor::plus, two, one)).problem())
                .contains("tree 1.layers[1] must be a Layer, as in tree 0, got absent");
        assertThat(fault(() -> Pytree.map(Tensor::plus, one, relu)).problem())
                .contains("tree 1.layers[0].activation must be static tanh, as in tree 0, got static relu");
        assertThat(fault(() -> Pytree.map(Tensor::plus, one, offset)).problem())
                .contains("tree 1.offset must be an empty Optional, as in tree 0, got an Optional of a tensor");
        assertThat(fault(() -> Pytree.<Object>map(Tensor::plus, one, new Empty()))
                        .problem())
                .contains("tree 1 must be a Params, as in tree 0, got an Empty");
        assertThat(fault(() -> Pytree.<Object>map(Tensor::plus, List.of(Tensor.scalar(1f)), List.of(List.of())))
                        .problem())
                .contains("tree 1[0] must be a tensor, as in tree 0, got a list of 0");
    }

    @Test
    void anErrorOfTheFunctionNamesTheLeaf() {
        Map<String, Tensor> a = Map.of("b", Tensor.zeros(DType.F32, 2), "w", Tensor.zeros(DType.F32, 2));
        Map<String, Tensor> b = Map.of("b", Tensor.zeros(DType.F32, 2), "w", Tensor.zeros(DType.F32, 3));
        assertThat(fault(() -> Pytree.map(Tensor::plus, a, b)).problem())
                .startsWith("at leaf tree 0.w: add: the operands must have one shape");
    }

    @Test
    void emptyTreesAndOptionalsGoThroughJit() {
        Params in = params(Optional.of(Tensor.scalar(5f)), layer(1, 2));
        Params out = Jit.jit((Params p) -> Pytree.map(x -> x.plus(1), p)).call(in);
        assertThat(Pytree.leaves(out).stream().map(Tensor::item)).containsExactly(2.0, 3.0, 7.0, 8.0, 6.0);
        assertThat(Jit.jit((Empty e) -> Map.of("none", List.of())).call(new Empty()))
                .isEqualTo(Map.of("none", List.of()));
    }
}
